import t from 'tap'
import type { Anchor, ChainAnswers } from '../../../ledger/anchor.ts'
import { formatBundle } from '../../../ledger/bundle.ts'
import { utf8 } from '../../../ledger/bytes.ts'
import { formatHeads } from '../../../ledger/heads.ts'
import { formatLogId, logId } from '../../../ledger/log-id.ts'
import { verifyBundle } from '../../../ledger/verify.ts'
import type { Database } from '../../../server/db/database.ts'
import { HeadsTrees } from '../../../server/services/anchoring/heads-tree.ts'
import { buildBundle } from '../../../server/services/log/bundle.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import {
  CHAIN_ID,
  CONTRACT,
  ORIGIN,
  crisisCode,
  openBrand,
  openCrisis,
  openTestLog,
  recordStatement,
} from '../../support/log.ts'

const STREAM = `crisis:${crisisCode(0)}`
const LOG_ID = formatLogId(logId({ origin: ORIGIN, chainId: CHAIN_ID, contract: CONTRACT }))

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir })
    const heads = new HeadsTrees(database.kysely)
    t.teardown(async () => {
      await heads.close()
      await log.close()
    })
    const source = { database, checkpoints: log.checkpoints, heads }
    const say = async (number: number, times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await log.sequencer.append(recordStatement(crisisCode(number), `${number} ${i}`))
    }
    await log.sequencer.append(openBrand())
    await log.sequencer.append(openCrisis(crisisCode(0)))
    await log.sequencer.append(openCrisis(crisisCode(1)))

    await t.test(
      'before the first anchor a bundle has no heads and no anchors, and its entries are pending',
      async (t) => {
        const bundle = await buildBundle(source, STREAM)
        t.equal(bundle.heads, undefined)
        t.same(bundle.anchors, [])
        const report = verifyBundle(utf8(formatBundle(bundle)), { logId: LOG_ID, allowTestChain: true })
        t.not(report.verdict, 'verified')
        t.not(report.verdict, 'mismatch')
      },
    )

    await t.test('a bundle has the anchors around its entries and verifies', async (t) => {
      await say(0, 3)
      const anchors: Anchor[] = []
      for (let round = 0; round < 5; round++) {
        anchors.push(await anchor(database, log, heads))
        // Only the other crisis speaks between the second and the fourth anchor.
        if (round === 0) await say(0, 2)
        await say(1, 3)
      }
      const bundle = await buildBundle(source, STREAM)
      t.same(
        bundle.anchors.map(({ size }) => size),
        [0, 1, 4].map((i) => anchors[i]!.size),
        'the first over each entry, the last before it, and the newest',
      )
      const report = verifyBundle(utf8(formatBundle(bundle)), {
        logId: LOG_ID,
        allowTestChain: true,
        chain: answersOf(anchors),
      })
      t.equal(report.verdict, 'verified', JSON.stringify(report.checks.filter(({ ok }) => ok !== 'held')))
      await say(0, 1)
      const later = verifyBundle(utf8(formatBundle(await buildBundle(source, STREAM))), {
        logId: LOG_ID,
        allowTestChain: true,
        chain: answersOf(anchors),
      })
      t.equal(later.verdict, 'pending', 'an entry after the newest anchor')
    })

    await t.test('bundles that are built while others write are each of one moment', async (t) => {
      const writing = say(0, 40)
      for (let i = 0; i < 10; i++) {
        const bundle = await buildBundle(source, STREAM)
        const report = verifyBundle(utf8(formatBundle(bundle)), { logId: LOG_ID, allowTestChain: true })
        t.not(report.verdict, 'mismatch')
      }
      await writing
    })

    await t.test('a stream that is not there has no bundle', async (t) => {
      await t.rejects(buildBundle(source, 'crisis:CR-ZZZZZZZZ'), { code: 'not_found' })
    })
  })
}

/** Anchors the log on a chain of our imagination: the heads entry, and the row that a confirmed transaction leaves. */
async function anchor(database: Database, log: Log, heads: HeadsTrees): Promise<Anchor> {
  const { size: below } = await log.reader.head()
  const data = formatHeads({ size: below, ...(await heads.root(below)) })
  await log.sequencer.append({
    needs: {},
    judge: () => [{ type: 'ledger.heads', stream: 'ledger', actor: { kind: 'system' }, data }],
  })
  const { size, root } = await log.reader.head()
  const row = { size, root, transaction: `0x${'ab'.repeat(32)}`, block: size, timestamp: Math.ceil(Date.now() / 1000) }
  await database.kysely
    .insertInto('anchor')
    .values({ chain_id: CHAIN_ID, contract: CONTRACT, ...row })
    .execute()
  return { chainId: CHAIN_ID, contract: CONTRACT, ...row }
}

function answersOf(anchors: readonly Anchor[]): ChainAnswers {
  return {
    chainId: CHAIN_ID,
    contract: CONTRACT,
    origin: ORIGIN,
    latest: anchors.at(-1),
    first: anchors[0],
    asked: anchors.map(({ size }) => size),
    anchors: [...anchors],
  }
}
