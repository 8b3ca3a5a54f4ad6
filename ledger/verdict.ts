/**
 * Verdicts, and the checks that lead to them. A verdict is never better than the weakest check (I33).
 */
import { LedgerError } from './errors.ts'
import type { LedgerErrorCode } from './errors.ts'
import type { JsonObject } from './json.ts'
import type { PointsCode } from './points-reason.ts'

/** From best to worst. */
export const VERDICTS = ['verified', 'pending', 'not checked', 'unrecognised', 'mismatch'] as const

/** What can be said about an entry, a timeline or a log. */
export type Verdict = (typeof VERDICTS)[number]

/** Why a check did not simply hold. Whoever shows it finds the words for it, in English with `reasonOf` (reason.ts). */
export type CheckCode =
  | LedgerErrorCode
  | 'held'
  | 'skipped'
  | 'check_impossible'
  | 'log_id_missing'
  | 'log_id_other'
  | 'test_chain'
  | 'contract_unknown'
  | 'origin_differs'
  | 'contracts_differ'
  | 'key_not_named'
  | 'key_not_anchored'
  | 'entries_missing'
  | 'stream_differs'
  | 'brand_differs'
  | 'seq_broken'
  | 'prev_broken'
  | 'index_order'
  | 'time_backward'
  | 'actor_signature'
  | 'actor_key_unknown'
  | 'disclosure_unknown'
  | 'disclosure_repeated'
  | 'text_withheld'
  | 'seal_unknown'
  | 'seal_differs'
  | 'heads_missing'
  | 'heads_not_anchored'
  | 'not_covered'
  | 'count_differs'
  | 'not_heads'
  | 'anchor_order'
  | 'anchor_left_out'
  | 'anchor_of_other_log'
  | 'not_anchored'
  | 'chain_not_asked'
  | 'chain_differs'
  | 'later_than_anchor'
  | 'earlier_than_anchor'
  | 'no_earlier_anchor'
  | 'miss_missing'
  | 'newer_anchor'
  | 'stream_not_opened'
  | 'stream_opened_twice'
  | 'opened_elsewhere'
  | 'heads_order'
  | 'tile_differs'
  | PointsCode

/**
 * One named check. `verdict`: the best that is left after it. `entry`: the index of the entry it is about, when it is
 * about one; `entries`: all that are at fault, when the others were checked too and are not. `facts`: what a sentence about
 * it names; `detail` among them is the message of the part that refused its input.
 */
export type Check<Name extends string = string> = {
  name: Name
  ok: 'held' | 'partly' | 'failed' | 'skipped'
  code: CheckCode
  verdict: Verdict
  entry?: number
  entries?: number[]
  facts: JsonObject
}

/** What a check found; its name is added by `runCheck`. */
export type Finding = Omit<Check, 'name'>

/** The worst of the verdicts; `verified` when there are none. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>(
    (worst, next) => (VERDICTS.indexOf(next) > VERDICTS.indexOf(worst) ? next : worst),
    'verified',
  )
}

/**
 * What the checks leave of each entry, by its index: a check that names entries at fault concerns these, and every other
 * concerns all. Made once, since a hostile file may have very many entries.
 */
export function entryVerdicts(checks: readonly Check[]): (index: number) => Verdict {
  const atFault = new Set(checks.flatMap(({ entries }) => entries ?? []))
  const others = worstVerdict(checks.map(({ verdict, entries }) => (entries === undefined ? verdict : 'verified')))
  return (index) => (atFault.has(index) ? 'mismatch' : others)
}

/** The check holds. */
export function held(facts: JsonObject = {}): Finding {
  return { ok: 'held', code: 'held', verdict: 'verified', facts }
}

/** The check holds as far as it can be made; `verdict` is the best that is left. */
export function partly(verdict: Verdict, code: CheckCode, facts: JsonObject = {}): Finding {
  return { ok: 'partly', code, verdict, facts }
}

/** The check could not be made. */
export function skipped(verdict: Verdict, code: CheckCode, facts: JsonObject = {}): Finding {
  return { ok: 'skipped', code, verdict, facts }
}

/** A check that fails, thrown from inside of it. */
export class CheckFailure extends Error {
  readonly code: CheckCode
  readonly entry: number | undefined
  readonly facts: JsonObject
  entries: number[] | undefined

  constructor(code: CheckCode, entry?: number, facts: JsonObject = {}) {
    super(code)
    this.name = 'CheckFailure'
    this.code = code
    this.entry = entry
    this.facts = facts
  }
}

/** Makes a check of each entry, so that the failure names all that are at fault: the others are not under suspicion. */
export function checkEach<T extends { index: number }>(entries: readonly T[], step: (entry: T) => void): void {
  let first: CheckFailure | undefined
  const faulty: number[] = []
  for (const entry of entries) {
    try {
      step(entry)
    } catch (error) {
      if (!(error instanceof CheckFailure)) throw error
      first ??= error
      faulty.push(entry.index)
    }
  }
  if (first === undefined) return
  first.entries = faulty
  throw first
}

/**
 * Makes one check: what it throws is its failure, whatever was thrown, because the input is hostile and a verifier that
 * dies says nothing.
 *
 * @param needs checks without which this one means nothing: when one of them failed or was skipped, so is this
 */
export function runCheck<Name extends string>(name: Name, needs: readonly Check[], check: () => Finding): Check<Name> {
  const lacking = needs.find((needed) => needed.ok === 'failed' || needed.ok === 'skipped')
  if (lacking !== undefined) return { name, ...skipped('mismatch', 'skipped', { lacking: lacking.name }) }
  try {
    return { name, ...check() }
  } catch (error) {
    return { name, ...failure(error) }
  }
}

function failure(error: unknown): Finding {
  const { code, entry, entries, facts } = error instanceof CheckFailure ? error : refusal(error as Error)
  return {
    ok: 'failed',
    code,
    verdict: 'mismatch',
    ...(entry === undefined ? {} : { entry }),
    ...(entries === undefined ? {} : { entries }),
    facts,
  }
}

/** What a part of the core threw, as the failure of a check. */
function refusal(error: Error, entry?: number): CheckFailure {
  const code = error instanceof LedgerError ? error.code : 'check_impossible'
  return new CheckFailure(code, entry, { detail: error.message })
}

/** Runs a step about one entry, so that what it throws names the entry. */
export function aboutEntry<T>(index: number, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw error instanceof LedgerError ? refusal(error, index) : error
  }
}
