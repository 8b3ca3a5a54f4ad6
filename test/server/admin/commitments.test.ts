/** The addresses of commitments, scopes and remedies write the same milestones as the general one. */
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { GTIN, inHours, milestoneBody, openSite } from './site.ts'
import type { Body } from './site.ts'

t.test('each address writes the milestone of its kind', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis({ mode: 'live' })
  const { kind: _kind, ...plain } = milestoneBody()
  const due = { at: inHours(48) }
  const measure = { en: 'Results are published.', 'zh-CN': '公布结果' }
  const scope = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
  const commitments = `/crises/${code}/commitments`
  const steps: [string, Body, Body][] = [
    [
      commitments,
      { commitment: { id: 'c1', due, measure } },
      { kind: 'commitment_made', commitment: { id: 'c1', due } },
    ],
    [`/crises/${code}/scope`, { scope, basis: 'cause' }, { kind: 'scope_published', basis: 'cause' }],
    [`/crises/${code}/remedies`, { remedy: 'r1', scope }, { kind: 'remedy_announced', remedy: 'r1' }],
    [`${commitments}/c1/reschedule`, { due: { at: inHours(72) } }, { kind: 'commitment_rescheduled', of: 'c1' }],
    [`${commitments}/c1/abandon`, {}, { kind: 'commitment_abandoned', of: 'c1' }],
  ]
  for (const [path, body, data] of steps) {
    const { index } = (await site.write(path, { ...plain, ...body })) as { index: number }
    const [stored] = await site.log.reader.entries(index, index + 1)
    const entry = parseEntry(stored!.bytes)
    t.match(entry.data, data, path)
    t.equal(entry.type, 'milestone.recorded')
    t.notOk(Buffer.from(stored!.bytes).toString().includes('Results'), 'the wording is behind a digest')
  }
  const settled = await site.post(`${commitments}/c1/fulfil`, { ...plain, evidence: ['0'.repeat(64)] })
  t.match(settled.json(), { status: 409, code: 'evidence_unknown' })
  t.match((await site.get(`/crises/${code}`)).json(), { state: { commitments: [{ outcome: 'abandoned', moved: 1 }] } })
})
