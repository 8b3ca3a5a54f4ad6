/** Scope, remedies, recall and the end of a crisis through the API: each guard with its way out, and the answers. */
import t from 'tap'
import type { Test } from 'tap'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { answerProduct } from '../../../server/services/audit/product-answer.ts'
import type { ProductAnswer } from '../../../server/services/audit/product-answer.ts'
import { GTIN, inHours, milestoneBody, openSite } from './site.ts'
import type { Body, Site } from './site.ts'

const lot = (name: string): Body => ({ by: 'batch', gtin: GTIN, lot: name })
const text = { 'zh-CN': '已取样。', en: 'Samples were taken.' }

const sayer = (site: Site, code: string) => ({
  says: async (members: Body): Promise<number> => await site.milestone(code, { text, ...members }),
  refuses: async (t: Test, problem: string, members: Body, more: Body = {}): Promise<void> => {
    const before = await site.size()
    const answer = await site.post(`/crises/${code}/milestones`, milestoneBody({ text, ...members }))
    t.match(answer.json(), { code: problem, status: 409, ...more }, answer.body)
    t.ok(answer.json<{ detail: string }>().detail.length > 20, 'names the way out')
    t.equal(await site.size(), before, 'nothing is written')
  },
  state: async (): Promise<CrisisState> => (await site.get(`/crises/${code}`)).json<{ state: CrisisState }>().state,
})

t.test('R1, R2: a scope grows freely and narrows for a reason; a remedy is for all or says why not', async (t) => {
  const site = await openSite(t, 'postgres')
  const { says, refuses, state } = sayer(site, await site.crisis())
  const both = [lot('L1'), lot('L2')]
  await says({ kind: 'scope_published', scope: [lot('L1')], basis: 'precaution' })
  const scope = await says({ kind: 'scope_published', scope: both, basis: 'cause' })
  await refuses(t, 'narrowing_unexplained', { kind: 'scope_published', scope: [lot('L2')] })
  await refuses(t, 'narrowing_unexplained', { kind: 'scope_published', scope: both, markets: ['CN'] })
  const offer = { kind: 'remedy_announced', remedy: 'r1', scope: [lot('L1')] }
  await refuses(t, 'remedy_not_for_all', offer)
  await says({ ...offer, partialReason: 'in_stages' })
  await refuses(t, 'remedy_not_opened', { kind: 'remedy_closed', remedy: 'r1', closingReason: 'all_served' })
  await says({ kind: 'remedy_opened', remedy: 'r1' })
  const count = { remedy: 'r1', cohort: 'silent', eligible: 100, delivered: 40, asOf: '2026-06', base: scope }
  const counted = await says({ kind: 'remedy_progress', deliveries: [count] })
  await refuses(t, 'delivery_needs_revises', { kind: 'remedy_progress', deliveries: [{ ...count, delivered: 39 }] })
  await refuses(t, 'delivery_needs_revises', { kind: 'remedy_progress', deliveries: [{ ...count, eligible: 90 }] })
  await refuses(t, 'delivered_exceeds', { kind: 'remedy_progress', deliveries: [{ ...count, delivered: 101 }] })
  await refuses(t, 'relation_unfitting', { kind: 'remedy_progress', deliveries: [{ ...count, base: counted }] })
  await says({ kind: 'remedy_progress', deliveries: [{ ...count, delivered: 39, revises: counted }] })
  await says({ kind: 'remedy_closed', remedy: 'r1', closingReason: 'period_over' })
  await refuses(t, 'remedy_is_closed', { kind: 'remedy_opened', remedy: 'r1' })
  await says({ kind: 'scope_published', scope: [lot('L2')], narrowingReason: 'ruled_out_by_test' })
  const { narrowings, remedies, scopes } = await state()
  t.match(narrowings, [{ reason: 'ruled_out_by_test' }])
  t.match(remedies, [{ id: 'r1', state: 'closed', partial: 'in_stages' }])
  t.equal(scopes.length, 1)
})

t.test('RC1: numbers of a recall are measured against its own plan and never fall in silence', async (t) => {
  const site = await openSite(t)
  const { says, refuses, state } = sayer(site, await site.crisis())
  const progress = { measure: 'recalled', count: 50, asOf: '2026-06', base: 'this' }
  const recallPlan = { planned: 1000, unit: 'bottles', levels: [{ level: 'retail', planned: 400 }] }
  await refuses(t, 'recall_plan_missing', { kind: 'recall_initiated', recall: 'cn', recallProgress: [progress] })
  const begun = await says({ kind: 'recall_initiated', recall: 'cn', recallPlan, recallProgress: [progress] })
  const other = await says({ kind: 'recall_initiated', recall: 'us', recallPlan })
  const later = { ...progress, base: begun }
  await refuses(t, 'recall_plan_missing', {
    kind: 'recall_progress',
    recall: 'cn',
    recallProgress: [{ ...later, base: other }],
  })
  await refuses(t, 'recall_needs_revises', {
    kind: 'recall_progress',
    recall: 'cn',
    recallProgress: [{ ...later, count: 49 }],
  })
  const wider = { ...recallPlan, planned: 2000 }
  await refuses(t, 'recall_needs_revises', {
    ...{ kind: 'recall_expanded', recall: 'cn', recallPlan: wider, recallProgress: [progress] },
  })
  await says({ kind: 'recall_progress', recall: 'cn', recallProgress: [{ ...later, count: 49, revises: begun }] })
  await says({ kind: 'recall_completed', recall: 'cn' })
  await refuses(t, 'recall_is_completed', { kind: 'recall_completed', recall: 'cn' })
  t.match(await state(), { recalls: [{ id: 'cn', progress: [{ count: 49, base: begun }] }, { id: 'us' }] })
})

t.test('C1: closing lists what is open, and a crisis is dismissed or opened again only with a reason', async (t) => {
  const site = await openSite(t)
  const code = await site.crisis()
  const { says, refuses, state } = sayer(site, code)
  const signal = await says({ kind: 'signal_noted' })
  await refuses(t, 'no_dismissal_reason', { kind: 'dismissed' })
  await says({ kind: 'acknowledged', trigger: signal })
  await says({ kind: 'scope_published', scope: [lot('L1')], basis: 'precaution', state: 'remedying' })
  const measure = { en: 'Results are published.', 'zh-CN': '公布结果' }
  await says({ kind: 'commitment_made', commitment: { id: 'c1', due: { at: inHours(48) }, measure } })
  await refuses(t, 'open_commitments_unlisted', { state: 'monitoring' }, { openCommitments: ['c1'] })
  await says({ state: 'monitoring', openCommitments: ['c1'] })
  const closing = { kind: 'closed', noCauseReason: 'not_found' }
  await refuses(t, 'open_commitments_unlisted', { ...closing, openCommitments: [] }, { openCommitments: ['c1'] })
  await says({ ...closing, openCommitments: ['c1'] })
  await refuses(t, 'no_trigger', { kind: 'reopened' })
  const { clocks = [], state: word } = await state()
  t.equal(word, 'closed')
  t.ok(
    clocks.some(({ clock }) => clock.startsWith('look_back_')),
    'look-backs run',
  )
  await says({ kind: 'reopened', trigger: signal })
})

t.test('C1: a closing that claims to be of yesterday starts its look-backs all the same', async (t) => {
  const site = await openSite(t)
  const { says, state } = sayer(site, await site.crisis())
  const signal = await says({ kind: 'signal_noted' })
  await says({ kind: 'acknowledged', trigger: signal })
  await says({ kind: 'scope_published', scope: [lot('L1')], basis: 'precaution', state: 'remedying' })
  await says({ state: 'monitoring' })
  const closed = await says({ kind: 'closed', occurredAt: inHours(-30) })
  const { clocks = [], marks } = await state()
  t.ok(clocks.some(({ clock, madeBy }) => clock.startsWith('look_back_') && madeBy === closed))
  t.match(marks, [{ index: closed, rule: 'no_cause' }], 'what would have been refused is marked')
})

t.test('R2: a recall is said anew only by the recall, and for fewer goods only with a reason', async (t) => {
  const site = await openSite(t, 'postgres')
  const { says, refuses, state } = sayer(site, await site.crisis())
  const scope = [lot('L1')]
  const recall = await says({ kind: 'recall_initiated', recall: 'cn', scope })
  const others = [lot('L2')]
  await refuses(t, 'relation_unfitting', {
    kind: 'scope_published',
    scope: others,
    basis: 'precaution',
    replaces: [recall],
  })
  const advice = { level: 'check', scope: others }
  await refuses(t, 'relation_unfitting', { kind: 'safety_instruction', advice, replaces: [recall] })
  const wider = await says({ kind: 'recall_expanded', recall: 'cn', scope: [...scope, ...others], replaces: [recall] })
  const narrower = { kind: 'recall_expanded', recall: 'cn', scope, replaces: [wider] }
  await refuses(t, 'narrowing_unexplained', narrower)
  await refuses(t, 'narrowing_unexplained', { kind: 'recall_progress', recall: 'cn', replaces: [wider] })
  const answerOf = async (): Promise<string> => {
    const { database, log } = site
    const { by, answer } = await answerProduct({ database, reader: log.reader }, { gtin: GTIN, lot: 'L2' })
    return `${answer} by ${by}`
  }
  t.equal(await answerOf(), `check by ${wider}`)
  await says({ ...narrower, narrowingReason: 'stated_too_wide' })
  t.equal(await answerOf(), 'not_in_published_scope by null')
  t.match((await state()).narrowings, [{ of: [wider], reason: 'stated_too_wide' }])
})

t.test('what was answered at any size of the log is answered for that size ever after', async (t) => {
  const site = await openSite(t, 'postgres')
  const { database, log } = site
  const given = new Map<string, ProductAnswer>()
  const asked = async (asOf?: string): Promise<[string, ProductAnswer][]> => {
    const answers: [string, ProductAnswer][] = []
    for (const question of [{}, { lot: 'L1' }, { lot: 'L3' }, { lot: 'L3', market: 'JP' }]) {
      const answer = await answerProduct(
        { database, reader: log.reader },
        { gtin: GTIN, ...question, ...(asOf === undefined ? {} : { asOf }) },
      )
      answers.push([`${JSON.stringify(question)} at ${asOf ?? answer.size}`, { ...answer, size: 0 }])
    }
    return answers
  }
  const note = async (): Promise<void> => {
    for (const [question, answer] of await asked()) given.set(question, answer)
  }
  await note()
  const { says } = sayer(site, await site.crisis({ safety: true }))
  await note()
  const advice = { level: 'stop_use', scope: [lot('L1')] }
  const told = await says({ kind: 'safety_instruction', advice })
  await note()
  await site.write(`/products/${GTIN}/batches`, { lot: 'L3' })
  await note()
  await says({ kind: 'statement', statedUnaffected: [lot('L3')] })
  await note()
  await says({ kind: 'scope_published', scope: [lot('L1'), lot('L3')], markets: ['CN'], basis: 'precaution' })
  await note()
  await says({ kind: 'remedy_announced', remedy: 'r1', scope: [lot('L1'), lot('L3')] })
  await note()
  const milder = { kind: 'safety_instruction', advice: { level: 'check', scope: [lot('L1')] } }
  await says({ ...milder, replaces: [told], narrowingReason: 'ruled_out_by_test' })
  await note()
  const wrong = { reason: 'did_not_occur', original: 'en', text }
  await site.write(`/entries/${told}/corrections`, wrong)
  await note()
  for (const size of new Set([...given.keys()].map((question) => question.split(' at ')[1]!))) {
    for (const [question, answer] of await asked(size)) t.same(answer, given.get(question), question)
  }
  t.ok(new Set([...given.values()].map(({ answer }) => answer)).size >= 5, 'and the answers differed')
})
