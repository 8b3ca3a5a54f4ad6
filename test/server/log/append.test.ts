import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { base64url } from '../../../ledger/bytes.ts'
import { openCheckpoint } from '../../../ledger/checkpoint.ts'
import { disclosureDigest, parseDisclosure } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import { verifyInclusion } from '../../../ledger/proof.ts'
import type { Database } from '../../../server/db/database.ts'
import { AppError } from '../../../server/errors.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import type { AppendResult, Command } from '../../../server/services/log/command.ts'
import { writeDueMisses } from '../../../server/services/log/due-timer.ts'
import { Sequencer } from '../../../server/services/log/sequencer.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import {
  crisisCode,
  idempotencyOf,
  milestone,
  openBrand,
  openCrisis,
  openTestLog,
  recordStatement,
} from '../../support/log.ts'

const CODE = crisisCode(0)

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir })
    const { sequencer, reader } = log
    t.teardown(async () => log.close())
    const isClean = async (t: { same(found: unknown, wanted: unknown): boolean }): Promise<void> => {
      t.same((await checkLog(database)).problems, [])
    }

    await t.test('the first entry of a log says what it is', async (t) => {
      const entry = parseEntry((await reader.entry(0)).bytes)
      t.equal(entry.type, 'ledger.opened')
      t.equal(entry.data['origin'], 'log.example/log')
      t.equal(entry.data['vkey'], reader.vkey())
      t.equal(entry.prev, null)
    })

    await t.test('an answer names its entries and a checkpoint that contains them', async (t) => {
      await sequencer.append(openBrand())
      const { status, body, replayed, written } = await sequencer.append(openCrisis(CODE))
      t.equal(status, 201)
      t.equal(replayed, false)
      t.equal((body['also'] as unknown[]).length, 1)
      const { size, root } = openCheckpoint(String(body['checkpoint']), parseVerifierKey(reader.vkey()))
      for (const { index, leafHash, stream, seq } of written) {
        const stored = await reader.entry(index)
        t.equal(base64url(stored.leafHash), leafHash)
        t.same([stored.stream, stored.seq], [stream, seq])
        verifyInclusion({
          leafHash: stored.leafHash,
          index,
          size,
          root,
          proof: await reader.inclusionProof(index, size),
        })
      }
      await isClean(t)
    })

    await t.test('texts stand in the log as salted digests and beside it as disclosures', async (t) => {
      const { body } = await sequencer.append(recordStatement(CODE, 'Le Cafe\u0301'))
      const { bytes, disclosures } = await reader.entry(Number(body['index']))
      const entry = parseEntry(bytes)
      t.same(entry.sd, disclosures.map(disclosureDigest))
      t.same(disclosures.map((text) => parseDisclosure(text).name).toSorted(), ['/text/en', '/text/zh-CN'])
      t.ok(
        disclosures.some((text) => parseDisclosure(text).value === 'Le Caf\u00e9'),
        'in NFC',
      )
      t.notOk(Buffer.from(bytes).includes('Le Caf'))
      t.notOk(JSON.stringify(body).includes('Le Caf'))
      await isClean(t)
    })

    await t.test('the same request is answered again, and another under its key is refused', async (t) => {
      const first = await sequencer.append(recordStatement(CODE, 'once', idempotencyOf('a', 'key-1')))
      const again = await sequencer.append(recordStatement(CODE, 'once', idempotencyOf('a', 'key-1')))
      t.equal(again.replayed, true)
      t.same({ ...again.body, checkpoint: '' }, { ...first.body, checkpoint: '' })
      await t.rejects(sequencer.append(recordStatement(CODE, 'twice', idempotencyOf('b', 'key-1'))), {
        code: 'idempotency_conflict',
      })
      const [one, two] = await Promise.all([
        sequencer.append(recordStatement(CODE, 'at once', idempotencyOf('c', 'key-2'))),
        sequencer.append(recordStatement(CODE, 'at once', idempotencyOf('c', 'key-2'))),
      ])
      t.same([one.replayed, two.replayed], [false, true], 'also within one batch')
      t.equal(one.body['index'], two.body['index'])
      await isClean(t)
    })

    await t.test('a replay is answered before the guards are judged', async (t) => {
      let isRefused = false
      const command = {
        ...recordStatement(CODE, 'guarded', idempotencyOf('d', 'key-3')),
        judge: () => {
          if (isRefused) throw new AppError('conflict', 'no more')
          return [milestone(CODE, { kind: 'statement' })]
        },
      }
      await sequencer.append(command)
      isRefused = true
      t.equal((await sequencer.append(command)).replayed, true)
    })

    await t.test('a refused command leaves the batch, and nothing of it stays', async (t) => {
      const before = await reader.head()
      const refused = {
        needs: { crises: [CODE] },
        judge: () => [
          milestone(CODE, { kind: 'statement' }),
          // One entry has at most 65,535 bytes.
          milestone(CODE, { kind: 'statement', big: 'x'.repeat(70_000) }),
        ],
      }
      const results = await Promise.allSettled([
        sequencer.append(recordStatement(CODE, 'before')),
        sequencer.append(refused),
        sequencer.append(recordStatement(CODE, 'between')),
        sequencer.append(recordStatement(CODE, 'after')),
      ])
      t.same(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      )
      t.match((results[1] as PromiseRejectedResult).reason, { code: 'entry_refused' })
      t.equal((await reader.head()).size, before.size + 3)
      await isClean(t)
    })

    await t.test('a batch that was sent behind one that the database refuses sees nothing of it', async (t) => {
      const before = await reader.head()
      const streamBefore = (await reader.streamEntries(`crisis:${CODE}`)).length
      let behind: Promise<AppendResult> | undefined
      let seen: number | undefined
      const next: Command = {
        ...recordStatement(CODE, 'behind'),
        judge: (snapshot) => {
          seen = snapshot.stream(`crisis:${CODE}`)?.count
          return [milestone(CODE, { kind: 'statement', saw: snapshot.crisis(CODE)?.state.state ?? '' })]
        },
      }
      const refused = sequencer.append({
        needs: { crises: [CODE] },
        judge: () => {
          // It waits while this one is written, and goes behind it.
          behind ??= sequencer.append(next)
          // A2: there is no such approval, which only COMMIT finds out.
          return [milestone(CODE, { kind: 'acknowledged', approvedBy: 'k_nobody' })]
        },
      })
      await t.rejects(refused, /A2/)
      t.equal((await behind)?.body['index'], before.size)
      t.equal(seen, streamBefore)
      const [entry] = (await reader.streamEntries(`crisis:${CODE}`)).slice(-1)
      t.equal(parseEntry(entry!.bytes).data['saw'], 'suspected', 'the state of a crisis is not that of the refused one')
      await isClean(t)
    })

    await t.test('closing waits for the batch that is being written', async (t) => {
      const slow: Database = {
        ...database,
        transaction: async (beginning, work) => {
          const result = await database.transaction(beginning, work)
          await sleep(50)
          return result
        },
      }
      const other = await openTestLog({ database: slow, dataDir })
      const happened: string[] = []
      let closing: Promise<void> | undefined
      const last = other.sequencer.append({
        needs: { crises: [CODE] },
        judge: () => {
          closing ??= other.close().then(() => void happened.push('closed'))
          return [milestone(CODE, { kind: 'statement' })]
        },
      })
      await last.then(() => happened.push('answered'))
      await closing
      t.same(happened, ['answered', 'closed'])
      await isClean(t)
    })

    await t.test('what is committed is answered once, though the tree cannot be read at first', async (t) => {
      const before = await reader.head()
      // A reader signs what is committed before the writer does, so that the writer asks the tree.
      const readAtOnce: Database = {
        ...database,
        transaction: async (beginning, work) => {
          const result = await database.transaction(beginning, work)
          await reader.checkpoint()
          return result
        },
      }
      let asked = 0
      const other = new Sequencer({
        database: readAtOnce,
        checkpoints: log.checkpoints,
        dueMisses: () => [],
        rootAt: async (size) => {
          if (asked++ === 0) throw new Error('nobody answers')
          return reader.root(size)
        },
      })
      const requests = ['one', 'two'].map((text) => recordStatement(CODE, text, idempotencyOf(text)))
      const results = await Promise.all(requests.map(async (request) => other.append(request)))
      t.ok(asked > 1)
      t.same(
        results.map(({ body }) => body['index']),
        [before.size, before.size + 1],
      )
      t.equal((await reader.head()).size, before.size + 2, 'and written once')
      await isClean(t)
    })

    await t.test('a command may only ask for what it named', async (t) => {
      await t.rejects(
        sequencer.append({ needs: {}, judge: (snapshot) => (snapshot.product('09506000134352') ? [] : []) }),
        /not among the command's needs/,
      )
    })

    await t.test('two streams cannot have one name, nor an entry a stream that was not opened (L5)', async (t) => {
      const opens = { needs: { brands: ['acme'] }, judge: () => [open(), open()] }
      const open = () => ({
        type: 'stream.opened',
        stream: 'ledger',
        actor: { kind: 'operator' },
        data: { opens: 'brand:x' },
      })
      await t.rejects(sequencer.append(opens), /brand:x/)
      await t.rejects(
        sequencer.append({
          needs: { crises: ['CR-ZZZZZZZZ'] },
          judge: () => [milestone('CR-ZZZZZZZZ', { kind: 'statement' })],
        }),
        /has not been opened/,
      )
      await isClean(t)
    })

    await t.test('S4: what is due is written before the next command is judged, and by the timer', async (t) => {
      const due = { at: new Date(Date.now() + 400).toISOString() }
      for (const number of [1, 2]) {
        const code = crisisCode(number)
        await sequencer.append(openCrisis(code))
        await sequencer.append({
          needs: { crises: [code] },
          judge: () => [milestone(code, { kind: 'commitment_made', commitment: { id: 'c-1', due } })],
        })
      }
      t.equal(await writeDueMisses(database.kysely, sequencer), 0)
      await new Promise((resolve) => setTimeout(resolve, 600))
      const { body } = await sequencer.append(recordStatement(crisisCode(1), 'late'))
      t.equal(body['also'], undefined, 'the miss is not an entry of the command')
      t.equal(await writeDueMisses(database.kysely, sequencer), 1, 'the other crisis')
      t.equal(await writeDueMisses(database.kysely, sequencer), 0)
      for (const number of [1, 2]) {
        const entries = await reader.streamEntries(`crisis:${crisisCode(number)}`)
        const third = parseEntry(entries[2]!.bytes)
        t.equal(third.data['kind'], 'commitment_missed')
        t.same(third.actor, { kind: 'system' })
      }
      await isClean(t)
    })
  })
}
