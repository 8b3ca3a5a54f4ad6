/** Two people agree (A1, A2): once a brand has two reviewers, some things need a second key; each approval is good once. */
import { sql } from 'kysely'
import t from 'tap'
import { parseAdminKey } from '../../../server/services/keys/admin-key.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { sqlState } from '../../../server/db/session.ts'
import { GTIN, crisisBody, inHours, milestoneBody, openSite } from './site.ts'
import type { Body, Site } from './site.ts'

const scope = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
const both = [...scope, { by: 'batch', gtin: GTIN, lot: 'L2' }]
const notice = (): Body => milestoneBody({ kind: 'safety_instruction', advice: { level: 'stop_use', scope } })
const idOf = (key: string): string => parseAdminKey(key)?.id ?? ''

type Team = { site: Site; code: string; path: string; staff: string; reviewers: [string, string] }

async function openTeam(t: Parameters<typeof openSite>[0]): Promise<Team> {
  const site = await openSite(t, 'postgres', { withPages: true })
  const code = await site.crisis({ safety: true })
  const reviewers: [string, string] = [await site.key('reviewer', 'dairy'), await site.key('reviewer', 'dairy')]
  return { site, code, path: `/crises/${code}/milestones`, staff: await site.key('staff', 'dairy'), reviewers }
}

async function approve({ site, path, reviewers }: Team, body: Body, at: string = path): Promise<string> {
  return (await site.write('/approvals', { path: at, body }, { key: reviewers[0] }))['id'] as string
}

t.test(
  'A1: with two reviewers a safety instruction waits for a second key, and the page says that two agreed',
  async (t) => {
    const team = await openTeam(t)
    const { site, code, path, staff, reviewers } = team
    const body = notice()
    const before = await site.size()
    const refused = (await site.post(path, body, { key: staff })).json<{ detail: string; digest: string }>()
    t.match(refused, { status: 409, code: 'second_key_missing', detail: /\/approvals/, digest: /^[0-9a-f]{64}$/ })
    t.equal(await site.size(), before)
    const tried = await site.post(`${path}?dryRun=true`, body, { key: reviewers[1] })
    t.match(
      tried.json(),
      { dryRun: true, checks: [{ check: 'guards' }, { check: 'second_key', ok: false }] },
      'a reviewer sees it first',
    )
    t.match((await site.post(path, body, { key: reviewers[1] })).json(), { status: 403 }, 'and cannot write it')
    const { id } = await site.write('/approvals', { digest: refused.digest }, { key: reviewers[0] })
    const written = await site.write(path, { ...body, approvedBy: id }, { key: staff })
    const { bytes } = await site.log.reader.entry(written['index'] as number)
    t.equal(parseEntry(bytes).data['approvedBy'], idOf(reviewers[0]), 'the key that agreed, and no person')
    t.match((await site.app.inject(`/c/${code}?lang=en`)).body, /Two people agreed\./)
    t.match((await site.app.inject(`/c/${code}?lang=zh-CN`)).body, /经两人同意/)
  },
)

t.test('A1: recalls, narrowing, closing and taking back need it too; what is not on the list does not', async (t) => {
  const team = await openTeam(t)
  const { site, code, path, staff } = team
  const needs = async (body: Body, at: string = path): Promise<Body> => {
    t.match((await site.post(at, body, { key: staff })).json(), { code: 'second_key_missing' }, body['kind'] as string)
    return await site.write(at, { ...body, approvedBy: await approve(team, body, at) }, { key: staff })
  }
  await site.write(path, milestoneBody({ kind: 'acknowledged' }), { key: staff })
  await site.write(path, milestoneBody({ kind: 'next_update_set', due: { at: inHours(12) } }), { key: staff })
  await site.write(path, milestoneBody({ state: 'investigating' }), { key: staff })
  await site.write(path, milestoneBody({ kind: 'scope_published', scope, basis: 'precaution' }), { key: staff })
  await site.write(path, milestoneBody({ kind: 'scope_published', scope: both, basis: 'precaution' }), { key: staff })
  const narrower = milestoneBody({
    kind: 'scope_published',
    scope,
    narrowingReason: 'ruled_out_by_test',
    basis: 'cause',
  })
  await needs(narrower)
  const told = await needs(notice())
  await needs(milestoneBody({ kind: 'recall_initiated', recall: 'cn' }))
  const correction = {
    reason: 'did_not_occur',
    original: 'en',
    text: { 'zh-CN': '未发生。', en: 'It did not happen.' },
  }
  await needs(correction, `/entries/${told['index'] as number}/corrections`)
  await needs(notice(), `/crises/${code}/milestones`)
})

t.test('A1: a crisis ends in no way without it: closed, dismissed, or said never to have been', async (t) => {
  const team = await openTeam(t)
  const { site, staff } = team
  const waits = async (at: string, body: Body): Promise<void> => {
    t.match((await site.post(at, body, { key: staff })).json(), { status: 409, code: 'second_key_missing' }, at)
    const approvedBy = await approve(team, body, at)
    t.equal((await site.post(at, { ...body, approvedBy }, { key: staff })).statusCode, 201)
  }
  const code = await site.crisis()
  const at = `/crises/${code}/milestones`
  const opened = (await site.write(at, milestoneBody({ kind: 'statement' }), { key: staff }))['index'] as number
  const untrue = { reason: 'did_not_occur', original: 'en', text: { 'zh-CN': '没有这回事。', en: 'There is none.' } }
  await waits(`/entries/${opened - 1}/corrections`, untrue)
  await waits(at, milestoneBody({ kind: 'dismissed', dismissReason: 'no_fault_found' }))
  const other = await site.crisis()
  const say = async (members: Body): Promise<Body> =>
    await site.write(`/crises/${other}/milestones`, milestoneBody(members), { key: staff })
  await say({ kind: 'acknowledged' })
  await say({ kind: 'scope_published', scope, basis: 'precaution', state: 'remedying' })
  await say({ state: 'monitoring' })
  await waits(`/crises/${other}/milestones`, milestoneBody({ kind: 'closed', noCauseReason: 'not_found' }))
})

t.test('A1: a withdrawn remedy that told people what to do needs it, any other does not', async (t) => {
  const { site, path, staff } = await openTeam(t)
  const say = async (members: Body): Promise<number> =>
    (await site.write(path, milestoneBody(members), { key: staff }))['index'] as number
  const advice = { level: 'return', scope }
  const advising = await say({ kind: 'remedy_announced', remedy: 'refund', advice })
  const offering = await say({ kind: 'remedy_announced', remedy: 'repair' })
  const withdrawal = { kind: 'remedy_withdrawn', reason: 'not_feasible' }
  await say({ ...withdrawal, withdraws: [offering] })
  const body = milestoneBody({ ...withdrawal, withdraws: [advising] })
  t.match((await site.post(path, body, { key: staff })).json(), { status: 409, code: 'second_key_missing' })
})

t.test('A2: an approval is for one request, once, in time, by another key that is in force', async (t) => {
  const team = await openTeam(t)
  const { site, path, staff, reviewers } = team
  const body = notice()
  const id = await approve(team, body)
  const refuses = async (problem: string, sent: Body, at: string = path): Promise<void> => {
    t.match((await site.post(at, sent, { key: staff })).json(), { status: 409, code: problem }, problem)
  }
  await refuses('approval_unknown', { ...body, approvedBy: 'ap_nothing-of-ours' })
  const other = { ...body, text: { 'zh-CN': '请停用。', en: 'Other words.' } }
  await refuses('approval_mismatch', { ...other, approvedBy: id })
  const elsewhere = await site.crisis()
  await refuses('approval_mismatch', { ...body, approvedBy: id }, `/crises/${elsewhere}/milestones`)
  await site.write(path, { ...body, approvedBy: id }, { key: staff })
  await refuses('approval_used', { ...body, approvedBy: id })
  const next = notice()
  const old = await approve(team, next)
  await sql`INSERT INTO approval (id, tag, key_id, brand, created_at, expires_at)
    SELECT 'ap_of-yesterday', tag, key_id, brand, now() - interval '25 h', now() - interval '1 h'
    FROM approval WHERE id = ${old}`.execute(site.database.kysely)
  await refuses('approval_expired', { ...next, approvedBy: 'ap_of-yesterday' })
  const late = await approve(team, next)
  await site.write(`/keys/${idOf(reviewers[0])}/revoke`, undefined)
  await site.key('reviewer', 'dairy')
  await refuses('approval_void', { ...next, approvedBy: late })
  t.match(
    (await site.post('/approvals', { path, body }, { key: staff })).json(),
    { status: 403 },
    'staff does not approve',
  )
  t.match((await site.post('/approvals', { path, body })).json(), { status: 403 }, 'nor does the operator')
})

t.test('A2: of two requests that race for one approval one wins', async (t) => {
  const team = await openTeam(t)
  const { site, path, staff } = team
  const body = notice()
  const approvedBy = await approve(team, body)
  const answers = await Promise.all(
    Array.from({ length: 6 }, async () => await site.post(path, { ...body, approvedBy }, { key: staff })),
  )
  t.same(
    answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
    [201, 409, 409, 409, 409, 409],
  )
  for (const answer of answers.filter(({ statusCode }) => statusCode === 409))
    t.match(answer.json(), { code: 'approval_used' })
})

t.test('with one reviewer, or none, one key is enough', async (t) => {
  const site = await openSite(t)
  const code = await site.crisis({ safety: true })
  await site.write(`/crises/${code}/milestones`, notice())
  await site.key('reviewer', 'dairy')
  await site.write(`/crises/${code}/milestones`, notice())
  await site.write('/brands', { slug: 'bakery', name: { 'zh-CN': '甲', en: 'A' } })
  await site.key('reviewer', 'bakery')
  await site.write(`/crises/${code}/milestones`, notice())
  const tried = await site.post('/crises?dryRun=true', crisisBody())
  t.equal(tried.statusCode, 200)
})

for (const engine of ['postgres', 'pglite'] as const) {
  t.test(`the database demands it again on ${engine}, whatever the program forgets`, async (t) => {
    const site = await openSite(t, engine)
    const code = await site.crisis({ safety: true })
    const reviewer = await site.key('reviewer', 'dairy')
    await site.key('reviewer', 'dairy')
    const stateOf = async (statement: string): Promise<string | undefined> =>
      await sql
        .raw(statement)
        .execute(site.database.kysely)
        .then(
          () => undefined,
          (error: unknown) => sqlState(error),
        )
    const append = async (data: Body): Promise<string | undefined> => {
      const draft = {
        type: 'milestone.recorded',
        stream: `crisis:${code}`,
        brand: 'dairy',
        actor: { kind: 'staff', id: 'k_1' },
        data: { occurredAt: inHours(0), assertedBy: ['brand'], original: 'en', ...data },
      } as const
      return await site.log.sequencer.append({ needs: { crises: [code] }, judge: () => [draft as never] }).then(
        () => undefined,
        (error: unknown) => sqlState(error),
      )
    }
    const before = await site.size()
    const VIOLATED = '23000'
    t.equal(await append({ kind: 'safety_instruction', advice: { level: 'check', scope } }), VIOLATED, 'A1')
    t.equal(await append({ kind: 'recall_progress', recall: 'cn' }), VIOLATED, 'A1')
    t.equal(await append({ kind: 'closed' }), VIOLATED, 'A1')
    t.equal(await append({ kind: 'dismissed', dismissReason: 'false_report' }), VIOLATED, 'A1')
    t.equal(await append({ kind: 'scope_published', scope, narrowingReason: 'ordered' }), VIOLATED, 'A1')
    t.equal(await append({ kind: 'statement', approvedBy: idOf(reviewer) }), VIOLATED, 'A2: there is no such approval')
    t.equal(await site.size(), before)
    t.equal(await append({ kind: 'statement' }), undefined)
    const id = (await site.write('/approvals', { digest: 'ab'.repeat(32) }, { key: reviewer }))['id'] as string
    t.equal(await stateOf(`UPDATE approval SET used_index = 1 WHERE id = '${id}'`), undefined)
    t.equal(await stateOf(`UPDATE approval SET used_index = 2 WHERE id = '${id}'`), VIOLATED, 'A2: used once')
    t.equal(await stateOf(`UPDATE approval SET expires_at = now() + interval '9 d' WHERE id = '${id}'`), '42501')
    t.equal(await stateOf('DELETE FROM approval'), '42501')
    const insert = (key: string): string =>
      `INSERT INTO approval (id, tag, key_id, brand, expires_at)
       VALUES ('ap_12345678', sha256('x'), '${key}', 'dairy', now() + interval '1 h')`
    t.equal(await stateOf(insert('root')), VIOLATED, 'A2: only a reviewer of the brand')
  })
}
