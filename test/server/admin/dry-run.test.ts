/** Acceptance of the dry run: over every POST of the documentation nothing changes, and the preview is the later page. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { base64url } from '../../../ledger/bytes.ts'
import { CHAIN_ID, CONTRACT } from '../../support/log.ts'
import { EXAMPLES } from './dry-run-examples.ts'
import type { World } from './dry-run-examples.ts'
import { crisisBody, milestoneBody, openSite } from './site.ts'
import type { Body, Site } from './site.ts'

type Answer = {
  dryRun: boolean
  checks: { check: string; ok: boolean }[]
  warnings: Body[]
  state: { size: number; streams: { name: string; count: number }[]; crises: { state: Body }[] }
  entries: { type: string; stream: string; seq: number; data: Body }[]
  preview: Record<'zh-CN' | 'en', string>
}

t.test('every POST can be tried out: nothing is written, and its preview is the page after it', async (t) => {
  const site = await openSite(t, 'postgres', { withPages: true })
  const document = (await site.app.inject('/docs/json')).json<{ paths: Record<string, Record<string, unknown>> }>()
  const posts = Object.entries(document.paths).filter(([, methods]) => methods['post'] !== undefined)
  const routes = posts.map(([path]) => path.replace('/admin/v1', ''))
  t.same(
    routes.toSorted(),
    [...new Set(EXAMPLES.map(({ route }) => route))].toSorted(),
    'every POST has an example in dry-run-examples.ts',
  )
  const world: World = { code: '', entry: -1, keyId: '', sha256: '' }
  for (const { route, ask, keep, key: keyOf, isAnchored = false, refusedWith } of EXAMPLES) {
    if (isAnchored) await anchor(site)
    const key = await keyOf?.(world, site)
    const as = key === undefined ? {} : { key }
    const { path, body, headers = {} } = ask(world, site)
    const before = await everything(site)
    const tried = await site.post(`${path}?dryRun=true`, body, { headers, idempotencyKey: null, ...as })
    if (refusedWith !== undefined) {
      t.match(tried.json(), { code: refusedWith }, route)
      t.match((await site.post(path, body, { headers, ...as })).json(), { code: refusedWith }, route)
      t.same(await everything(site), before, `${route} wrote nothing`)
      continue
    }
    t.equal(tried.statusCode, 200, `${route}: ${tried.statusCode === 200 ? '' : tried.body}`)
    t.same(await everything(site), before, `${route} wrote nothing`)
    const response = await site.post(path, body, { headers, ...as })
    t.ok(response.statusCode === 200 || response.statusCode === 201, `${route}: ${response.statusCode}`)
    // A file of grants is answered line by line; nothing but its lines is foretold.
    if (!String(tried.headers['content-type']).startsWith('application/json')) {
      t.equal(resultsIn(tried.body), resultsIn(response.body), route)
      continue
    }
    const answer = tried.json<Answer>()
    t.equal(answer.dryRun, true, route)
    const written = response.json<Body>()
    keep?.(world, written)
    if (answer.entries.length === 0) continue
    t.equal(answer.state.size, await site.size(), `${route} foretells the size`)
    for (const lang of ['zh-CN', 'en'] as const) {
      const page = await site.app.inject(`${pageOf(answer, written)}?lang=${lang}`)
      t.equal(timeless(answer.preview[lang]), timeless(page.body), `${route} in ${lang}`)
    }
  }
})

t.test('a dry run is refused as the request would be, and nothing but two words asks for one', async (t) => {
  const site = await openSite(t)
  const code = await site.crisis()
  const path = `/crises/${code}/milestones`
  const before = await site.size()
  const closing = milestoneBody({ kind: 'closed' })
  t.match((await site.post(`${path}?dryRun=true`, closing)).json(), { status: 409, code: 'illegal_transition' })
  for (const query of ['dryRun=1', 'dryRun=TRUE', 'dryRun', 'dryrun=true', 'dryRun=true&dryRun=false']) {
    t.match((await site.post(`${path}?${query}`, milestoneBody())).json(), { status: 400 }, query)
  }
  t.equal((await site.post(`${path}?dryRun=true`, milestoneBody(), { key: null })).statusCode, 401)
  t.equal(await site.size(), before)
  t.equal((await site.post(`${path}?dryRun=false`, milestoneBody())).statusCode, 201, 'false writes')
})

t.test('it says what would be: the state after it, the entries without salts, marks for what comes late', async (t) => {
  const site = await openSite(t)
  const code = await site.crisis({ safety: true })
  const late = milestoneBody({ kind: 'apology', occurredAt: '2026-01-02', zone: '+08:00' })
  const answer = (await site.post(`/crises/${code}/milestones?dryRun=true`, late)).json<Answer>()
  t.match(answer.entries, [{ type: 'milestone.recorded', stream: `crisis:${code}`, seq: 2, data: late }])
  t.match(answer.checks, [
    { check: 'guards', ok: true },
    { check: 'no_safety_instruction_before', ok: false },
  ])
  t.match(answer.state.streams, [{ name: `crisis:${code}`, count: 2 }])
  t.equal(answer.preview, undefined, 'without pages there is no preview')
  const acknowledged = milestoneBody({ kind: 'acknowledged' })
  const next = (await site.post(`/crises/${code}/milestones?dryRun=true`, acknowledged)).json<Answer>()
  t.match(next.state.crises, [{ state: { state: 'acknowledged' } }])
  t.match((await site.get(`/crises/${code}`)).json(), { state: { state: 'suspected' } }, 'which is not so yet')
})

t.test('a key that is tried out is not made known', async (t) => {
  const site = await openSite(t)
  const answer = await site.post('/keys?dryRun=true', { role: 'operator' })
  t.equal(answer.statusCode, 200)
  t.notMatch(answer.body, /tl_k_/)
})

t.test('dry runs do not wait for the lock of the log', async (t) => {
  const site = await openSite(t, 'postgres')
  const first = 'SELECT size FROM log_head FOR UPDATE'
  await site.database.transaction({ isolation: 'read committed', first }, async () => {
    const answer = await site.post('/crises?dryRun=true', crisisBody())
    t.equal(answer.statusCode, 200, 'answered while another holds it')
  })
})

/** An anchor that covers the log as it is, as the chain would confirm it. */
async function anchor({ log, database }: Site): Promise<void> {
  const { size, root } = await log.reader.head()
  const data = { size, streams: 1, root: base64url(root) }
  const heads = { type: 'ledger.heads', stream: 'ledger', actor: { kind: 'system' }, data }
  await log.sequencer.append({ needs: {}, judge: () => [heads] })
  const anchored = await log.reader.head()
  const transaction = `0x${'ab'.repeat(32)}`
  const at = { size: anchored.size, root: anchored.root, transaction, block: 1, timestamp: 1_700_000_000 }
  await database.kysely
    .insertInto('anchor')
    .values({ chain_id: CHAIN_ID, contract: CONTRACT, ...at })
    .execute()
}

/** What became of each line, without the checkpoint. */
function resultsIn(answer: string): string {
  return answer.replace(/,"checkpoint":"[^"]*"/g, '')
}

/** All rows of all tables, and all files of evidence. */
async function everything({ database, dataDir }: Site): Promise<Record<string, unknown>> {
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'kysely%' ORDER BY relname`.execute(
    database.kysely,
  )
  const all: Record<string, unknown> = { files: await filesIn(join(dataDir, 'evidence')) }
  for (const { name } of rows) {
    const table = await sql<{ row: string }>`
      SELECT t::text AS row FROM ${sql.table(name)} t ORDER BY 1`.execute(database.kysely)
    all[name] = table.rows.map(({ row }) => row)
  }
  return all
}

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

/** The page on which the written entry is seen. */
function pageOf({ entries }: Answer, written: Body): string {
  const streams = [written, ...((written['also'] as Body[] | undefined) ?? [])].map(({ stream }) => stream as string)
  const crisis = streams.find((stream) => stream.startsWith('crisis:'))
  if (crisis !== undefined) return `/c/${crisis.slice('crisis:'.length)}`
  const brand = entries.map(({ stream }) => stream).find((stream) => stream.startsWith('brand:'))
  return brand === undefined ? `/e/${written['index'] as number}` : `/b/${brand.slice('brand:'.length)}`
}

/** A page without what no dry run can know: clocks and the hashes over them, and what is drawn by lot when it is written. */
function timeless(html: string): string {
  return html
    .replace(/&quot;now&quot;:\d+/g, 'now')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'instant')
    .replace(/\d\d:\d\d/g, 'time')
    .replace(/CR-[2-9A-Z]{8}/g, 'code')
    .replace(/H-[0-9A-Z]{20,}/g, 'holder')
    .replace(/[A-Za-z0-9_-]{43}/g, 'digest')
    .replace(/(指纹|fingerprint)\s+[A-Za-z0-9_-]+/g, 'fingerprint')
}
