/**
 * A slow model of a crisis, written from the specification (ledger/README.md, parts 19–26) and not from the code: it
 * keeps nothing but the history and works every question out again from the beginning. Scopes are sets of single goods
 * here, markets sets of single markets; the service knows only selectors.
 */
import type { Selector } from '../../ledger/selector.ts'
import type { NewMilestone } from '../../server/services/crises/record-milestone.ts'

export type Correction = { readonly corrects: number; readonly reason: string; readonly by?: number }
export type Miss = { readonly promise: string; readonly due: string }

/** One entry of the crisis stream as the model remembers it. */
export type Told = {
  readonly index: number
  readonly seq: number
  readonly at: string
  readonly milestone?: NewMilestone
  readonly correction?: Correction
  readonly miss?: Miss
}
export type Spoken = Told & { readonly milestone: NewMilestone }

export type Setting = {
  readonly mode: 'live' | 'reconstructed'
  readonly safety: boolean
  readonly owner: boolean
  readonly openedAt: string
}

export const LOTS = ['L1', 'L2', 'L3', 'L4'] as const
const VERSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
/** JP stands for every market that nobody names. */
const WORLD = ['CN', 'US', 'JP']

const ENTERS: Readonly<Record<string, string>> = {
  acknowledged: 'acknowledged',
  dismissed: 'dismissed',
  closed: 'closed',
  reopened: 'investigating',
}
const MOVES: Readonly<Record<string, string>> = {
  suspected: 'acknowledged dismissed',
  acknowledged: 'investigating remedying dismissed',
  investigating: 'remedying',
  remedying: 'investigating monitoring',
  monitoring: 'closed investigating',
  closed: 'investigating',
  dismissed: '',
}

export function moves(from: string): readonly string[] {
  return (MOVES[from] ?? '').split(' ').filter((word) => word !== '')
}

export function target({ kind, state }: NewMilestone): string | undefined {
  return state ?? ENTERS[kind]
}

export const spokenOf = (history: readonly Told[]): Spoken[] =>
  history.filter((told): told is Spoken => told.milestone !== undefined)

export function stateOf(history: readonly Told[]): string {
  let state = 'suspected'
  for (const { milestone } of spokenOf(history)) {
    const next = target(milestone)
    if (next !== undefined && moves(state).includes(next)) state = next
  }
  return state
}

/** The single goods that a selector names: lots, the rest of the product, and software versions. */
export function goodsOf(selector: Selector): Set<string> {
  if (selector.by === 'batch') return new Set([selector.lot])
  if (selector.by === 'version') {
    const [from, to] = [Number(selector.from), Number(selector.to)]
    return new Set(VERSIONS.filter((v) => v >= from && v <= to).map((v) => `v${v}`))
  }
  return new Set([...LOTS, 'rest', ...VERSIONS.map((v) => `v${v}`)])
}

export function marketsOf(markets: readonly string[] | undefined): string[] {
  if (markets === undefined) return WORLD
  return WORLD.filter((m) => !markets.includes(`-${m}`) && (markets.includes('*') || markets.includes(m)))
}

export type Area = { readonly goods: readonly Set<string>[]; readonly markets: readonly string[] }

export const areaOf = (selectors: readonly Selector[] = [], markets?: readonly string[]): Area => ({
  goods: selectors.map(goodsOf),
  markets: marketsOf(markets),
})

/** Every part of one area lies, in every market of it, within a single part of the others. */
export function covers(areas: readonly Area[], asked: Area): boolean {
  return asked.goods.every((part) =>
    asked.markets.every((market) =>
      areas.some(
        ({ goods, markets }) =>
          markets.includes(market) && goods.some((whole) => [...part].every((single) => whole.has(single))),
      ),
    ),
  )
}

/** Entries that no longer hold, but for what is only overtaken. */
export function gone(history: readonly Told[]): Set<number> {
  const ended = new Set<number>()
  const spoken = spokenOf(history)
  for (const { milestone, index } of spoken) {
    const { replaces = [], withdraws = [], kind, narrowingReason } = milestone
    for (const earlier of [...replaces, ...withdraws]) ended.add(earlier)
    const remedies = spoken.filter((told) => withdraws.includes(told.index)).map((told) => told.milestone.remedy)
    for (const told of spoken) {
      const isStep = ['remedy_announced', 'remedy_opened'].includes(told.milestone.kind)
      if (told.index < index && isStep && remedies.includes(told.milestone.remedy)) ended.add(told.index)
      const isVersion = kind === 'scope_published' && narrowingReason !== undefined
      if (isVersion && told.index < index && told.milestone.kind === 'scope_published') ended.add(told.index)
    }
  }
  for (const { correction } of history)
    if (correction !== undefined && voids(correction)) ended.add(correction.corrects)
  return ended
}

function voids({ reason, by }: Correction): boolean {
  return reason === 'did_not_occur' || (reason === 'incorrect_data' && by !== undefined)
}

/** What holds: milestones that pass a test and were not ended. */
export function holding(history: readonly Told[], test: (milestone: NewMilestone) => boolean): Spoken[] {
  const ended = gone(history)
  return spokenOf(history).filter(({ index, milestone }) => !ended.has(index) && test(milestone))
}

export const scopesOf = (history: readonly Told[]): Spoken[] => holding(history, (m) => m.kind === 'scope_published')
export const adviceOf = (history: readonly Told[]): Spoken[] => holding(history, (m) => m.advice !== undefined)
export const causesOf = (history: readonly Told[]): Spoken[] => holding(history, (m) => m.kind === 'cause_identified')

export type Remedy = { id: string; state: string; reach?: Area; partial?: string; steps: number[]; opened: boolean }

type Steps = {
  announced?: number
  opened?: number
  closed?: number
  withdrawn: boolean
  reach?: Area
  partial?: string
}

/** Remedies with the steps that were taken and not said to be untrue since. */
export function remediesOf(history: readonly Told[]): Remedy[] {
  const remedies = new Map<string, Steps>()
  for (const { milestone, index, correction } of history) {
    if (correction !== undefined && voids(correction)) {
      for (const [id, steps] of remedies) {
        for (const step of ['announced', 'opened', 'closed'] as const) {
          if (steps[step] === correction.corrects) delete steps[step]
        }
        if (steps.announced === undefined && steps.opened === undefined) remedies.delete(id)
      }
    }
    if (milestone === undefined) continue
    const { kind, remedy: id = '', scope, markets, partialReason, withdraws = [] } = milestone
    const known = remedies.get(id)
    if (kind === 'remedy_announced' || kind === 'remedy_opened') {
      const next: Steps = known ?? { withdrawn: false }
      next[kind === 'remedy_opened' ? 'opened' : 'announced'] = index
      if (scope !== undefined) next.reach = areaOf(scope, markets)
      if (partialReason !== undefined) next.partial = partialReason
      remedies.set(id, next)
    }
    if (kind === 'remedy_closed' && known !== undefined) known.closed = index
    for (const other of kind === 'remedy_withdrawn' ? remedies.values() : []) {
      other.withdrawn ||= stepsOf(other).some((step) => withdraws.includes(step))
    }
  }
  return [...remedies].map(([id, { reach, partial, ...steps }]) => ({
    id,
    ...(reach === undefined ? {} : { reach }),
    ...(partial === undefined ? {} : { partial }),
    state: wordOf(steps),
    steps: stepsOf(steps),
    opened: steps.opened !== undefined,
  }))
}

const stepsOf = ({ announced, opened }: Steps): number[] => [announced, opened].filter((step) => step !== undefined)

function wordOf({ opened, closed, withdrawn }: Steps): string {
  if (withdrawn) return 'withdrawn'
  if (closed !== undefined) return 'closed'
  return opened === undefined ? 'announced' : 'opened'
}

export type Promised = {
  id: string
  index: number
  first: string
  due: string
  moved: number
  outcome: string
  misses: number[]
  explained: number
  disputed: number
  confirmed: number
}

export function promisesOf({ mode }: Setting, history: readonly Told[]): Promised[] {
  const promises: Promised[] = []
  for (const { index, at, milestone, miss } of history) {
    const named = promises.find(({ id }) => id === (miss?.promise ?? milestone?.of ?? milestone?.fulfils))
    if (miss !== undefined && named !== undefined) {
      named.outcome = 'missed'
      named.misses.push(index)
    }
    if (milestone === undefined) continue
    const { kind, outcome, commitment, due, fulfils } = milestone
    if (named !== undefined) {
      if (fulfils !== undefined) {
        const isLate = named.misses.length > 0 || named.due <= at
        if (mode === 'reconstructed') named.outcome = outcome ?? 'unknown'
        else if (named.outcome !== 'retrospective') named.outcome = isLate ? 'late' : 'kept'
      }
      if (kind === 'commitment_rescheduled') {
        named.moved += 1
        named.due = due === undefined ? named.due : instantOf(due)
        if (mode === 'reconstructed') named.outcome = outcome ?? named.outcome
        else if (named.due > at) named.outcome = 'open'
      }
      if (kind === 'commitment_abandoned') named.outcome = 'abandoned'
      if (kind === 'commitment_explained') named.explained = index
      if (kind === 'dispute') named.disputed += 1
      if (kind === 'confirmation') named.confirmed += 1
    }
    if (commitment !== undefined) {
      const first = instantOf(commitment.due)
      const live = first <= at ? 'retrospective' : 'open'
      const rest = { moved: 0, misses: [], explained: -1, disputed: 0, confirmed: 0 }
      const begins = mode === 'live' ? live : (commitment.outcome ?? 'unknown')
      promises.push({ id: commitment.id, index, first, due: first, outcome: begins, ...rest })
    }
  }
  return promises
}

/** Due times are instants here, or days in the zone of the commitment. */
export function instantOf(due: { date?: string; at?: string; zone?: string }): string {
  if (due.at !== undefined) return due.at
  return new Date(Date.parse(`${due.date}T00:00:00${due.zone ?? '+08:00'}`) + 86_400_000).toISOString()
}

const NEWS = `acknowledged dismissed holding_statement statement technical_statement safety_instruction containment
  investigation_update cause_identified scope_published remedy_announced remedy_opened remedy_withdrawn recall_initiated
  recall_expanded recall_progress recall_completed figures_published review_published look_back_published closed
  reopened remedy_progress remedy_closed`.split(/\s+/)

export type Update = { promise: string; index: number; due: string; isMissed: boolean }

/** Promised updates that nothing new has answered. */
export function updatesOf({ mode }: Setting, history: readonly Told[]): Update[] {
  if (mode === 'reconstructed') return []
  let open: Update[] = []
  for (const { index, seq, at, milestone, miss } of history) {
    for (const update of open) if (update.promise === miss?.promise) update.isMissed = true
    if (milestone === undefined) continue
    if (NEWS.includes(milestone.kind)) open = []
    if (milestone.kind !== 'next_update_set' || milestone.due === undefined) continue
    const due = instantOf(milestone.due)
    if (due > at) open.push({ promise: `next_update_${seq}`, index, due, isMissed: false })
  }
  return open
}

/** What the system owes at a time (W4): each promise that is due and has neither outcome nor miss. */
export function owedMisses(setting: Setting, history: readonly Told[], now: string): Miss[] {
  if (setting.mode === 'reconstructed') return []
  const commitments = promisesOf(setting, history).filter(({ outcome }) => outcome === 'open')
  const updates = updatesOf(setting, history).filter(({ isMissed }) => !isMissed)
  return [...commitments.map(({ id, due }) => ({ promise: id, due })), ...updates]
    .filter(({ due }) => due <= now)
    .map(({ promise, due }) => ({ promise, due }))
}
