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

t.test('a commitment may be named without its crisis while only one crisis has it', async (t) => {
  const site = await openSite(t)
  const codes = [await site.crisis(), await site.crisis()]
  const commit = async (code: string, id: string): Promise<number> =>
    await site.milestone(code, {
      kind: 'commitment_made',
      commitment: { id, due: { at: inHours(48) }, measure: { en: 'Results are published.' } },
    })
  await commit(codes[0]!, 'c1')
  await commit(codes[1]!, 'c2')
  const { kind: _kind, ...plain } = milestoneBody()
  await site.write('/brands', { slug: 'other', name: { 'zh-CN': '别家', en: 'Other' } })
  const [staff, other] = [await site.key('staff', 'dairy'), await site.key('staff', 'other')]
  const size = await site.size()
  const refused = async (path: string, key: string | undefined, problem: object): Promise<void> => {
    const answer = await site.post(path, plain, key === undefined ? {} : { key })
    t.match(answer.json(), problem, path)
    t.equal(await site.size(), size)
  }
  await refused('/commitments/c1/abandon', other, { status: 403, code: 'forbidden' })
  await refused('/commitments/c9/abandon', staff, { status: 403, code: 'forbidden' })
  await refused('/commitments/c9/abandon', undefined, { status: 404, code: 'not_found' })
  await refused('/commitments/C-1/abandon', undefined, { status: 400, code: 'validation_failed' })
  const moved = await site.write('/commitments/c1/reschedule', { ...plain, due: { at: inHours(72) } }, { key: staff })
  t.equal(moved['stream'], `crisis:${codes[0]}`)
  const options = { key: staff, idempotencyKey: 'abandon' }
  const abandoned = await site.write('/commitments/c2/abandon', plain, options)
  t.equal(abandoned['stream'], `crisis:${codes[1]}`)
  const again = await site.post('/commitments/c2/abandon', plain, options)
  t.match(again.headers, { 'idempotency-replayed': 'true' })
  await commit(codes[1]!, 'c1')
  const ambiguous = await site.post('/commitments/c1/abandon', plain)
  t.match(ambiguous.json(), { status: 409, code: 'commitment_ambiguous', crises: codes.toSorted() })
})

t.test(
  'W3: others dispute or confirm a commitment, and the brand can neither do it itself nor take it back',
  async (t) => {
    const site = await openSite(t, 'postgres')
    const code = await site.crisis()
    const made = await site.milestone(code, {
      kind: 'commitment_made',
      commitment: {
        ...{ id: 'c1', due: { at: inHours(48) }, ownerRole: 'quality lead', evidenceRule: 'test_report' },
        measure: { en: 'Results are published.', 'zh-CN': '公布结果' },
      },
    })
    const { kind: _kind, ...plain } = milestoneBody()
    const [staff, auditor] = [await site.key('staff', 'dairy'), await site.key('auditor')]
    const holder = { id: 'owner', kind: 'holder', name: { 'zh-CN': '车主', en: 'An owner' } }
    const said = { ...plain, about: [made], assertedBy: ['owner'] }
    const path = `/crises/${code}/commitments/c1`
    const own = await site.post(`${path}/confirm`, { ...plain, about: [made] }, { key: staff })
    t.match(own.json(), { status: 409, code: 'voice_of_brand' })
    const dispute = await site.write(`${path}/dispute`, { ...said, parties: [holder] }, { key: staff })
    await site.write('/commitments/c1/dispute', said, { key: auditor })
    await site.write(`${path}/confirm`, said, { key: auditor })
    t.match(await site.get(`/crises/${code}`).then((answer) => answer.json<Body>()), {
      state: { commitments: [{ outcome: 'open', disputed: { length: 2 }, confirmed: { length: 1 } }] },
    })
    for (const members of [{ state: 'acknowledged' }, { replaces: [made] }, { openCommitments: [] }]) {
      const wide = await site.post(`${path}/dispute`, { ...said, ...members }, { key: auditor })
      t.match(wide.json(), { status: 400, code: 'validation_failed' }, 'who disputes says nothing else')
    }
    const others = await site.post(`${path}/explain`, plain, { key: auditor })
    t.match(others.json(), { status: 403, code: 'forbidden' })
    const unknown = await site.post(`/crises/${code}/commitments/c9/dispute`, said, { key: auditor })
    t.match(unknown.json(), { status: 409, code: 'commitment_unknown' })
    const correction = { reason: 'did_not_occur', original: 'en', text: { en: 'No.', 'zh-CN': '没有。' } }
    const corrected = await site.post(`/entries/${String(dispute['index'])}/corrections`, correction, { key: staff })
    t.match(corrected.json(), { status: 409, code: 'not_correctable' })
    const overtaking = milestoneBody({ kind: 'statement', overtakes: [dispute['index'] as number] })
    const overtaken = await site.post(`/crises/${code}/milestones`, overtaking, { key: staff })
    t.match(overtaken.json(), { status: 409, code: 'relation_unfitting' })
  },
)
