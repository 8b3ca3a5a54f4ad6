import t from 'tap'
import { foldCrisis } from '../../ledger/crisis.ts'
import type { CrisisState } from '../../ledger/crisis.ts'
import { ORDER_RULES, brokenOrderRules, isTransition, statesAfter } from '../../ledger/crisis-rules.ts'
import { CRISIS_STATES } from '../../ledger/milestone.ts'
import type { Milestone } from '../../ledger/milestone.ts'
import { CrisisStream, GTIN } from './crisis-stream.ts'

const [opening] = new CrisisStream().entries
const { ownerRole: _owner, ...OPENED } = foldCrisis(undefined, opening!.entry, opening!.index)
const DUE = { at: '2026-06-20T00:00:00.000Z' }
const SOONER = { at: '2026-06-19T00:00:00.000Z' }
const ALL = { by: 'all', gtin: GTIN } as const
const batch = (lot: string) => ({ by: 'batch', gtin: GTIN, lot }) as const
const SAFETY = { index: 1, kind: 'safety_instruction', level: 'stop_use', selectors: [ALL] } as const

const state = (more: Partial<CrisisState>): CrisisState => ({ ...OPENED, ...more })
const says = (kind: Milestone['kind'], more: Partial<Milestone> = {}): Milestone => ({
  kind,
  occurredAt: '2026-06-14',
  zone: '+08:00',
  assertedBy: ['brand'],
  ...more,
})

t.test('C1: the transitions are those of the design of a crisis and no others', async (t) => {
  const allowed = [
    ...['suspected acknowledged', 'suspected dismissed', 'acknowledged investigating', 'acknowledged remedying'],
    ...['acknowledged dismissed', 'investigating remedying', 'remedying investigating', 'remedying monitoring'],
    ...['monitoring closed', 'monitoring investigating', 'closed investigating'],
  ]
  for (const from of CRISIS_STATES) {
    for (const to of CRISIS_STATES) t.equal(isTransition(from, to), allowed.includes(`${from} ${to}`), `${from} ${to}`)
    t.same(
      statesAfter(from).map((to) => `${from} ${to}`),
      allowed.filter((pair) => pair.startsWith(`${from} `)),
    )
  }
})

const scope = { index: 1, version: 1, basis: 'cause', selectors: [ALL] }
const lots = { ...scope, selectors: [batch('L1'), batch('L2')] }
const delivery = { remedy: 'r', cohort: 'silent', eligible: 10, delivered: 4, asOf: '2026-06-14', base: 1 } as const
const progress = { measure: 'recalled', count: 4, asOf: '2026-06-14', base: 1 } as const
const recall = { id: 'cn', initiated: 1, progress: [{ ...progress, index: 2 }] }
const missed = { id: 'c1', madeBy: 1, firstDue: DUE, due: DUE, moved: 0, outcome: 'missed' } as const
const open = { promise: 'next_update_2', madeBy: 1, due: DUE }
const falls = {
  figures: [{ series: 's', value: 1, qualifier: 'exact', unit: 'reports', asOf: '2026-06-14', assertedBy: 'brand' }],
} as const

/** What is said in which state, and the rules that it breaks. */
const held = { role: 'commander', assumed: 1 }
const ROWS: readonly [string, Partial<CrisisState>, Milestone, readonly string[]][] = [
  [
    'investigating',
    { state: 'acknowledged' },
    says('statement', { state: 'investigating' }),
    ['no_owner', 'no_next_update'],
  ],
  [
    'investigating with both',
    { state: 'acknowledged', ownerRole: 'quality', nextUpdates: [open] },
    says('statement', { state: 'investigating' }),
    [],
  ],
  [
    'investigating in the past',
    { state: 'acknowledged', mode: 'reconstructed' },
    says('statement', { state: 'investigating' }),
    [],
  ],
  ['the state it has', { state: 'remedying' }, says('statement', { state: 'remedying' }), []],
  [
    'remedying',
    { state: 'acknowledged', safety: true },
    says('statement', { state: 'remedying' }),
    ['no_scope_before', 'no_safety_instruction_before'],
  ],
  [
    'remedying without basis',
    { state: 'investigating', scopes: [{ index: 1, version: 1, selectors: [ALL] }] },
    says('statement', { state: 'remedying' }),
    ['no_scope_basis'],
  ],
  [
    'remedying by the scope itself',
    { state: 'investigating' },
    says('scope_published', { state: 'remedying', basis: 'cause', scope: [{ by: 'all', gtin: GTIN }] }),
    [],
  ],
  [
    'remedying by the instruction itself',
    { state: 'investigating', safety: true, scopes: [scope] },
    says('safety_instruction', { state: 'remedying' }),
    [],
  ],
  [
    'remedying in order',
    { state: 'investigating', safety: true, scopes: [scope], advice: [SAFETY] },
    says('statement', { state: 'remedying' }),
    [],
  ],
  [
    'monitoring',
    { state: 'remedying', remedies: [{ id: 'r', state: 'announced' }] },
    says('statement', { state: 'monitoring' }),
    ['remedy_not_opened'],
  ],
  [
    'monitoring in order',
    { state: 'remedying', remedies: [{ id: 'r', state: 'opened' }] },
    says('statement', { state: 'monitoring' }),
    [],
  ],
  ['closing', { state: 'monitoring', commitments: [missed] }, says('closed'), ['no_cause', 'overdue_unexplained']],
  [
    'closing with reason',
    { state: 'monitoring', commitments: [{ ...missed, explained: 2 }] },
    says('closed', { noCauseReason: 'not_found' }),
    [],
  ],
  ['closing with cause', { state: 'monitoring', causes: [{ index: 1, version: 1 }] }, says('closed'), []],
  [
    'closing while a promise is open',
    { state: 'monitoring', causes: [{ index: 1, version: 1 }], commitments: [{ ...missed, outcome: 'open' }] },
    says('closed'),
    ['open_commitments_unlisted'],
  ],
  [
    'closing with the open promise listed',
    { state: 'monitoring', causes: [{ index: 1, version: 1 }], commitments: [{ ...missed, outcome: 'open' }] },
    says('closed', { openCommitments: ['c1'] }),
    [],
  ],
  [
    'closing with a list that is not right',
    { state: 'monitoring', causes: [{ index: 1, version: 1 }], commitments: [{ ...missed, outcome: 'open' }] },
    says('closed', { openCommitments: ['c2'] }),
    ['open_commitments_unlisted'],
  ],
  [
    'closing a record of the past',
    {
      mode: 'reconstructed',
      state: 'monitoring',
      causes: [{ index: 1, version: 1 }],
      commitments: [{ ...missed, outcome: 'open' }],
    },
    says('closed'),
    [],
  ],
  [
    'closing after a miss that was only moved',
    {
      state: 'monitoring',
      causes: [{ index: 1, version: 1 }],
      commitments: [{ ...missed, outcome: 'open', misses: [5] }],
    },
    says('closed', { openCommitments: ['c1'] }),
    ['overdue_unexplained'],
  ],
  [
    'closing after an explanation older than the miss',
    {
      state: 'monitoring',
      causes: [{ index: 1, version: 1 }],
      commitments: [{ ...missed, misses: [5], explained: 4 }],
    },
    says('closed'),
    ['overdue_unexplained'],
  ],
  [
    'closing after an explanation of the miss',
    {
      state: 'monitoring',
      causes: [{ index: 1, version: 1 }],
      commitments: [{ ...missed, misses: [5], explained: 6 }],
    },
    says('closed'),
    [],
  ],
  [
    'closing without a remedy for all',
    { state: 'monitoring', causes: [{ index: 1, version: 1 }], scopes: [scope] },
    says('closed'),
    ['remedy_not_for_all'],
  ],
  [
    'closing without one, and why',
    { state: 'monitoring', causes: [{ index: 1, version: 1 }], scopes: [scope] },
    says('closed', { partialReason: 'not_possible_there' }),
    [],
  ],
  ['dismissing', {}, says('dismissed'), ['no_dismissal_reason']],
  ['dismissing with a reason', {}, says('dismissed', { dismissReason: 'no_fault_found' }), []],
  ['opening again', { state: 'closed' }, says('reopened'), ['no_trigger']],
  ['opening again on a signal', { state: 'closed' }, says('reopened', { trigger: 3 }), []],
  [
    'a narrower scope',
    { scopes: [lots] },
    says('scope_published', { scope: [batch('L1')] }),
    ['narrowing_unexplained'],
  ],
  [
    'a narrower scope with its reason',
    { scopes: [lots] },
    says('scope_published', { scope: [batch('L1')], narrowingReason: 'ruled_out_by_test' }),
    [],
  ],
  ['a wider scope', { scopes: [lots] }, says('scope_published', { scope: [ALL] }), []],
  [
    'a remedy for some',
    { scopes: [lots] },
    says('remedy_announced', { remedy: 'r', scope: [batch('L1')] }),
    ['remedy_not_for_all'],
  ],
  [
    'a remedy for some, and why',
    { scopes: [lots] },
    says('remedy_announced', { remedy: 'r', scope: [batch('L1')], partialReason: 'in_stages' }),
    [],
  ],
  ['a remedy for all', { scopes: [lots] }, says('remedy_announced', { remedy: 'r', scope: [ALL] }), []],
  ['deliveries of no remedy', {}, says('remedy_progress', { deliveries: [delivery] }), ['remedy_not_announced']],
  [
    'fewer deliveries',
    { remedies: [{ id: 'r', state: 'opened' }], deliveries: [{ ...delivery, delivered: 5, index: 3 }] },
    says('remedy_progress', { deliveries: [delivery] }),
    ['delivery_needs_revises'],
  ],
  [
    'more deliveries',
    { remedies: [{ id: 'r', state: 'opened' }], deliveries: [{ ...delivery, delivered: 3, index: 3 }] },
    says('remedy_progress', { deliveries: [delivery] }),
    [],
  ],
  [
    'closing a remedy that was never opened',
    { remedies: [{ id: 'r', state: 'announced' }] },
    says('remedy_closed', { remedy: 'r', closingReason: 'all_served' }),
    ['remedy_not_opened'],
  ],
  [
    'closing an open remedy',
    { remedies: [{ id: 'r', state: 'opened' }] },
    says('remedy_closed', { remedy: 'r', closingReason: 'all_served' }),
    [],
  ],
  [
    'a recall that goes back',
    { recalls: [recall] },
    says('recall_progress', { recall: 'cn', recallProgress: [{ ...progress, count: 3 }] }),
    ['recall_needs_revises'],
  ],
  [
    'a recall that goes on',
    { recalls: [recall] },
    says('recall_progress', { recall: 'cn', recallProgress: [{ ...progress, count: 5 }] }),
    [],
  ],
  ['an apology', { safety: true }, says('apology'), ['no_safety_instruction_before']],
  ['an apology after the instruction', { safety: true, advice: [SAFETY] }, says('apology'), []],
  ['an improvement', {}, says('improvement_shipped'), ['no_evidence']],
  ['an improvement with evidence', {}, says('improvement_shipped', { evidence: ['ab'] }), []],
  ['a kept promise', {}, says('statement', { fulfils: 'c1', evidence: [] }), ['no_evidence']],
  ['a kept promise of the past', { mode: 'reconstructed' }, says('statement', { fulfils: 'c1' }), []],
  ['opening a remedy', {}, says('remedy_opened', { remedy: 'r' }), ['remedy_not_announced']],
  [
    'opening an announced one',
    { remedies: [{ id: 'r', state: 'announced' }] },
    says('remedy_opened', { remedy: 'r' }),
    [],
  ],
  ['progress of a recall', {}, says('recall_progress', { recall: 'cn' }), ['recall_not_initiated']],
  ['progress of one begun', { recalls: [{ id: 'cn', initiated: 1 }] }, says('recall_progress', { recall: 'cn' }), []],
  ['beginning a recall', {}, says('recall_initiated', { recall: 'cn' }), []],
  ['a scope out of turn', {}, says('scope_published', { scopeVersion: 3 }), ['scope_version']],
  ['the next scope', {}, says('scope_published'), []],
  ['an old cause', { causeVersion: 2 }, says('cause_identified', { causeVersion: 2 }), ['cause_version']],
  ['a new cause', { causeVersion: 2 }, says('cause_identified', { causeVersion: 3 }), []],
  ['a cause without number', {}, says('cause_identified'), []],
  [
    'a later update',
    { nextUpdates: [{ ...open, due: SOONER }] },
    says('next_update_set', { due: DUE }),
    ['next_update_open'],
  ],
  ['a sooner update', { nextUpdates: [open] }, says('next_update_set', { due: SOONER }), []],
  [
    'a falling figure',
    { figures: [{ series: 's', value: 2, index: 1 }] },
    says('figures_published', falls),
    ['figure_needs_revises'],
  ],
  [
    'a figure of another series',
    { figures: [{ series: 'x', value: 2, index: 1 }] },
    says('figures_published', falls),
    [],
  ],
  ['a role that is held', { roles: [held] }, says('role_assumed', { role: 'commander' }), ['role_taken']],
  ['a role that nobody holds', {}, says('role_renounced', { role: 'commander' }), ['role_not_held']],
  ['a miss by the system', { safety: true }, says('commitment_missed'), []],
]

for (const [name, before, milestone, broken] of ROWS) {
  t.test(`${name}: ${broken.length === 0 ? 'in order' : broken.join(', ')}`, async (t) => {
    t.same(brokenOrderRules(state(before), milestone, 50), broken)
  })
}

t.test('every order rule has a row that breaks it', async (t) => {
  const broken = new Set(ROWS.flatMap(([, , , rules]) => rules))
  t.same(
    [...ORDER_RULES].filter((rule) => !broken.has(rule)),
    [],
  )
})
