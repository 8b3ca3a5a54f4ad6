/**
 * The batch answer: what the record says about the goods in somebody's hand. The strictest advice that covers them and
 * is in force; else a scope or an open remedy that covers them, which asks for a check; else the brand's own claim that
 * they are not affected; else that no published scope names them. It never says "safe", because a record cannot know.
 * Specification: README.md, "Answers".
 */
import { isVoidedBy } from './force.ts'
import { parseInstant, parseOccurredAt } from './instant.ts'
import { milestoneOf } from './milestone.ts'
import { productsNamed, textOf } from './opening.ts'
import type { AdviceLevel, IndexedEntry, Milestone } from './milestone.ts'
import { coverageOf, lotsNamed, marketsContain } from './selector.ts'
import type { Coverage, Goods, Selector } from './selector.ts'

/** From the gravest to the one that only says that nothing is known. */
const ANSWERS = [
  'stop_use',
  'return',
  'check',
  'unknown_batch',
  'product_only',
  'not_in_published_scope',
  'stated_unaffected',
  'nothing_recorded',
] as const
export type AnswerWord = (typeof ANSWERS)[number]

export type CrisisAnswer = {
  readonly answer: AnswerWord
  /** The entry that the answer rests on; null when no entry says it. */
  readonly by: number | null
  /** The crisis' code; null when no crisis is about these goods. */
  readonly crisis: string | null
  readonly assertedBy: readonly string[]
  readonly occurredAt: string | null
  /** With `not_in_published_scope`: the version asked; null when no scope has been published at all. */
  readonly scopeVersion?: number | null
  /** The entries from which the answer came about, ascending: also those that no longer hold. */
  readonly history: readonly number[]
}

/** The gravest answer, and that of each crisis, gravest first. */
export type Answer = CrisisAnswer & { readonly perCrisis: readonly CrisisAnswer[] }

export type Question = Goods & {
  /** The whole stream of every crisis that may be about the product, by seq. */
  readonly crises: readonly { readonly entries: readonly IndexedEntry[] }[]
  /** Batches of the product that were on record (`wasOnRecord`) beside those that the crises name. */
  readonly lots?: readonly string[]
  /** Digits: the log's size then. A day or an instant: what had occurred by then. */
  readonly asOf?: string
}

/** What a question is asked of: the milestones that count, and which of them are in force. */
type Story = { code: string; milestones: Told[]; lots: string[]; gtins: string[] }
type Told = {
  index: number
  milestone: Milestone
  /** Replaced, withdrawn or corrected: nothing that it says holds. */
  ended: boolean
  /** Overtaken: its words and claims no longer hold; advice and scopes do until they are replaced. */
  lapsed: boolean
}

/**
 * What the record answers about goods.
 *
 * @throws LedgerError instant_malformed when `asOf` is neither digits nor a day nor an instant
 */
export function answerFor(question: Question): Answer {
  const stories = question.crises
    .map(({ entries }) => tell(entries, question.asOf, question.gtin))
    .filter((story) => story !== undefined)
    .filter((story) => isAbout(story, question))
  const lots = new Set([...(question.lots ?? []), ...stories.flatMap((story) => story.lots)])
  const perCrisis = stories.map((story) => answerOf(story, question, lots))
  perCrisis.sort((a, b) => ANSWERS.indexOf(a.answer) - ANSWERS.indexOf(b.answer) || (b.by ?? -1) - (a.by ?? -1))
  const gravest = perCrisis[0] ?? bare('nothing_recorded', null, [])
  return { ...gravest, perCrisis }
}

/** The part of a stream that counts at a time; undefined when the crisis was not on record or had not begun. */
function tell(entries: readonly IndexedEntry[], asOf: string | undefined, gtin: string): Story | undefined {
  const counts = countsAsOf(asOf)
  const opened = entries[0]
  if (opened === undefined || opened.entry.type !== 'crisis.opened' || !counts(opened.index)) return undefined
  const milestones: Told[] = []
  const ended = new Set<number>()
  const lapsed = new Set<number>()
  for (const { index, entry } of entries) {
    const milestone = milestoneOf(entry)
    if (!counts(index, milestone)) continue
    if (milestone !== undefined) {
      milestones.push({ index, milestone, ended: false, lapsed: false })
      for (const earlier of milestone.overtakes ?? []) if (earlier < index) lapsed.add(earlier)
      for (const earlier of endedBy(milestone, milestones)) if (earlier < index) ended.add(earlier)
    }
    const { corrects, reason, by } = entry.data
    if (entry.type === 'correction.recorded' && typeof corrects === 'number' && isVoidedBy(reason, by)) {
      ended.add(corrects)
    }
  }
  // Asked for a day before anything of it had happened, a reconstructed crisis has nothing to tell.
  if (asOf !== undefined && !isSize(asOf) && milestones.length === 0) return undefined
  for (const item of milestones) Object.assign(item, { ended: ended.has(item.index), lapsed: lapsed.has(item.index) })
  const { data } = opened.entry
  const products = productsNamed(data)
  const named = milestones.flatMap(({ milestone }) => lotsNamed(selectorsOf(milestone), gtin))
  return {
    code: textOf(data['code']),
    milestones,
    gtins: products.map((product) => product.gtin),
    lots: [...products.flatMap((product) => (product.gtin === gtin ? product.lots : [])), ...named],
  }
}

/**
 * What a milestone ends. A withdrawn remedy ends with all that announced or opened it; a closed one does not, because the
 * goods that it names are no better for it. A scope that narrows for a reason ends the versions before it.
 */
function endedBy(milestone: Milestone, told: readonly Told[]): number[] {
  const { kind, replaces = [], withdraws = [], narrowingReason } = milestone
  const ended = [...replaces, ...withdraws]
  if (kind === 'scope_published' && narrowingReason !== undefined) {
    const versions = told.filter((item) => item.milestone.kind === kind && item.milestone !== milestone)
    ended.push(...versions.map(({ index }) => index))
  }
  if (withdraws.length === 0) return ended
  const remedies = told.filter(({ index }) => withdraws.includes(index)).map(({ milestone }) => milestone.remedy)
  const steps = told.filter(
    ({ milestone: { kind, remedy } }) => SCOPE_KINDS.has(kind) && remedy !== undefined && remedies.includes(remedy),
  )
  return [...ended, ...steps.map(({ index }) => index)]
}

/**
 * Whether an entry was on record when a question is asked as of a size of the log. A question as of a day or an instant
 * asks for what had happened by then, whenever it was recorded.
 */
export function wasOnRecord(index: number, asOf: string | undefined): boolean {
  return asOf === undefined || !isSize(asOf) || index < Number(asOf)
}

function isSize(asOf: string): boolean {
  return /^\d{1,16}$/.test(asOf)
}

/** Which entries count: those below a log size, or those that had occurred on or before a day or an instant. */
function countsAsOf(asOf: string | undefined): (index: number, milestone?: Milestone) => boolean {
  if (asOf === undefined) return () => true
  if (isSize(asOf)) return (index) => wasOnRecord(index, asOf)
  if (/^\d{4}-\d\d-\d\d$/.test(asOf)) {
    parseOccurredAt(asOf, '+00:00')
    return (_, milestone) => milestone === undefined || milestone.occurredAt.slice(0, 10) <= asOf
  }
  const instant = parseInstant(asOf)
  return (_, milestone) =>
    milestone === undefined || parseOccurredAt(milestone.occurredAt, milestone.zone).earliest <= instant
}

function selectorsOf({ scope = [], statedUnaffected = [], advice }: Milestone): readonly Selector[] {
  return [...scope, ...statedUnaffected, ...(advice?.scope ?? [])]
}

function isAbout({ gtins, milestones }: Story, goods: Goods): boolean {
  if (gtins.includes(goods.gtin)) return true
  return milestones.some(({ milestone }) => coverageOf(selectorsOf(milestone), goods) !== 'not')
}

const SCOPE_KINDS: ReadonlySet<string> = new Set([
  'scope_published',
  'recall_initiated',
  'recall_expanded',
  'remedy_announced',
  'remedy_opened',
])
/** What is told of how an answer came about, beside the claims and the advice themselves. */
const HISTORY_KINDS: ReadonlySet<string> = new Set([
  'signal_noted',
  'scope_published',
  'recall_initiated',
  'recall_expanded',
  'remedy_withdrawn',
  'third_party_verification',
  'cause_identified',
])
const LEVEL_ORDER: readonly AdviceLevel[] = ['stop_use', 'return', 'check']

function answerOf({ code, milestones, lots }: Story, question: Question, known: ReadonlySet<string>): CrisisAnswer {
  const { market } = question
  const here = milestones.filter(({ milestone }) => marketsContain(milestone.markets, market))
  const covers = (selectors: readonly Selector[] | undefined): Coverage => coverageOf(selectors ?? [], question)
  const history = here.filter(({ milestone }) => isHistory(milestone, covers)).map(({ index }) => index)
  const say = (answer: AnswerWord, by?: Told): CrisisAnswer =>
    by === undefined ? bare(answer, code, history) : saidBy(answer, code, by, history)

  const inForce = here.filter(({ ended }) => !ended)
  const advised = strictestAdvice(inForce, covers)
  if (advised !== undefined) return say(advised.level, advised.told)
  const scoped = last(inForce, ({ milestone }) => SCOPE_KINDS.has(milestone.kind) && covers(milestone.scope) !== 'not')
  if (scoped !== undefined) return say('check', scoped)
  if (question.lot === undefined) return say('product_only')
  if (!known.has(question.lot) && !lots.includes(question.lot)) return say('unknown_batch')
  const claimed = last(inForce, ({ milestone, lapsed }) => !lapsed && covers(milestone.statedUnaffected) === 'covered')
  if (claimed !== undefined) return say('stated_unaffected', claimed)
  const published = last(inForce, ({ milestone }) => milestone.kind === 'scope_published')
  const version = published === undefined ? null : versionOf(published, milestones)
  return { ...say('not_in_published_scope', published), scopeVersion: version }
}

/** The strictest level that covers the goods; of equal ones the latest. A mere possibility asks for a check. */
function strictestAdvice(
  inForce: readonly Told[],
  covers: (selectors: readonly Selector[]) => Coverage,
): { level: AdviceLevel; told: Told } | undefined {
  let strictest: { level: AdviceLevel; told: Told } | undefined
  for (const told of inForce) {
    const { advice } = told.milestone
    const coverage = advice === undefined ? 'not' : covers(advice.scope)
    if (advice === undefined || coverage === 'not') continue
    const level = coverage === 'covered' ? advice.level : 'check'
    if (strictest === undefined || LEVEL_ORDER.indexOf(level) <= LEVEL_ORDER.indexOf(strictest.level)) {
      strictest = { level, told }
    }
  }
  return strictest
}

function isHistory(milestone: Milestone, covers: (selectors: readonly Selector[] | undefined) => Coverage): boolean {
  const { kind, scope, statedUnaffected, advice } = milestone
  if (covers(advice?.scope) !== 'not' || covers(statedUnaffected) !== 'not') return true
  return HISTORY_KINDS.has(kind) && covers(scope) !== 'not'
}

/** A scope without a stated version is the next after the one before it. */
function versionOf(published: Told, milestones: readonly Told[]): number {
  let version = 0
  for (const { index, milestone } of milestones) {
    if (milestone.kind === 'scope_published' && index <= published.index)
      version = milestone.scopeVersion ?? version + 1
  }
  return version
}

function saidBy(answer: AnswerWord, crisis: string, told: Told, history: readonly number[]): CrisisAnswer {
  const { index, milestone } = told
  const before = history.filter((earlier) => earlier < index)
  const whole = [...before, index, ...history.filter((later) => later > index)]
  const { assertedBy, occurredAt } = milestone
  return { answer, by: index, crisis, assertedBy, occurredAt, history: whole }
}

function bare(answer: AnswerWord, crisis: string | null, history: readonly number[]): CrisisAnswer {
  return { answer, by: null, crisis, assertedBy: [], occurredAt: null, history }
}

/** The last of those that hold; `findLast` is younger than the oldest browser we serve. */
function last(told: readonly Told[], holds: (told: Told) => boolean): Told | undefined {
  for (let i = told.length - 1; i >= 0; i--) if (holds(told[i]!)) return told[i]
  return undefined
}
