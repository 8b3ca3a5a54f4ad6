/** A live crisis through the API: guards with their ways out, clocks, and marks for what comes late. */
import t from 'tap'
import type { Test } from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { GTIN, NAME, inHours, milestoneBody, openSite } from './site.ts'
import type { Body, Site } from './site.ts'

const scope = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
const advice = { level: 'stop_use', scope }

const sayer = (site: Site, code: string) => ({
  says: async (members: Body): Promise<number> => await site.milestone(code, members),
  refuses: async (t: Test, problem: string, members: Body): Promise<void> => {
    const before = await site.size()
    const answer = await site.post(`/crises/${code}/milestones`, milestoneBody(members))
    t.match(answer.json(), { code: problem, status: 409 }, answer.body)
    t.ok(answer.json<{ detail: string }>().detail.length > 20, 'names the way out')
    t.equal(await site.size(), before, 'nothing is written')
  },
  state: async (): Promise<CrisisState> => (await site.get(`/crises/${code}`)).json<{ state: CrisisState }>().state,
})

t.test('a live crisis goes the whole way, each guard showing the way out', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis({ safety: true, severity: 'S1' })
  const { says, refuses, state } = sayer(site, code)
  const signal = await says({ kind: 'signal_noted', scope })
  await refuses(t, 'illegal_transition', { state: 'remedying' })
  await refuses(t, 'state_mismatch', { state: 'acknowledged' })
  await refuses(t, 'state_mismatch', { kind: 'acknowledged', state: 'investigating' })
  await says({ kind: 'acknowledged', trigger: signal })
  await refuses(t, 'no_next_update', { state: 'investigating' })
  await refuses(t, 'due_in_past', { kind: 'next_update_set', due: { at: inHours(-1) } })
  await says({ kind: 'next_update_set', due: { at: inHours(12) } })
  await refuses(t, 'next_update_open', { kind: 'next_update_set', due: { at: inHours(24) } })
  await says({ kind: 'investigation_update', state: 'investigating' })
  await refuses(t, 'no_safety_instruction_before', { kind: 'apology' })
  await refuses(t, 'no_scope_before', { kind: 'remedy_announced', remedy: 'r1', state: 'remedying' })
  await says({ kind: 'scope_published', scope })
  await refuses(t, 'no_scope_basis', { kind: 'remedy_announced', remedy: 'r1', state: 'remedying' })
  await says({ kind: 'scope_published', scope, basis: 'precaution' })
  await refuses(t, 'no_safety_instruction_before', { kind: 'remedy_announced', remedy: 'r1', state: 'remedying' })
  await says({ kind: 'safety_instruction', advice })
  await says({ kind: 'apology' })
  await says({ kind: 'remedy_announced', remedy: 'r1', state: 'remedying' })
  await refuses(t, 'remedy_exists', { kind: 'remedy_announced', remedy: 'r1' })
  await refuses(t, 'remedy_not_opened', { state: 'monitoring' })
  await refuses(t, 'remedy_not_announced', { kind: 'remedy_opened', remedy: 'r2' })
  await says({ kind: 'remedy_opened', remedy: 'r1', scope })
  await refuses(t, 'remedy_exists', { kind: 'remedy_opened', remedy: 'r1' })
  await refuses(t, 'recall_not_initiated', { kind: 'recall_progress', recall: 'cn' })
  await says({ kind: 'recall_initiated', recall: 'cn' })
  await refuses(t, 'recall_exists', { kind: 'recall_initiated', recall: 'cn' })
  await says({ state: 'monitoring' })
  await refuses(t, 'no_cause', { kind: 'closed' })
  await says({ kind: 'closed', noCauseReason: 'not_found' })
  await refuses(t, 'illegal_transition', { state: 'investigating' })
  await refuses(t, 'no_trigger', { kind: 'reopened' })
  await says({ kind: 'reopened', trigger: signal })
  t.match(await state(), { state: 'investigating', scopeVersion: 2, marks: [], mode: 'live' })
})

t.test('relations, parties, figures and evidence must fit', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis()
  const elsewhere = await site.milestone(await site.crisis(), {})
  const { says, refuses } = sayer(site, code)
  const update = await says({})
  const stop = await says({ kind: 'safety_instruction', advice })
  const figure = { series: 's', value: 9, qualifier: 'exact', unit: 'cases', asOf: '2026-06', assertedBy: 'brand' }
  const figures = await says({ kind: 'figures_published', figures: [figure] })
  await refuses(t, 'relation_unknown_entry', { overtakes: [elsewhere] })
  await refuses(t, 'relation_unknown_entry', { overtakes: [999_999] })
  await refuses(t, 'relation_unfitting', { kind: 'safety_instruction', advice, replaces: [update] })
  await refuses(t, 'relation_unfitting', { kind: 'remedy_withdrawn', withdraws: [stop], reason: 'ordered' })
  await refuses(t, 'relation_unfitting', { figures: [{ ...figure, value: 8, revises: stop }] })
  await refuses(t, 'figure_needs_revises', { figures: [{ ...figure, value: 8 }] })
  await refuses(t, 'party_unknown', { assertedBy: ['cpsc'] })
  await refuses(t, 'party_unknown', { figures: [{ ...figure, value: 10, assertedBy: 'cpsc' }] })
  await refuses(t, 'party_exists', { parties: [{ id: 'brand', kind: 'brand', name: NAME }] })
  await refuses(t, 'party_exists', { parties: [{ id: 'nobody', kind: 'brand', name: NAME }] })
  await refuses(t, 'batch_unknown', { scope: [{ by: 'batch', gtin: GTIN, lot: 'L9' }] })
  await refuses(t, 'product_unknown', { scope: [{ by: 'all', gtin: '09520123456795' }] })
  await refuses(t, 'evidence_unknown', { evidence: ['a'.repeat(64)] })
  await refuses(t, 'no_evidence', { kind: 'improvement_shipped' })
  await refuses(t, 'occurred_in_future', { occurredAt: inHours(1) })
  await says({ figures: [{ ...figure, value: 8, revises: figures, revisionReason: null }] })
  await says({ assertedBy: ['cpsc'], parties: [{ id: 'cpsc', kind: 'regulator', name: NAME }] })
  await says({ kind: 'third_party_verification', commissionedBy: 'nobody', laboratories: ['TÜV'] })
  const last = await says({ kind: 'safety_instruction', advice, replaces: [stop] })
  const bytes = (await site.log.reader.entries(last, last + 1))[0]!.bytes
  const { data } = parseEntry(bytes)
  t.match(data, { advice: { scope: [{ lot: 'L1', label: { en: 'lot L1' } }] } }, 'labels are filled in')
  t.notOk(JSON.stringify(data).includes('Samples'), 'no text in the public part')
})

t.test('wrong dates, check digits and missing originals are named before anything is judged', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis()
  const cases: [Body, string, string][] = [
    [{ occurredAt: '2026-06-31', zone: '+08:00' }, 'validation_failed', '/occurredAt'],
    [{ occurredAt: '2026-06-30' }, 'validation_failed', '/occurredAt'],
    [{ occurredAt: '2026-06-30T08:00Z', zone: '+08:00' }, 'validation_failed', '/occurredAt'],
    [{ kind: 'next_update_set', due: { date: '2026-02-30' } }, 'validation_failed', '/due'],
    [{ scope: [{ by: 'all', gtin: '09520123456789' }] }, 'validation_failed', '/scope/0/gtin'],
    [{ kind: 'commitment_missed' }, 'kind_of_system', ''],
    [{ kind: 'gossip' }, 'validation_failed', '/kind'],
    [{ original: 'zh-CN', text: { en: 'x' } }, 'text_original_missing', ''],
    [{ text: { en: 'a\u0000b' } }, 'entry_refused', ''],
  ]
  const before = await site.size()
  for (const [members, problem, at] of cases) {
    const answer = await site.post(`/crises/${code}/milestones`, milestoneBody(members))
    t.match(answer.json(), { status: 400, code: problem, ...(at === '' ? {} : { errors: [{ at }] }) }, answer.body)
  }
  t.equal(await site.size(), before)
})

t.test('commitments: outcomes follow the clock, late ones are retrospective, late entries are marked', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis({ safety: true })
  const { says, refuses, state } = sayer(site, code)
  const measure = { en: 'Results are published.' }
  await refuses(t, 'due_in_past', {
    kind: 'commitment_made',
    commitment: { id: 'c1', due: { at: inHours(-1) }, measure },
  })
  const due = { at: inHours(48) }
  await refuses(t, 'outcome_claimed', {
    kind: 'commitment_made',
    commitment: { id: 'c1', due, measure, outcome: 'kept' },
  })
  await says({ kind: 'commitment_made', commitment: { id: 'c1', due, measure } })
  await refuses(t, 'commitment_exists', { kind: 'commitment_made', commitment: { id: 'c1', due, measure } })
  await refuses(t, 'commitment_unknown', { kind: 'commitment_explained', of: 'c9' })
  await refuses(t, 'no_evidence', { kind: 'commitment_fulfilled', fulfils: 'c1' })
  await refuses(t, 'due_missing', { kind: 'commitment_rescheduled', of: 'c1' })
  const form = [
    '--b\r\nContent-Disposition: form-data; name="crisis"\r\n\r\n',
    `${code}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="r.pdf"\r\n`,
    'Content-Type: application/pdf\r\n\r\n%PDF-1.7 results\r\n--b--\r\n',
  ].join('')
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  const { sha256 } = await site.write('/evidence', form, { headers })
  await says({ kind: 'commitment_fulfilled', fulfils: 'c1', evidence: [sha256] })
  await refuses(t, 'commitment_settled', { kind: 'commitment_abandoned', of: 'c1' })
  const old = { occurredAt: inHours(-72) }
  await says({ ...old, kind: 'commitment_made', commitment: { id: 'c2', due: { at: inHours(-48) }, measure } })
  const late = await says({ ...old, kind: 'apology' })
  t.match(await state(), {
    commitments: [
      { id: 'c1', outcome: 'kept' },
      { id: 'c2', outcome: 'retrospective' },
    ],
    marks: [{ index: late, rule: 'no_safety_instruction_before' }],
  })
  await refuses(t, 'illegal_transition', { ...old, state: 'monitoring' })
})
