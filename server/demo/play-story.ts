/**
 * Plays a story of several weeks into a running service through its admin API, moving the demo's clock from step to
 * step. What falls due in between is noticed by the service itself.
 */
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
  report: (line: string) => void
}

export type PlayedStory = { code: string; gtin: string; lastIndex: number; entries: ReadonlyMap<string, number> }

/** What the steps before have left: entries by step, files by step. */
type Memory = { code: string; entries: Map<string, number>; files: Map<string, string> }

/**
 * Plays the story from its crisis on; brand, product and batches are there.
 *
 * @throws RefusedError when the service refuses a step; the steps before it stand
 */
export async function playStory(story: Story, desk: StoryDesk): Promise<PlayedStory> {
  const { gtin } = story.product
  const [first] = story.steps
  if (first === undefined) throw new Error('the story has no steps')
  await desk.advanceTo(desk.calendar.instantOf(first.at) - 5 * 60_000)
  const opened = await desk.clients.staff.post('crisis', '/admin/v1/crises', {
    ...story.crisis,
    brand: story.brand.slug,
    products: [{ gtin, batches: story.batches.map(({ lot }) => lot) }],
  })
  const memory: Memory = { code: opened.stream.replace(/^crisis:/, ''), entries: new Map(), files: new Map() }
  let lastIndex = opened.index
  for (const step of story.steps) {
    await desk.advanceTo(desk.calendar.instantOf(step.at))
    const { index } = await playStep(story, step, desk, memory)
    lastIndex = index
    desk.report(`day ${step.at}  entry ${index}  ${step.says ?? wordOf(step)}`)
  }
  return { code: memory.code, gtin, lastIndex, entries: memory.entries }
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
  const path = (step.path ?? '/crises/{code}/milestones').replace(/\{code\}|#[a-z0-9-]+/g, (word) =>
    word === '{code}' ? memory.code : String(entryOf(memory, word.slice(1))),
  )
  const isMilestone = step.path === undefined
  const said = isMilestone
    ? { occurredAt: `@${step.at}`, assertedBy: ['brand'], original: 'zh-CN', ...step.body }
    : step.body
  const body = filledIn(said, story, desk.calendar, memory)
  const written = await client.post(step.id, `/admin/v1${path}`, body)
  memory.entries.set(step.id, written.index)
  return written
}

function fileForm(file: NonNullable<StoryStep['file']>, code: string): FormData {
  const form = new FormData()
  form.set('crisis', code)
  form.set('kind', file.kind)
  form.set('name', file.name)
  if (file.issuer !== undefined) form.set('issuer', file.issuer)
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
  if (/^lot:/.test(word)) return selectorOf(story, word.slice('lot:'.length))
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

function selectorOf({ product, batches }: Story, lot: string): unknown {
  const batch = batches.find((known) => known.lot === lot)
  if (batch === undefined) throw new Error(`the story has no batch ${lot}`)
  return { by: 'batch', gtin: product.gtin, lot, label: batch.label }
}
