/**
 * One crisis played on a log and on the reference model at once, with a fake clock: after every step both must say the
 * same about what was refused, what the system wrote, and what stands now.
 */
import { answerFor } from '../../ledger/answer.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import type { IndexedEntry } from '../../ledger/milestone.ts'
import { AppError } from '../../server/errors.ts'
import { correctEntry } from '../../server/services/crises/correct-entry.ts'
import { openCrisis } from '../../server/services/crises/open-crisis.ts'
import { recordMilestone } from '../../server/services/crises/record-milestone.ts'
import type { Request } from '../../server/services/keys/key-commands.ts'
import type { Command, Draft } from '../../server/services/log/command.ts'
import { registerBatch, registerProduct } from '../../server/services/products/register-product.ts'
import { BRAND, crisisCode, openBrand } from '../support/log.ts'
import { FILE, GTIN, nextStep } from './commands.ts'
import type { Dice, Step } from './commands.ts'
import type { Outcome } from './memory-log.ts'
import { answer } from './reference-answer.ts'
import { judge, takenAway } from './reference-rules.ts'
import {
  LOTS,
  adviceOf,
  causesOf,
  owedMisses,
  promisesOf,
  remediesOf,
  scopesOf,
  stateOf,
  updatesOf,
} from './reference.ts'
import type { Correction, Setting, Told } from './reference.ts'

export type Log = { append(command: Command, recordedAt: string): Outcome | Promise<Outcome> }

const REQUEST: Request = { admin: { keyId: 'k_staff', role: 'staff', brand: BRAND } }
const NAME = { 'zh-CN': '示例', en: 'Example' }
const HOUR = 3_600_000

/** Brand, product and batches, once for a log. */
export async function prepare(log: Log, now: string): Promise<void> {
  const commands = [openBrand(), registerProduct(REQUEST, BRAND, { gtin: GTIN, name: NAME })]
  for (const lot of LOTS) commands.push(registerBatch(REQUEST, BRAND, GTIN, { lot, label: { en: lot } }))
  for (const command of commands) {
    const { error } = await log.append(command, now)
    if (error !== undefined) throw error as Error
  }
}

/** What a step came to, for a comparison of two logs. */
export type Played = { readonly step: Step; readonly code: string | undefined; readonly kinds: readonly string[] }

/** Kinds that end a clock (ledger/README.md, "Clocks"), but for those by which people act: these may be taken back. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  acknowledge: ['acknowledged'],
  dossier: ['review_published'],
}

export class Machine {
  readonly code: string
  readonly setting: Setting
  readonly history: Told[] = []
  readonly entries: IndexedEntry[] = []
  readonly counts = { accepted: 0, refused: 0, marked: 0, missed: 0 }
  readonly refusals = new Set<string>()
  readonly #dice: Dice
  readonly #log: Log
  #now: number

  private constructor(log: Log, dice: Dice, number: number, now: number) {
    this.#log = log
    this.#dice = dice
    this.#now = now
    this.code = crisisCode(number)
    const mode = dice.chance(0.85) ? 'live' : 'reconstructed'
    const openedAt = new Date(now).toISOString()
    this.setting = { mode, safety: dice.chance(0.5), owner: dice.chance(0.9), openedAt }
  }

  /** Opens a crisis of a kind that the dice choose. */
  static async open(log: Log, dice: Dice, number: number, now: number): Promise<Machine> {
    const machine = new Machine(log, dice, number, now)
    const { mode, safety, owner, openedAt } = machine.setting
    const kinds = { brand: 'brand', holder: 'holder', agency: 'regulator' } as const
    const command = openCrisis(
      REQUEST,
      {
        ...{ brand: BRAND, mode, safety, title: NAME, original: 'en', type: 'product_quality' },
        severity: dice.one(['S1', 'S2', 'S3'] as const),
        ...(owner ? { ownerRole: 'quality lead' } : {}),
        products: [{ gtin: GTIN, batches: [...LOTS] }],
        parties: Object.entries(kinds).map(([id, kind]) => ({ id, kind, name: NAME })),
        ...(mode === 'reconstructed' ? { recorder: { kind: 'third_party' as const, name: NAME } } : {}),
      },
      machine.code,
    )
    machine.#take(await log.append(command, openedAt))
    machine.#take(await log.append(evidence(machine.code), openedAt))
    return machine
  }

  get now(): number {
    return this.#now
  }

  /** Moves the clock and plays one step. */
  async play(): Promise<Played> {
    const dice = this.#dice
    this.#now += dice.chance(0.1) ? dice.below(100) * HOUR : dice.below(6 * HOUR)
    const now = new Date(this.#now).toISOString()
    const owed = owedMisses(this.setting, this.history, now)
    const step = nextStep(dice, this.setting, this.history, now)
    const outcome = await this.#log.append(this.#commandOf(step), now)
    const own = this.#take(outcome)
    this.#compareMisses(owed, own, now)
    const kinds = own.map(({ entry }) => String(entry.data['kind'] ?? entry.type))
    const code = outcome.error instanceof AppError ? outcome.error.code : undefined
    if (outcome.error !== undefined && code === undefined) throw outcome.error as Error
    const written = own.filter(({ entry }) => entry.actor.kind !== 'system').at(-1)
    this.#compareVerdict(step, now, code, written)
    return { step, code, kinds }
  }

  #commandOf(step: Step): Command {
    const stream = `crisis:${this.code}`
    if (step.does === 'milestone') {
      return recordMilestone(REQUEST, this.code, { text: { en: 'What happened.' }, ...step.milestone })
    }
    if (step.does === 'sweep') return { needs: { crises: [this.code] }, judge: () => [] }
    const { corrects, reason, by } = step.correction
    return correctEntry(
      REQUEST,
      corrects,
      { stream, brand: BRAND },
      {
        reason: reason as 'incomplete',
        original: 'en',
        text: { en: 'It was otherwise.' },
        ...(by === undefined ? {} : { by }),
      },
    )
  }

  #take({ entries }: Outcome): readonly IndexedEntry[] {
    const own = entries.filter(({ entry }) => entry.stream === `crisis:${this.code}`)
    for (const placed of own) {
      this.entries.push(placed)
      const { index, entry } = placed
      if (entry.seq <= 2) this.history.push({ index, seq: entry.seq, at: entry.recordedAt })
    }
    return own
  }

  #compareMisses(owed: readonly { promise: string; due: string }[], own: readonly IndexedEntry[], now: string): void {
    const written = own.filter(({ entry }) => entry.actor.kind === 'system' && entry.data['kind'] !== 'clock_missed')
    const told = written.map(({ entry }) => {
      const { promise, due } = entry.data as { promise: string; due: { at: string } }
      return { promise, due: due.at }
    })
    const spell = (misses: readonly { promise: string; due: string }[]): string[] =>
      misses.map(({ promise, due }) => `${promise} ${due}`).toSorted()
    same('W4: misses of the system', spell(told), spell(owed))
    written.forEach(({ index, entry }, at) => {
      this.history.push({ index, seq: entry.seq, at: now, miss: told[at]! })
      this.counts.missed += 1
    })
    for (const { index, entry } of own) {
      if (entry.data['kind'] === 'clock_missed') this.history.push({ index, seq: entry.seq, at: now })
    }
    this.history.sort((a, b) => a.index - b.index)
  }

  #compareVerdict(step: Step, now: string, code: string | undefined, written: IndexedEntry | undefined): void {
    if (code === undefined) this.counts.accepted += 1
    else this.counts.refused += 1
    if (code !== undefined) this.refusals.add(code)
    if (step.does === 'sweep') return same('a sweep is never refused', code, undefined)
    if (step.does === 'correct') return this.#compareCorrection(step.correction, now, code, written)
    const index = written?.index ?? (this.entries.at(-1)?.index ?? 0) + 1
    const { hard, order, late } = judge(this.setting, this.history, step.milestone, { now, index, files: [FILE] })
    const binds = this.setting.mode === 'live' && !late
    const reasons = [...hard, ...(binds ? order : [])]
    if (code !== undefined) {
      if (!reasons.includes(code)) throw new Error(`refused for ${code}, but the model knows only ${reasons.join(' ')}`)
      return
    }
    same('C1, M1–M4, W1–W3, R1–R3, RC1, FG1: nothing is accepted that breaks a rule', reasons, [])
    const { entry } = written!
    const narrowed = takenAway(this.history, step.milestone)
    this.history.push({ index: written!.index, seq: entry.seq, at: now, milestone: step.milestone })
    const state = this.#state()
    const marks = state.marks.filter((mark) => mark.index === written!.index).map(({ rule }) => rule)
    same('what was out of order is marked', marks.toSorted(), [...order].toSorted())
    if (marks.length > 0) this.counts.marked += 1
    const narrowing = state.narrowings.find((known) => known.index === written!.index)
    same('R2: what covers less is remembered', narrowing?.of ?? [], narrowed)
    this.#compareClosing(entry, state)
  }

  #compareCorrection(
    correction: Correction,
    now: string,
    code: string | undefined,
    written: IndexedEntry | undefined,
  ): void {
    const { corrects, reason, by } = correction
    const row = this.entries.find(({ index }) => index === corrects)
    const kind = row?.entry.data['kind']
    const isVoid = reason === 'did_not_occur' || (reason === 'incorrect_data' && by !== undefined)
    const isOfOthers = kind === 'dispute' || kind === 'confirmation'
    const faults = [
      ...(row === undefined ? ['not_found'] : []),
      ...(row?.entry.actor.kind === 'system' || (isOfOthers && reason !== 'incomplete') ? ['not_correctable'] : []),
      ...(by !== undefined && by <= corrects ? ['relation_unknown_entry'] : []),
      ...(isVoid && this.#settledBy(corrects) ? ['not_correctable'] : []),
      ...(reason === 'did_not_occur' && this.#endsClock(corrects) ? ['not_correctable'] : []),
    ]
    if (code === undefined) {
      same('a correction names what can be corrected', faults, [])
      this.history.push({ index: written!.index, seq: written!.entry.seq, at: now, correction })
    } else if (!faults.includes(code)) throw new Error(`refused for ${code}, but the model knows ${faults.join(' ')}`)
  }

  /** W3: whether an entry is what a commitment of a live crisis came to. */
  #settledBy(index: number): boolean {
    const m = this.history.find((told) => told.index === index)?.milestone
    const id = m?.fulfils ?? (m?.kind === 'commitment_abandoned' ? m.of : undefined)
    const settled = promisesOf(this.setting, this.history).find((promise) => promise.id === id)
    return this.setting.mode === 'live' && ['kept', 'late', 'abandoned'].includes(settled?.outcome ?? '')
  }

  /** CL4: whether an entry is the first to do what a clock of the crisis asks for. */
  #endsClock(index: number): boolean {
    const ends = ({ entry: { actor, data } }: IndexedEntry, clock: string): boolean =>
      actor.kind !== 'system' &&
      (data['kind'] === 'dismissed' ||
        `look_back_${String(data['lookBack'])}` === clock ||
        (ENDS[clock] ?? []).includes(String(data['kind'])))
    return this.entries.some(({ index: start, entry }) =>
      ((entry.data['dues'] ?? []) as { clock: string }[]).some(
        ({ clock }) =>
          !['update', 'first_statement', 'scope'].includes(clock) &&
          this.entries.find((e) => e.index > start && ends(e, clock))?.index === index,
      ),
    )
  }

  /** C1: whoever closes a live crisis starts its look-backs, however late the entry says it was. */
  #compareClosing({ data }: IndexedEntry['entry'], state: CrisisState): void {
    if (data['kind'] !== 'closed' || this.setting.mode !== 'live') return
    const running = (state.clocks ?? []).filter(({ clock, by }) => clock.startsWith('look_back_') && by === undefined)
    if (running.length === 0) throw new Error('C1: closed without a look-back')
  }

  #state(): CrisisState {
    return this.stateNow!()
  }

  /** Reads the state that the log has now. */
  stateNow: (() => CrisisState) | undefined

  /** Compares everything that stands with the model. */
  compare(): void {
    const { history, setting } = this
    const state = this.#state()
    const indexes = (items: readonly { index: number }[]): number[] => items.map(({ index }) => index)
    same('C1: the state', state.state, stateOf(history))
    same('R2: the scopes that hold', indexes(state.scopes), indexes(scopesOf(history)))
    same('the advice that holds', indexes(state.advice), indexes(adviceOf(history)))
    same('the causes that hold', indexes(state.causes), indexes(causesOf(history)))
    same(
      'remedies',
      state.remedies.map(({ id, state: word, partial }) => [id, word, partial]),
      remediesOf(history).map(({ id, state: word, partial }) => [id, word, partial]),
    )
    same(
      'W1–W4: commitments, the first due time for ever',
      state.commitments.map((c) => [
        ...[c.id, c.outcome, instant(c.firstDue), instant(c.due), c.moved, c.misses ?? [], c.explained ?? -1],
        ...[c.disputed?.length ?? 0, c.confirmed?.length ?? 0],
      ]),
      promisesOf(setting, history).map((p) => [
        ...[p.id, p.outcome, p.first, p.due, p.moved, p.misses, p.explained, p.disputed, p.confirmed],
      ]),
    )
    same(
      'C3: promised updates',
      state.nextUpdates.map(({ promise, missed }) => [promise, missed !== undefined]),
      updatesOf(setting, history).map(({ promise, isMissed }) => [promise, isMissed]),
    )
    const twice = this.entries.flatMap(({ entry }) => {
      const { promise, due } = entry.data as { promise?: string; due?: { at?: string } }
      return entry.actor.kind === 'system' ? [`${promise} ${due?.at}`] : []
    })
    same(
      'C2: entries are counted without a gap',
      this.entries.every(({ entry }, at) => entry.seq === at + 1),
      true,
    )
    same('W4: no miss is written twice', new Set(twice).size, twice.length)
    this.#compareAnswer()
  }

  #compareAnswer(): void {
    const dice = this.#dice
    const lot = dice.one([...LOTS, 'L9', undefined])
    const market = dice.one(['CN', 'US', 'JP', undefined])
    const first = this.entries[0]!.index
    const size = first + 1 + dice.below((this.entries.at(-1)?.index ?? first) - first + 1)
    const asked = { ...(lot === undefined ? {} : { lot }), ...(market === undefined ? {} : { market }) }
    const given = answerFor({ crises: [this], gtin: GTIN, asOf: String(size), ...asked })
    const told = answer(this.history, { ...asked, size })
    same(`the answer on ${lot} in ${market} at ${size}`, { answer: given.answer, by: given.by }, told)
  }
}

function instant(due: { date?: string; at?: string; zone?: string }): string {
  return due.at ?? new Date(Date.parse(`${due.date}T00:00:00${due.zone ?? '+08:00'}`) + 24 * HOUR).toISOString()
}

function same(what: string, given: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(given), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: the log has ${a}, the model ${b}`)
}

/** A file on record in the crisis. */
function evidence(code: string): Command {
  const stream = `crisis:${code}`
  const data = { sha256: FILE, bytes: 10, mediaType: 'application/pdf', kind: 'document' }
  const draft: Draft = {
    type: 'evidence.recorded',
    stream,
    brand: BRAND,
    actor: { kind: 'staff', id: 'k_staff' },
    data,
  }
  return { needs: { crises: [code], evidence: [{ sha256: FILE, stream }] }, judge: () => [draft] }
}
