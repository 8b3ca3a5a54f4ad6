/** Many writers in two instances on one PostgreSQL. WRITES: how many writes (default: enough to fill tiles). */
import t from 'tap'
import { openCheckpoint } from '../../../ledger/checkpoint.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import { verifyConsistency } from '../../../ledger/proof.ts'
import { openDatabase } from '../../../server/db/database.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import type { AppendResult } from '../../../server/services/log/command.ts'
import { openTestDatabase } from '../../support/database.ts'
import { crisisCode, idempotencyOf, openBrand, openCrisis, openTestLog, recordStatement } from '../../support/log.ts'

const WRITES = Number(process.env['WRITES'] ?? 1200)
const WRITERS = 64
const CRISES = 5

t.setTimeout(600_000)

t.test('two instances that start at once on an empty database write one first entry', async (t) => {
  const { url, dataDir, database } = await openTestDatabase(t, 'postgres')
  const databases = await Promise.all([1, 2, 3].map(async () => openDatabase({ url, dataDir })))
  const logs = await Promise.all(
    databases.map(async (other, i) => openTestLog({ database: other, dataDir: `${dataDir}/${i}` })),
  )
  t.equal((await logs[0]!.reader.head()).size, 1)
  t.same((await checkLog(database)).problems, [])
  for (const log of logs) await log.close()
  for (const other of databases) await other.close()
})

t.test('many writers in two instances make one history without gaps', async (t) => {
  const { url, dataDir, database } = await openTestDatabase(t, 'postgres')
  const second = await openDatabase({ url, dataDir })
  const logs = [
    await openTestLog({ database, dataDir: `${dataDir}/a` }),
    await openTestLog({ database: second, dataDir: `${dataDir}/b` }),
  ]
  const [first] = logs
  if (first === undefined) throw new Error('no instance')
  await first.sequencer.append(openBrand())
  const codes = Array.from({ length: CRISES }, (_, number) => crisisCode(number))
  for (const code of codes) await first.sequencer.append(openCrisis(code))
  const { size: before } = await first.reader.head()

  const results: AppendResult[] = []
  let started = 0
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      const log = logs[writer % logs.length]!
      while (started < WRITES) {
        const text = `write ${started++}`
        results.push(await log.sequencer.append(recordStatement(codes[writer % CRISES]!, text, idempotencyOf(text))))
      }
    }),
  )

  const { size } = await first.reader.head()
  t.equal(size, before + results.length)
  const indexes = results.map(({ body }) => Number(body['index'])).toSorted((a, b) => a - b)
  t.same(
    indexes,
    Array.from({ length: results.length }, (_, i) => before + i),
    'indexes have no gap',
  )
  for (const code of codes) {
    const seqs = results
      .filter(({ body }) => body['stream'] === `crisis:${code}`)
      .map(({ body }) => Number(body['seq']))
    t.same(
      seqs.toSorted((a, b) => a - b),
      Array.from({ length: seqs.length }, (_, i) => i + 2),
      'seqs have no gap',
    )
  }
  const verifier = parseVerifierKey(first.reader.vkey())
  const signed = results.map(({ body }) => ({ index: body['index'], note: String(body['checkpoint']) }))
  // One verification takes milliseconds, and one checkpoint answers many writes.
  const checkpoints = new Map(
    [...new Set(signed.map(({ note }) => note))].map((note) => [note, openCheckpoint(note, verifier)]),
  )
  t.ok(
    signed.every(({ index, note }) => checkpoints.get(note)!.size > Number(index)),
    'every checkpoint contains its entry',
  )
  const now = await first.reader.head()
  for (const { size: from, root: fromRoot } of checkpoints.values()) {
    const proof = await first.reader.consistencyProof(from, now.size)
    verifyConsistency({ from, to: now.size, fromRoot, toRoot: now.root, proof })
  }
  t.ok(checkpoints.size < results.length, 'writes share transactions and signatures')
  t.same((await checkLog(database)).problems, [])
  for (const log of logs) await log.close()
  await second.close()
})
