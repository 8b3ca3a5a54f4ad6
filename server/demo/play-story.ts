/**
 * Plays a story of several weeks into a running service through its admin API, moving the demo's clock from step to
 * step. What falls due in between is noticed by the service itself.
 */
import { randomBytes } from 'node:crypto'
import { disclosureDigest, formatDisclosure } from '../../ledger/disclosure.ts'
import type { AdminClient, WriteAnswer } from './admin-client.ts'
import type { Story, StoryActor, StoryStep, StoryTime } from './milk-story.ts'

const DAY_MS = 86_400_000
const BEIJING_MS = 8 * 3_600_000

/** Day and Beijing time as an instant. */
export class StoryCalendar {
  readonly #firstDayMs: number

  /** @param nowMs when the story ends; its first day lies `days` before that day in Beijing */
  constructor(nowMs: number, days: number) {
    this.#firstDayMs = Math.floor((nowMs + BEIJING_MS) / DAY_MS) * DAY_MS - BEIJING_MS - days * DAY_MS
  }

  /** Milliseconds since 1970. */
  instantOf(time: StoryTime): number {
    const [, day, hours, minutes] = /^(\d+) (\d\d):(\d\d)$/.exec(time) ?? []
    if (day === undefined) throw new Error(`${time} is not a time of the story`)
    return this.#firstDayMs + Number(day) * DAY_MS + (Number(hours) * 60 + Number(minutes)) * 60_000
  }

  /** With the precision of a minute, as `occurredAt` takes it. */
  minuteOf(time: StoryTime): string {
    return `${new Date(this.instantOf(time)).toISOString().slice(0, 16)}Z`
  }

  /** In 24 characters, as a due time takes it. */
  textOf(time: StoryTime): string {
    return new Date(this.instantOf(time)).toISOString()
  }
}

export type StoryDesk = {
  /** One client for each key. */
  clients: Readonly<Record<StoryActor, AdminClient>>
  calendar: StoryCalendar
  /** Moves clock and chain; whatever was written before is anchored first. */
  advanceTo(atMs: number): Promise<void>
  /** Waits until what was erased is gone from the database's files too. */
  untilErased(): Promise<void>
  report: (line: string) => void
}

export type PlayedStory = { code: string; gtin: string; lastIndex: number; entries: ReadonlyMap<string, number> }

/** What the steps before have left: entries, files, and what was shown once, each by its step. */
type Memory = { code: string; entries: Map<string, number>; files: Map<string, string>; shownOnce: Map<string, string> }

/** Opens the story's brand with its clocks, its product and its batches, as the operator. */
export async function openStory({ brand, clocks, product, batches }: Story, operator: AdminClient): Promise<void> {
  const { slug } = brand
  await operator.post('brand', '/admin/v1/brands', brand)
  await operator.post('clocks', `/admin/v1/brands/${slug}/clocks`, clocks)
  await operator.post('product', `/admin/v1/brands/${slug}/products`, product)
  for (const batch of batches) await operator.post(batch.lot, `/admin/v1/products/${product.gtin}/batches`, batch)
}

/** A client for each of the story's people, with a key of its own. Two reviewers, so that two people must agree. */
export async function openDesk({ brand }: Story, operator: AdminClient): Promise<StoryDesk['clients']> {
  const clientOf = async (step: string, role: string): Promise<AdminClient> => {
    const { key } = await operator.post(step, '/admin/v1/keys', { role, brand: brand.slug })
    return operator.as(String(key))
  }
  await clientOf('second-reviewer', 'reviewer')
  return {
    staff: await clientOf('staff', 'staff'),
    reviewer: await clientOf('reviewer', 'reviewer'),
    auditor: await clientOf('auditor', 'auditor'),
  }
}

/** @throws RefusedError when the service refuses a step; the steps before it stand */
export async function playStory(story: Story, desk: StoryDesk): Promise<PlayedStory> {
  let played: PlayedStory | undefined
  for await (const step of playSteps(story, desk)) played = step
  if (played === undefined) throw new Error('the story has no steps')
  return played
}

/**
 * Plays the story from its crisis on, and waits after each step until the next one is asked for.
 *
 * @throws RefusedError as `playStory`
 */
export async function* playSteps(story: Story, desk: StoryDesk): AsyncGenerator<PlayedStory & { step: string }> {
  const { gtin } = story.product
  const [first] = story.steps
  if (first === undefined) return
  await desk.advanceTo(desk.calendar.instantOf(first.at) - 5 * 60_000)
  const opened = await desk.clients.staff.post('crisis', '/admin/v1/crises', {
    ...story.crisis,
    brand: story.brand.slug,
    products: [{ gtin, batches: story.batches.map(({ lot }) => lot) }],
  })
  const code = opened.stream.replace(/^crisis:/, '')
  const memory: Memory = { code, entries: new Map(), files: new Map(), shownOnce: new Map() }
  for (const step of story.steps) {
    await desk.advanceTo(desk.calendar.instantOf(step.at))
    const { index } = await playStep(story, step, desk, memory)
    if (step.untilErased === true) await desk.untilErased()
    desk.report(`day ${step.at}  entry ${index}  ${step.says ?? wordOf(step)}`)
    yield { step: step.id, code, gtin, lastIndex: index, entries: memory.entries }
  }
}

function wordOf({ body, path, file }: StoryStep): string {
  const { kind } = body
  return typeof kind === 'string' ? kind : file === undefined ? (path ?? '') : `evidence ${file.name}`
}

async function playStep(story: Story, step: StoryStep, desk: StoryDesk, memory: Memory): Promise<WriteAnswer> {
  const client = desk.clients[step.as ?? 'staff']
  if (step.file !== undefined) {
    const written = await client.post(step.id, '/admin/v1/evidence', fileForm(step.file, memory.code))
    memory.files.set(step.id, String(written['sha256']))
    memory.entries.set(step.id, written.index)
    return written
  }
  const path = pathOf(step, memory)
  const body = filledIn(bodyOf(step, memory), story, desk.calendar, memory) as Record<string, unknown>
  if (step.approvedBy !== undefined) {
    const approver = desk.clients[step.approvedBy]
    body['approvedBy'] = (await approver.post(`${step.id}-approval`, '/admin/v1/approvals', { path, body }))['id']
  }
  const written = await client.post(step.id, path, body)
  memory.entries.set(step.id, written.index)
  if (typeof written['code'] === 'string') memory.shownOnce.set(step.id, written['code'])
  return written
}

function pathOf({ path = '/crises/{code}/milestones' }: StoryStep, memory: Memory): string {
  const filled = path
    .replace('{code}', memory.code)
    .replace(/#([a-z0-9-]+)/g, (_, id: string) => String(entryOf(memory, id)))
  return `/admin/v1${filled}`
}

function bodyOf({ id, at, path, body, seals }: StoryStep, memory: Memory): Record<string, unknown> {
  if (seals !== undefined) {
    const disclosure = formatDisclosure({ salt: randomBytes(16).toString('base64url'), name: '/text', value: seals })
    memory.shownOnce.set(id, disclosure)
    return { ...body, digest: disclosureDigest(disclosure) }
  }
  return path === undefined ? { occurredAt: `@${at}`, assertedBy: ['brand'], original: 'zh-CN', ...body } : body
}

function fileForm(file: NonNullable<StoryStep['file']>, code: string): FormData {
  const form = new FormData()
  form.set('crisis', code)
  form.set('kind', file.kind)
  form.set('name', file.name)
  if (file.issuer !== undefined) form.set('issuer', file.issuer)
  if (file.sample !== undefined) form.set('sample', file.sample)
  form.set('file', new Blob([file.text], { type: 'text/plain' }), file.name)
  return form
}

/** The same value with its signs replaced (milk-story.ts). */
function filledIn(value: unknown, story: Story, calendar: StoryCalendar, memory: Memory): unknown {
  if (typeof value === 'string') return wordFor(value, story, calendar, memory)
  if (Array.isArray(value)) return value.map((item) => filledIn(item, story, calendar, memory))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'occurredAt' && typeof member === 'string' && member.startsWith('@')
        ? calendar.minuteOf(member.slice(1))
        : filledIn(member, story, calendar, memory),
    ]),
  )
}

function wordFor(word: string, story: Story, calendar: StoryCalendar, memory: Memory): unknown {
  if (/^@\d+ \d\d:\d\d$/.test(word)) return calendar.textOf(word.slice(1))
  if (/^#[a-z0-9-]+$/.test(word)) return entryOf(memory, word.slice(1))
  if (/^&[a-z0-9-]+$/.test(word)) return fileOf(memory, word.slice(1))
  if (/^%[a-z0-9-]+$/.test(word)) return shownOnceOf(memory, word.slice(1))
  if (word.startsWith('lot:')) return selectorOf(story, word.slice('lot:'.length))
  return word
}

function entryOf({ entries }: Memory, id: string): number {
  const index = entries.get(id)
  if (index === undefined) throw new Error(`step ${id} was not played yet`)
  return index
}

function fileOf({ files }: Memory, id: string): string {
  const sha256 = files.get(id)
  if (sha256 === undefined) throw new Error(`step ${id} uploaded nothing yet`)
  return sha256
}

function shownOnceOf({ shownOnce }: Memory, id: string): string {
  const text = shownOnce.get(id)
  if (text === undefined) throw new Error(`step ${id} was shown nothing yet`)
  return text
}

function selectorOf({ product, batches }: Story, lot: string): unknown {
  const batch = batches.find((known) => known.lot === lot)
  if (batch === undefined) throw new Error(`the story has no batch ${lot}`)
  return { by: 'batch', gtin: product.gtin, lot, label: batch.label }
}
