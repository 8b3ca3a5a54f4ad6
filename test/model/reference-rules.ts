/** What the specification forbids next in a crisis: hard rules of any record, and order rules of what is done now. */
import {
  adviceOf,
  areaOf,
  causesOf,
  covers,
  holding,
  instantOf,
  moves,
  promisesOf,
  remediesOf,
  scopesOf,
  spokenOf,
  stateOf,
  target,
  updatesOf,
} from './reference.ts'
import type { Remedy, Setting, Told } from './reference.ts'
import type { NewMilestone } from '../../server/services/crises/record-milestone.ts'

export type Judgement = {
  readonly hard: ReadonlySet<string>
  readonly order: ReadonlySet<string>
  readonly late: boolean
}
export type Now = { readonly now: string; readonly index: number; readonly files: readonly string[] }

const PARTIES: Readonly<Record<string, string>> = { brand: 'brand', holder: 'holder', agency: 'regulator' }
const HOUR = 3_600_000

export function judge(setting: Setting, history: readonly Told[], m: NewMilestone, at: Now): Judgement {
  const hard = new Set([
    ...timeFaults(setting, m, at),
    ...stateFaults(history, m),
    ...relationFaults(history, m, at),
    ...promiseFaults(setting, history, m, at),
    ...remedyFaults(history, m),
  ])
  const late = Date.parse(at.now) - latest(m) > 24 * HOUR
  const order = new Set([
    ...orderOfStates(setting, history, m),
    ...orderOfKinds(setting, history, m),
    ...orderOfScopes(history, m),
    ...orderOfNumbers(history, m, at),
    ...orderOfRoles(history, m),
  ])
  return { hard, order, late }
}

const latest = ({ occurredAt, zone }: NewMilestone): number =>
  occurredAt.length === 10 ? Date.parse(`${occurredAt}T00:00:00${zone}`) + 24 * HOUR : Date.parse(occurredAt)
const earliest = (m: NewMilestone): number => latest(m) - (m.occurredAt.length === 10 ? 24 * HOUR : 0)

function* timeFaults({ mode, openedAt }: Setting, m: NewMilestone, { now }: Now): Generator<string> {
  if (m.kind === 'commitment_missed') yield 'kind_of_system'
  if (earliest(m) > Date.parse(now) + 300_000) yield 'occurred_in_future'
  const isOld = latest(m) <= Date.parse(openedAt) - 90 * 24 * HOUR
  if (mode === 'reconstructed' && !isOld) yield 'event_too_recent'
}

function* stateFaults(history: readonly Told[], m: NewMilestone): Generator<string> {
  const [from, to] = [stateOf(history), target(m)]
  const own = ['acknowledged', 'dismissed', 'closed'].find((kind) => kind === to)
  const enters = target({ kind: m.kind } as NewMilestone)
  if (enters !== undefined && m.state !== undefined && m.state !== enters) yield 'state_mismatch'
  if (to === undefined || to === from) return
  if (own !== undefined && own !== m.kind) yield 'state_mismatch'
  if (!moves(from).includes(to) || (from === 'closed' && m.kind !== 'reopened')) yield 'illegal_transition'
}

function* relationFaults(history: readonly Told[], m: NewMilestone, { files }: Now): Generator<string> {
  if (m.assertedBy.some((id) => PARTIES[id] === undefined)) yield 'party_unknown'
  if (['dispute', 'confirmation'].includes(m.kind) && m.assertedBy.includes('brand')) yield 'voice_of_brand'
  if ((m.evidence ?? []).some((file) => !files.includes(file))) yield 'evidence_unknown'
  const at = (index: number): NewMilestone | undefined =>
    spokenOf(history).find((told) => told.index === index)?.milestone
  const isHere = (index: number): boolean => history.some((told) => told.index === index)
  const checks: [readonly (number | undefined)[] | undefined, (earlier: NewMilestone, index: number) => boolean][] = [
    [m.replaces, (earlier) => isSaidAnew(earlier, m)],
    [m.withdraws, (_, index) => remediesOf(history).some(({ steps }) => steps.includes(index))],
    [m.overtakes, ({ kind }) => !['dispute', 'confirmation'].includes(kind)],
    [m.figures?.map(({ revises }) => revises), ({ figures }) => figures !== undefined],
    [m.deliveries?.map(({ base }) => base), (e) => e.scope !== undefined || e.remedy !== undefined],
    [m.deliveries?.map(({ revises }) => revises), ({ deliveries }) => deliveries !== undefined],
    [m.recallProgress?.map(({ revises }) => revises), (e) => e.recall === m.recall && e.recallProgress !== undefined],
  ]
  for (const [indexes = [], fits] of checks) {
    for (const index of indexes.filter((given) => given !== undefined)) {
      const earlier = at(index)
      if (!isHere(index)) yield 'relation_unknown_entry'
      else if (earlier === undefined || !fits(earlier, index)) yield 'relation_unfitting'
    }
  }
  for (const index of [...(m.about ?? []), ...(m.trigger === undefined ? [] : [m.trigger])]) {
    if (!isHere(index)) yield 'relation_unknown_entry'
  }
}

const isRecall = ({ kind }: NewMilestone): boolean => kind.startsWith('recall_')

function isSaidAnew(earlier: NewMilestone, m: NewMilestone): boolean {
  if (isRecall(earlier) && !isRecall(m)) return false
  return topics(earlier).some((topic) => topics(m).includes(topic))
}

function topics({ kind, advice }: NewMilestone): string[] {
  const isScope = kind === 'scope_published' || kind.startsWith('recall_')
  const isCause = ['cause_identified', 'technical_statement', 'acknowledged'].includes(kind)
  return [...(advice === undefined ? [] : ['advice']), ...(isScope ? ['scope'] : []), ...(isCause ? ['cause'] : [])]
}

function* promiseFaults(setting: Setting, history: readonly Told[], m: NewMilestone, { now }: Now): Generator<string> {
  const isLive = setting.mode === 'live'
  const isLate = Date.parse(now) - latest(m) > 24 * HOUR
  const promises = promisesOf(setting, history)
  const { kind, commitment, outcome, of, fulfils, due } = m
  if (isLive && (outcome !== undefined || commitment?.outcome !== undefined)) yield 'outcome_claimed'
  if (commitment !== undefined) {
    if (promises.some(({ id }) => id === commitment.id)) yield 'commitment_exists'
    if (isLive && !isLate && instantOf(commitment.due) <= now) yield 'due_in_past'
  }
  const named = promises.find(({ id }) => id === (fulfils ?? of))
  const isNamed = fulfils !== undefined || of !== undefined
  if (isNamed && named === undefined) yield 'commitment_unknown'
  const ends = fulfils !== undefined || kind === 'commitment_abandoned' || kind === 'commitment_rescheduled'
  if (ends && named !== undefined && ['kept', 'late', 'abandoned'].includes(named.outcome)) yield 'commitment_settled'
  if (kind === 'commitment_rescheduled' && isLive) {
    if (due === undefined) yield 'due_missing'
    else if (instantOf(due) <= now) yield 'due_in_past'
  }
  if (kind === 'next_update_set' && due !== undefined && isLive && !isLate && instantOf(due) <= now) yield 'due_in_past'
}

function* remedyFaults(history: readonly Told[], m: NewMilestone): Generator<string> {
  const { kind, recall, recallPlan, recallProgress = [], deliveries = [] } = m
  const known = remediesOf(history).find(({ id }) => id === m.remedy)
  const moved = kind === 'remedy_opened' || kind === 'remedy_closed'
  if (kind === 'remedy_announced' && known !== undefined) yield 'remedy_exists'
  if (moved && known?.state === 'withdrawn') yield 'remedy_is_withdrawn'
  if (moved && known?.state === 'closed') yield 'remedy_is_closed'
  if (kind === 'remedy_opened' && known?.opened === true) yield 'remedy_exists'
  const steps = recallSteps(history, recall)
  if (kind === 'recall_initiated' && steps.length > 0) yield 'recall_exists'
  const last = steps.filter((told) => ['recall_completed', 'recall_expanded'].includes(told.milestone.kind)).at(-1)
  if (kind === 'recall_completed' && last?.milestone.kind === 'recall_completed') yield 'recall_is_completed'
  for (const { base } of recallProgress) {
    const planned = steps.some((told) => told.index === base && told.milestone.recallPlan !== undefined)
    if (base === 'this' ? recallPlan === undefined : !planned) yield 'recall_plan_missing'
  }
  if (deliveries.some(({ delivered, eligible }) => delivered > eligible)) yield 'delivered_exceeds'
}

/** The entries that began, widened or ended a recall, or told its progress. */
function recallSteps(history: readonly Told[], recall: string | undefined) {
  return spokenOf(history).filter(({ milestone }) => {
    const isStep = milestone.kind !== 'recall_progress' || milestone.recallProgress !== undefined
    return milestone.kind.startsWith('recall_') && milestone.recall === recall && isStep
  })
}

/** A role is in one pair of hands, or in none (RO1, RO2). */
function* orderOfRoles(history: readonly Told[], { kind, role }: NewMilestone): Generator<string> {
  const isStep = (other: string): boolean => other === 'role_assumed' || other === 'role_renounced'
  const last = spokenOf(history)
    .filter((told) => isStep(told.milestone.kind) && told.milestone.role === role)
    .at(-1)
  if (kind === 'role_assumed' && last?.milestone.kind === 'role_assumed') yield 'role_taken'
  if (kind === 'role_renounced' && last?.milestone.kind !== 'role_assumed') yield 'role_not_held'
}

function* orderOfStates(setting: Setting, history: readonly Told[], m: NewMilestone): Generator<string> {
  const [from, to] = [stateOf(history), target(m)]
  if (to === undefined || to === from) return
  const isLive = setting.mode === 'live'
  if (to === 'investigating' && from === 'acknowledged' && isLive) {
    if (!setting.owner) yield 'no_owner'
    if (updatesOf(setting, history).length === 0) yield 'no_next_update'
  }
  if (to === 'remedying') {
    const bases = scopesOf(history).map(({ milestone }) => milestone.basis)
    if (m.kind === 'scope_published') bases.push(m.basis)
    if (bases.length === 0) yield 'no_scope_before'
    else if (bases.every((basis) => basis === undefined)) yield 'no_scope_basis'
    if (setting.safety && !isInstructed(history) && m.kind !== 'safety_instruction')
      yield 'no_safety_instruction_before'
  }
  const remedies = remediesOf(history)
  const promises = promisesOf(setting, history)
  if (to === 'monitoring' && remedies.some(({ state }) => state === 'announced')) yield 'remedy_not_opened'
  if (to === 'monitoring' || to === 'closed') {
    const open = promises.filter(({ outcome }) => outcome === 'open').map(({ id }) => id)
    if (isLive && open.toSorted().join() !== [...(m.openCommitments ?? [])].toSorted().join())
      yield 'open_commitments_unlisted'
    if (m.partialReason === undefined && !isForAll(history, remedies)) yield 'remedy_not_for_all'
  }
  if (to === 'closed') {
    if (causesOf(history).length === 0 && m.noCauseReason === undefined) yield 'no_cause'
    const silent = promises.filter(({ outcome, misses, explained }) => {
      const isOverdue = outcome === 'missed' || (outcome === 'open' && misses.length > 0)
      return isOverdue && (explained < 0 || explained < (misses.at(-1) ?? 0))
    })
    if (silent.length > 0) yield 'overdue_unexplained'
  }
  if (to === 'dismissed' && m.dismissReason === undefined) yield 'no_dismissal_reason'
}

const isInstructed = (history: readonly Told[]): boolean =>
  adviceOf(history).some(({ milestone }) => milestone.kind === 'safety_instruction')

function isForAll(history: readonly Told[], remedies: readonly Remedy[]): boolean {
  const offered = remedies.filter(({ state }) => state !== 'withdrawn')
  if (offered.some(({ partial, reach }) => partial !== undefined || reach === undefined)) return true
  const owed = scopesOf(history).filter(({ milestone }) => causesOf(history).length > 0 || milestone.basis === 'cause')
  return owed.every(({ milestone: { scope, markets } }) =>
    covers(
      offered.flatMap(({ reach }) => (reach === undefined ? [] : [reach])),
      areaOf(scope, markets),
    ),
  )
}

function* orderOfKinds(setting: Setting, history: readonly Told[], m: NewMilestone): Generator<string> {
  const { kind, evidence = [], fulfils, deliveries = [], scopeVersion, causeVersion, due } = m
  const praises = ['apology', 'compensation', 'voice_recorded', 'case_shared', 'improvement_announced']
  if (praises.includes(kind) && setting.safety && !isInstructed(history)) yield 'no_safety_instruction_before'
  if (kind === 'reopened' && m.trigger === undefined) yield 'no_trigger'
  if (kind === 'improvement_shipped' && evidence.length === 0) yield 'no_evidence'
  if (fulfils !== undefined && setting.mode === 'live' && evidence.length === 0) yield 'no_evidence'
  const remedies = remediesOf(history)
  const known = remedies.find(({ id }) => id === m.remedy)
  if (['remedy_opened', 'remedy_closed'].includes(kind) && known === undefined) yield 'remedy_not_announced'
  if (deliveries.some(({ remedy }) => !remedies.some(({ id }) => id === remedy))) yield 'remedy_not_announced'
  if (kind === 'remedy_closed' && known?.state === 'announced') yield 'remedy_not_opened'
  const isRecall = kind.startsWith('recall_') && kind !== 'recall_initiated'
  if (isRecall && recallSteps(history, m.recall).length === 0) yield 'recall_not_initiated'
  const version = (of: 'scope_published' | 'cause_identified', name: 'scopeVersion' | 'causeVersion'): number =>
    spokenOf(history)
      .filter(({ milestone }) => milestone.kind === of)
      .reduce((last, { milestone }) => milestone[name] ?? last + 1, 0)
  const next = version('scope_published', 'scopeVersion') + 1
  if (kind === 'scope_published' && scopeVersion !== undefined && scopeVersion !== next) yield 'scope_version'
  const past = version('cause_identified', 'causeVersion')
  if (kind === 'cause_identified' && causeVersion !== undefined && causeVersion <= past) yield 'cause_version'
  const updates = updatesOf(setting, history)
  if (kind === 'next_update_set' && due !== undefined && updates.some((open) => open.due <= instantOf(due)))
    yield 'next_update_open'
}

/** By these people are told that goods are affected, beside a scope. */
const OFFERS = ['recall_initiated', 'recall_expanded', 'remedy_announced', 'remedy_opened']

/** What a milestone takes away from scopes, advice, recalls and remedies that hold (R2). */
export function takenAway(history: readonly Told[], m: NewMilestone): number[] {
  const isNaming = (kind: string): boolean => kind === 'scope_published' || OFFERS.includes(kind)
  const says = isNaming(m.kind) ? [areaOf(m.scope, m.markets)] : []
  const { replaces = [] } = m
  const scopes = scopesOf(history).filter(({ index }) => m.kind === 'scope_published' || replaces.includes(index))
  const lost = scopes.filter(({ milestone }) => !covers(says, areaOf(milestone.scope, milestone.markets)))
  const levels = ['stop_use', 'return', 'check']
  const weakened = adviceOf(history).filter(({ index, milestone: { advice, markets } }) => {
    if (!replaces.includes(index) || advice === undefined) return false
    if (m.advice === undefined || levels.indexOf(m.advice.level) > levels.indexOf(advice.level)) return true
    return !covers([areaOf(m.advice.scope, m.markets)], areaOf(advice.scope, markets))
  })
  const told = m.advice === undefined ? says : [...says, areaOf(m.advice.scope, m.markets)]
  const offered = holding(history, ({ kind }) => OFFERS.includes(kind)).filter(
    ({ index, milestone: { scope, markets } }) => replaces.includes(index) && !covers(told, areaOf(scope, markets)),
  )
  const taken = [...lost, ...offered, ...weakened].map(({ index }) => index)
  return [...new Set(taken)].toSorted((a, b) => a - b)
}

function* orderOfScopes(history: readonly Told[], m: NewMilestone): Generator<string> {
  if (m.narrowingReason === undefined && takenAway(history, m).length > 0) yield 'narrowing_unexplained'
  if (m.kind !== 'remedy_announced' && m.kind !== 'remedy_opened') return
  const last = history.at(-1)
  const then = [...history, { index: Number.MAX_SAFE_INTEGER, seq: 0, at: last?.at ?? '', milestone: m }]
  const rest = remediesOf(then).filter(({ id }) => id === m.remedy)
  const before = remediesOf(history)
  const after = [...before.filter(({ id }) => id !== m.remedy), ...rest]
  const over = before.find(({ id, state }) => id === m.remedy && (state === 'withdrawn' || state === 'closed'))
  if (!isForAll(history, over === undefined ? after : before)) yield 'remedy_not_for_all'
}

function* orderOfNumbers(history: readonly Told[], m: NewMilestone, { index }: Now): Generator<string> {
  for (const figure of m.figures ?? []) {
    const known = spokenOf(history).flatMap((told) => told.milestone.figures ?? [])
    const last = known.filter(({ series }) => series === figure.series).at(-1)
    if (last !== undefined && figure.revises === undefined && Number(figure.value) < Number(last.value))
      yield 'figure_needs_revises'
  }
  for (const count of m.deliveries ?? []) {
    const known = spokenOf(history).flatMap((told) => told.milestone.deliveries ?? [])
    const last = known.filter(({ remedy, cohort }) => remedy === count.remedy && cohort === count.cohort).at(-1)
    if (last === undefined || count.revises !== undefined) continue
    const isLess = count.delivered < last.delivered || count.eligible < last.eligible
    if (isLess || count.base !== last.base) yield 'delivery_needs_revises'
  }
  for (const number of m.recallProgress ?? []) {
    const known = recallSteps(history, m.recall).flatMap((told) =>
      (told.milestone.recallProgress ?? []).map((said) => ({
        ...said,
        base: said.base === 'this' ? told.index : said.base,
      })),
    )
    const last = known.filter(({ measure, level }) => measure === number.measure && level === number.level).at(-1)
    if (last === undefined || number.revises !== undefined) continue
    if (number.count < last.count || (number.base === 'this' ? index : number.base) !== last.base)
      yield 'recall_needs_revises'
  }
}
