/** The fold of a crisis: its states, its marks, and what no longer holds. */
import fc from 'fast-check'
import t from 'tap'
import { foldCrisis } from '../../ledger/crisis.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import { isTransition, statesAfter } from '../../ledger/crisis-rules.ts'
import type { Entry } from '../../ledger/entry.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { CRISIS_STATES, MILESTONE_KINDS } from '../../ledger/milestone.ts'
import type { CrisisStateName } from '../../ledger/milestone.ts'
import { CrisisStream, GTIN, note7Stream } from './crisis-stream.ts'

const fold = ({ entries }: CrisisStream): CrisisState => {
  let state: CrisisState | undefined
  for (const { index, entry } of entries) state = foldCrisis(state, entry, index)
  return state as CrisisState
}
const scope: JsonObject[] = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
const advice = { level: 'stop_use', scope }
const rulesOf = (stream: CrisisStream): string[] => fold(stream).marks.map(({ rule }) => rule)

t.test('a crisis goes only where the amended state machine leads (C1)', async (t) => {
  const arrows = CRISIS_STATES.flatMap((from) => statesAfter(from).map((to) => `${from} ${to}`))
  t.same(arrows, [
    'suspected acknowledged',
    'suspected dismissed',
    'acknowledged investigating',
    'acknowledged remedying',
    'acknowledged dismissed',
    'investigating remedying',
    'remedying investigating',
    'remedying monitoring',
    'monitoring closed',
    'monitoring investigating',
    'closed investigating',
  ])
})

t.test('whatever milestones say, the state follows allowed transitions and the rest is marked', async (t) => {
  const word = fc.constantFrom(...CRISIS_STATES)
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const stream = new CrisisStream()
      let expected: CrisisStateName = 'suspected'
      let impossible = 0
      for (const state of words) {
        stream.milestone({ kind: 'investigation_update', state })
        if (state === expected) continue
        if (isTransition(expected, state)) expected = state
        else impossible += 1
      }
      const folded = fold(stream)
      return (
        folded.state === expected &&
        folded.marks.filter(({ rule }) => rule === 'impossible_transition').length === impossible
      )
    }),
  )
  t.pass('held for every sequence')
})

t.test('the state of a crisis is plain JSON and knows no text', async (t) => {
  const { stream } = note7Stream()
  const state = fold(stream)
  t.same(JSON.parse(JSON.stringify(state)), state)
  t.ok(JSON.stringify(state).length < 8_000, `${JSON.stringify(state).length} characters`)
})

t.test('an entry that changes nothing leaves the very same state', async (t) => {
  const stream = new CrisisStream()
  const state = fold(stream)
  stream.milestone({ kind: 'investigation_update', scope })
  const { index, entry } = stream.last()
  t.equal(foldCrisis(state, entry, index), state)
  stream.milestone({ kind: 'safety_instruction', advice })
  const advised = stream.last()
  t.not(foldCrisis(state, advised.entry, advised.index), state)
})

t.test('a stream that names no brand is folded all the same', async (t) => {
  const { brand: _brand, ...entry } = new CrisisStream().last().entry
  t.match(foldCrisis(undefined, entry, 3), { brand: '', state: 'suspected', opened: { index: 3 } })
})

t.test('kinds that have a state of their own lead to it', async (t) => {
  const stream = new CrisisStream()
  stream.milestone({ kind: 'acknowledged' })
  t.equal(fold(stream).state, 'acknowledged')
  stream.milestone({ kind: 'dismissed' })
  t.equal(fold(stream).state, 'dismissed')
  stream.milestone({ kind: 'reopened' })
  t.equal(fold(stream).state, 'dismissed', 'nothing follows a dismissal')
})

t.test('order rules that were broken become marks', async (t) => {
  const safety = new CrisisStream({ safety: true, ownerRole: null as unknown as JsonValue })
  safety.milestone({ kind: 'apology' })
  safety.milestone({ kind: 'acknowledged' })
  safety.milestone({ kind: 'investigation_update', state: 'investigating' })
  safety.milestone({ kind: 'remedy_opened', remedy: 'r1', state: 'remedying' })
  safety.milestone({ kind: 'remedy_announced', remedy: 'r2' })
  safety.milestone({ kind: 'review_published', state: 'monitoring' })
  safety.milestone({ kind: 'closed' })
  t.same(rulesOf(safety), [
    'no_safety_instruction_before',
    'no_owner',
    'no_next_update',
    'no_scope_before',
    'no_safety_instruction_before',
    'remedy_not_announced',
    'remedy_not_opened',
    'no_cause',
  ])
  t.equal(fold(safety).state, 'closed')
})

t.test(
  'a remedy after scope, basis and instruction breaks nothing, also when one entry brings scope and state',
  async (t) => {
    const stream = new CrisisStream({ safety: true })
    stream.milestone({ kind: 'acknowledged' })
    stream.milestone({ kind: 'safety_instruction', advice })
    stream.milestone({ kind: 'scope_published', scope, basis: 'precaution', state: 'remedying' })
    stream.milestone({ kind: 'apology' })
    t.same(rulesOf(stream), [])
    const vague = new CrisisStream()
    vague.milestone({ kind: 'acknowledged' })
    vague.milestone({ kind: 'scope_published', scope })
    vague.milestone({ kind: 'remedy_announced', remedy: 'r1', state: 'remedying' })
    t.same(rulesOf(vague), ['no_scope_basis'])
  },
)

t.test('counting of scopes and causes, evidence, recalls and figures have their rules', async (t) => {
  const stream = new CrisisStream()
  stream.milestone({ kind: 'scope_published', scope, scopeVersion: 3 })
  stream.milestone({ kind: 'cause_identified', causeVersion: 2 })
  stream.milestone({ kind: 'cause_identified', causeVersion: 1 })
  stream.milestone({ kind: 'improvement_shipped' })
  stream.milestone({ kind: 'recall_expanded', recall: 'x' })
  stream.milestone({ kind: 'commitment_fulfilled', fulfils: 'c1' })
  const figure = (value: JsonValue, more: JsonObject = {}): JsonObject => ({ series: 's', value, ...more })
  const first = stream.milestone({ kind: 'figures_published', figures: [figure('9.50')] })
  stream.milestone({ kind: 'figures_published', figures: [figure(10)] })
  stream.milestone({ kind: 'figures_published', figures: [figure(9)] })
  stream.milestone({ kind: 'figures_published', figures: [figure(8, { revises: first })] })
  stream.milestone({
    kind: 'figures_published',
    figures: [figure(9, { base: 'this' }), figure(2, { series: 'other' })],
  })
  t.same(rulesOf(stream), [
    'scope_version',
    'cause_version',
    'no_evidence',
    'recall_not_initiated',
    'no_evidence',
    'figure_needs_revises',
    'figure_needs_revises',
  ])
  const { figures, scopes, causes } = fold(stream)
  t.match(figures, [
    { series: 's', value: 9, base: stream.last().index },
    { series: 'other', value: 2 },
  ])
  t.match(scopes, [{ version: 3 }])
  t.match(causes, [{ version: 2 }, { version: 1 }])
})

t.test('a missed commitment without an explanation marks the closing; causes are counted', async (t) => {
  const stream = new CrisisStream()
  const due = { at: '2026-06-20T10:00:00.000Z' }
  stream.milestone({ kind: 'acknowledged' })
  stream.milestone({ kind: 'scope_published', scope, basis: 'cause', state: 'remedying' })
  stream.milestone({ kind: 'cause_identified', state: 'monitoring' })
  stream.milestone({ kind: 'cause_identified' })
  stream.milestone({ kind: 'remedy_announced', remedy: 'r1' })
  stream.milestone({ kind: 'commitment_made', commitment: { id: 'c1', due } })
  const missed = { kind: 'commitment_missed', promise: 'c1', of: 'c1', due, madeBy: stream.last().index }
  stream.milestone(missed, due.at, 'system')
  stream.milestone({ kind: 'closed' })
  t.same(rulesOf(stream), ['remedy_not_for_all', 'overdue_unexplained'])
  t.match(fold(stream), { state: 'closed', causeVersion: 2 })
})

t.test('W3: a dispute stands beside the commitment that it is about', async (t) => {
  const stream = new CrisisStream()
  const due = { at: '2026-06-20T10:00:00.000Z' }
  stream.milestone({ kind: 'commitment_made', commitment: { id: 'c1', due } })
  const dispute = stream.milestone({ kind: 'dispute', of: 'c1', about: [10], assertedBy: ['holder'] })
  t.match(fold(stream).commitments, [{ id: 'c1', outcome: 'open', disputed: [dispute] }])
})

t.test('R3, RC1: deliveries and numbers of a recall are kept by cohort, level and base', async (t) => {
  const stream = new CrisisStream()
  const count = { remedy: 'r1', cohort: 'silent', eligible: 10, delivered: 4, asOf: '2026-06-14', base: 10 }
  stream.milestone({ kind: 'remedy_announced', remedy: 'r1' })
  const counted = stream.milestone({ kind: 'remedy_progress', deliveries: [count] })
  t.same(fold(stream).deliveries, [{ ...count, index: counted }])
  stream.milestone({ kind: 'remedy_opened', remedy: 'r1' })
  const closed = stream.milestone({ kind: 'remedy_closed', remedy: 'r1', closingReason: 'period_over' })
  t.match(fold(stream).remedies, [{ state: 'closed', closed }])
  const progress = { measure: 'recalled', count: 4, asOf: '2026-06-14', base: 'this' }
  const recallPlan = { planned: 8, unit: 'bottles', levels: [{ level: 'retail' }] }
  const begun = stream.milestone({ kind: 'recall_initiated', recall: 'cn', recallPlan, recallProgress: [progress] })
  t.match(fold(stream).recalls, [{ id: 'cn', initiated: begun, progress: [{ count: 4, base: begun }] }])
})

t.test('recalls, severity, parties, redactions and unknown entries', async (t) => {
  const stream = new CrisisStream()
  const name = { 'zh-CN': '监管', en: 'Regulator' }
  stream.milestone({
    kind: 'recall_initiated',
    recall: 'cn',
    parties: [
      { id: 'cpsc', kind: 'regulator', name },
      { id: 'brand', kind: 'brand', name },
    ],
  })
  stream.milestone({ kind: 'recall_progress', recall: 'cn' })
  const completed = stream.milestone({ kind: 'recall_completed', recall: 'cn' })
  stream.milestone({ kind: 'reclassified', severity: 'S1', type: 'service_flaw' })
  stream.add(
    'redaction.registered',
    { index: completed, digest: 'd', reason: 'erasure_request' },
    '2026-06-15T00:00:00.000Z',
  )
  stream.add(
    'redaction.registered',
    { index: completed, digest: 'e', reason: 'erasure_request' },
    '2026-06-15T00:00:00.000Z',
  )
  stream.add('something.new', {}, '2026-06-15T00:00:00.000Z')
  stream.milestone({ kind: 'never_heard_of' })
  const state = fold(stream)
  t.match(state.recalls, [{ id: 'cn', initiated: 13, completed }])
  t.match(state, { severity: 'S1', type: 'service_flaw', redacted: [completed] })
  t.same(state.parties, [
    { id: 'brand', kind: 'brand' },
    { id: 'cpsc', kind: 'regulator' },
  ])
})

t.test('no entry, however malformed, makes the fold fail', async (t) => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>
  const names = ['scope', 'advice', 'figures', 'replaces', 'withdraws', 'commitment', 'due', 'zone', 'occurredAt', 'of']
  const data = fc.dictionary(fc.constantFrom(...names, 'parties', 'markets', 'promise', 'fulfils', 'remedy'), value)
  const kind = fc.constantFrom(...Object.keys(MILESTONE_KINDS))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kind, data), { maxLength: 5 }),
      fc.dictionary(fc.string(), value),
      (items, opened) => {
        const stream = new CrisisStream({ ...opened, products: (opened['p'] ?? 1) as JsonValue, parties: [1] })
        for (const [kind, members] of items) {
          const milestone = { assertedBy: ['brand'], occurredAt: '2026-06-14', zone: '+08:00', ...members, kind }
          stream.add('milestone.recorded', milestone, '2026-06-14T09:00:00.000Z', items.length > 2 ? 'system' : 'staff')
        }
        fold(stream)
      },
    ),
    { numRuns: 300 },
  )
  t.pass('folded all of it')
})

t.test(
  'seals, consents and what auditors say are kept beside the story, and absent while there are none',
  async (t) => {
    const opened = { type: 'crisis.opened', data: { code: 'CR-22222222', mode: 'live' } }
    const entryOf = (entry: { type: string; data: JsonObject; xd?: string[]; actor?: Entry['actor'] }): Entry => ({
      v: 1,
      brand: 'acme',
      stream: 'crisis:CR-22222222',
      seq: 1,
      prev: null,
      recordedAt: '2026-06-14T08:00:00.000Z',
      actor: { kind: 'staff', id: 'k_1' },
      ...entry,
    })
    const story = [
      opened,
      { type: 'seal.recorded', data: { digest: 'A'.repeat(43) } },
      { type: 'consent.given', data: { purpose: 'contact' }, xd: ['s'] },
      { type: 'audit.objection', data: {}, actor: { kind: 'auditor', id: 'k_2' } },
      { type: 'somebody.elses', data: {} },
    ]
    const states = story.map((_, at) =>
      story
        .slice(0, at + 1)
        .reduce<CrisisState | undefined>((state, entry, i) => foldCrisis(state, entryOf(entry), i), undefined),
    )
    t.notOk('seals' in states[0]! || 'consents' in states[0]! || 'audits' in states[0]!)
    t.match(states[4], { seals: [{ index: 1 }], consents: [{ index: 2 }], audits: [{ index: 3 }] })
    t.equal(states[4]!.seals?.length, 1)
  },
)

t.test('a crisis keeps the clocks of its opening, and the gravest severity that it ever had', async (t) => {
  const severities = { S1: { acknowledge: { hours: 1 } } }
  t.same(fold(new CrisisStream({ clocks: { version: 1, severities } })).terms, severities)
  for (const clocks of [7, { version: 1 }, { version: 1, severities: 'S1' }] as JsonValue[]) {
    t.equal(fold(new CrisisStream({ clocks })).terms, undefined, 'what is malformed names none')
  }
  const stream = new CrisisStream({ severity: 'S2' })
  const rows: [string, string | undefined][] = [
    ['S3', 'S2'],
    ['S4', 'S2'],
    ['S2', undefined],
    ['S1', undefined],
    ['S3', 'S1'],
  ]
  for (const [severity, gravest] of rows) {
    stream.milestone({ kind: 'reclassified', severity })
    t.match(fold(stream), { severity, gravest }, `${severity} after what was before`)
    t.equal('gravest' in fold(stream), gravest !== undefined)
  }
})

t.test('roles, corrections and consents reach the state, each for itself', async (t) => {
  const stream = new CrisisStream()
  t.notOk('roles' in fold(stream), 'absent while nobody has one')
  const assumed = stream.milestone({ kind: 'role_assumed', role: 'scribe' })
  const update = stream.milestone({ kind: 'investigation_update' })
  stream.add('correction.recorded', { corrects: update, reason: 'incomplete' }, '2026-06-15T00:00:00.000Z')
  stream.add('audit.objection', {}, '2026-06-15T00:00:00.000Z', 'auditor')
  const state = fold(stream)
  t.match(state, { roles: [{ role: 'scribe', assumed }], corrections: [{ index: update, reason: 'incomplete' }] })
  t.match(state.audits, [{ kind: 'objection' }])
  t.notOk('seals' in state || 'consents' in state)
})
