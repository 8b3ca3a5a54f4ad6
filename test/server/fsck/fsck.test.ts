import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { openAnchorContract } from '../../../server/chain/anchor-contract.ts'
import { lockDataDir } from '../../../server/db/data-dir-lock.ts'
import { EvidenceStore } from '../../../server/services/evidence/evidence-store.ts'
import type { Finding } from '../../../server/services/fsck/finding.ts'
import { fsck } from '../../../server/services/fsck/fsck.ts'
import type { FsckDeps } from '../../../server/services/fsck/fsck.ts'
import { openSite, settle } from '../anchoring/site.ts'
import type { Site } from '../anchoring/site.ts'

const quiet = { onProgress: () => undefined, onFinding: () => undefined }

const failures = (findings: readonly Finding[]): string[] =>
  findings.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check)

/** What a test does as the owner of the tables, which no trigger may stop. */
async function asOwner(site: Site, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: site.url })
  await client.connect()
  await client.query('SET session_replication_role = replica')
  for (const statement of statements) await client.query(statement)
  await client.end()
}

/** Checks on bytes would refuse what these tests do; a broken disk asks no constraint. */
const UNCHECKED = [
  'ALTER TABLE entry DROP CONSTRAINT IF EXISTS entry_leaf_hash_check, DROP CONSTRAINT IF EXISTS entry_check',
]

void t.test('a sound deployment has no problem, also while it is being written to', async (t) => {
  const site = await openSite(t, 'postgres')
  const deps = await fsckDeps(site)
  await site.write(5)
  await settle(site.deps)
  await site.write(3)
  const findings = await fsck(deps)
  t.strictSame(
    findings.filter(({ outcome }) => outcome !== 'held'),
    [],
  )
  t.strictSame(
    findings.map(({ check }) => check),
    [
      'payload',
      'leaf',
      'tiles',
      'checkpoints',
      'disclosures',
      'projections',
      'high-water',
      'streams',
      'heads',
      'promises',
      'seals',
      'programmes',
      'actors',
      'chain',
      'liabilities',
      'evidence',
    ],
  )
  const enough = new AbortController()
  const writers = Array.from({ length: 4 }, async () => {
    while (!enough.signal.aborted) await site.write(1)
  })
  for (let i = 0; i < 5; i++) t.strictSame(failures(await fsck(deps)), [])
  enough.abort()
  await Promise.all(writers)
})

type Fault = { name: string; check: string; statements: string[] }

const FAULTS: readonly Fault[] = [
  {
    name: 'a payload changed together with its leaf hash',
    check: 'tiles',
    statements: [
      ...UNCHECKED,
      `UPDATE entry SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'brand-1', 'brand-9'), 'UTF8') WHERE index = 4`,
      `UPDATE entry SET leaf_hash = sha256('\\x00'::bytea || bytes) WHERE index = 4`,
    ],
  },
  {
    name: 'a payload changed under its leaf hash',
    check: 'leaf',
    statements: [
      ...UNCHECKED,
      `UPDATE entry SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'brand-1', 'brand-9'), 'UTF8') WHERE index = 4`,
    ],
  },
  {
    name: 'a payload that is no entry any more',
    check: 'payload',
    statements: [...UNCHECKED, `UPDATE entry SET bytes = '\\x7b7d' WHERE index = 4`],
  },
  { name: 'an entry taken out', check: 'payload', statements: ['DELETE FROM entry WHERE index = 6'] },
  { name: 'the tail taken out', check: 'tiles', statements: ['DELETE FROM entry WHERE index > 270'] },
  {
    name: 'a tile changed',
    check: 'tiles',
    statements: [`UPDATE tile SET hashes = set_byte(hashes, 77, 255 - get_byte(hashes, 77))`],
  },
  { name: 'a tile taken out', check: 'tiles', statements: ['DELETE FROM tile'] },
  {
    name: 'the right edge changed',
    check: 'tiles',
    statements: ['UPDATE log_head SET edge = set_byte(edge, 3, 255 - get_byte(edge, 3))'],
  },
  {
    name: 'a checkpoint of another root',
    check: 'checkpoints',
    statements: [`UPDATE checkpoint SET root = set_byte(root, 3, 255 - get_byte(root, 3))`],
  },
  {
    name: 'a checkpoint with another signature',
    check: 'checkpoints',
    // Its last digit becomes A, or Q where it is A already.
    statements: [
      `UPDATE checkpoint SET note = left(note, -3) || CASE left(right(note, 3), 1) WHEN 'A' THEN 'Q=' ELSE 'A=' END || chr(10)`,
    ],
  },
  {
    name: 'a disclosure without its entry',
    check: 'disclosures',
    statements: [`INSERT INTO disclosure VALUES (3, '${'A'.repeat(43)}', 'WyJhIl0')`],
  },
  {
    name: 'a count of a stream changed',
    check: 'projections',
    statements: [`UPDATE stream SET last_index = last_index + 1 WHERE name = 'brand:brand-2'`],
  },
  {
    name: 'a brand renamed',
    check: 'projections',
    statements: [`UPDATE brand SET legal_name = 'Other Ltd' WHERE slug = 'brand-2'`],
  },
  {
    name: 'a brand that no entry opened',
    check: 'projections',
    statements: [`INSERT INTO brand VALUES ('ghost', 3, '{}', NULL)`],
  },
  {
    name: 'an anchor that the chain does not have',
    check: 'chain',
    statements: ['UPDATE anchor SET timestamp = timestamp - 86400'],
  },
  {
    name: 'an evidence file that is not there',
    check: 'evidence',
    statements: [`INSERT INTO evidence VALUES ('${'ab'.repeat(32)}', 'brand:brand-1', 4, 9, 'text/plain')`],
  },
]

void t.test('every kind of damage is named by the check that sees it', async (t) => {
  for (const { name, check, statements } of FAULTS) {
    const site = await openSite(t, 'postgres')
    await Promise.all(Array.from({ length: 135 }, async () => await site.write(1)))
    await settle(site.deps)
    const deps = await fsckDeps(site)
    if (name === FAULTS[0]?.name) t.strictSame(failures(await fsck(deps)), [])
    await asOwner(site, statements)
    const failed = failures(await fsck(deps))
    t.ok(failed.includes(check), `${name}: ${failed.join(', ')}`)
  }
})

void t.test('a wrong count in a heads entry is named, though every hash fits', async (t) => {
  const site = await openSite(t, 'postgres')
  await site.write(2)
  const root = 'A'.repeat(43)
  await site.log.sequencer.append({
    needs: {},
    judge: () => [
      { type: 'ledger.heads', stream: 'ledger', actor: { kind: 'system' }, data: { size: 3, streams: 2, root } },
    ],
  })
  t.strictSame(failures(await fsck(await fsckDeps(site))), ['heads'])
})

void t.test('evidence is hashed again, and a restored backup is behind its mark', async (t) => {
  const site = await openSite(t, 'postgres')
  await site.write(1)
  const deps = await fsckDeps(site)
  const received = await deps.evidence.receive(Readable.from([Buffer.from('a report')]))
  await deps.evidence.keep(received)
  await asOwner(site, [`INSERT INTO evidence VALUES ('${received.sha256}', 'brand:brand-0', 2, 8, 'text/plain')`])
  t.notOk(failures(await fsck(deps)).includes('evidence'))
  const file = join(site.dataDir, 'evidence', received.sha256.slice(0, 2), received.sha256)
  await writeFile(file, 'A report')
  t.ok(failures(await fsck(deps)).includes('evidence'))
  t.equal(await readFile(file, 'utf8'), 'A report', 'it changes nothing')
  const root = new Uint8Array(32)
  t.ok(failures(await fsck({ ...deps, mark: { size: 900, root } })).includes('high-water'))
  t.ok(failures(await fsck({ ...deps, mark: { size: 2, root } })).includes('high-water'))
})

void t.test('a chain that does not answer is a problem; one that is not there is said', async (t) => {
  const site = await openSite(t, 'postgres')
  const deps = await fsckDeps(site)
  const dead = openAnchorContract({ rpcUrl: 'http://127.0.0.1:9', chainId: 31337, address: site.contract.address })
  t.teardown(() => dead.close())
  t.strictSame(failures(await fsck({ ...deps, contract: dead })), ['chain'])
  const findings = await fsck({ ...deps, contract: undefined, chainProblem: 'There is no chain.' })
  t.match(
    findings.find(({ check }) => check === 'chain'),
    { outcome: 'skipped', sentence: 'There is no chain.' },
  )
})

void t.test(
  'the command refuses with the process that has the folder, and tells a folder without a database',
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tl-fsck-'))
    t.teardown(async () => await rm(dataDir, { recursive: true }))
    t.match(await runFsck(dataDir), { code: 1, stderr: /There is no database/ })
    const lock = await lockDataDir(dataDir)
    await mkdir(join(dataDir, 'db'))
    t.match(await runFsck(dataDir), { code: 1, stderr: new RegExp(`in use by process ${process.pid}`) })
    await lock.release()
  },
)

async function fsckDeps({ database, dataDir, contract, log }: Site): Promise<FsckDeps> {
  return {
    database,
    evidence: new EvidenceStore(join(dataDir, 'evidence')),
    mark: log.checkpoints.mark,
    contract,
    ...quiet,
  }
}

async function runFsck(dataDir: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = join(import.meta.dirname, '../../../server/bin/fsck.ts')
  const env = { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir }
  return await promisify(execFile)(process.execPath, [command], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}
