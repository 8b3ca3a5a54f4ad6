/** Claims: what a programme owes is stated before each anchor, every holder is in it, and it is stated once. */
import t from 'tap'
import { parseBase64url } from '../../../ledger/bytes.ts'
import { balanceCommitment, verifyBalance } from '../../../ledger/liabilities.ts'
import { openDatabase } from '../../../server/db/database.ts'
import { checkLiabilities } from '../../../server/services/fsck/check-liabilities.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { LiabilitiesTrees } from '../../../server/services/points/liabilities-tree.ts'
import { readLiabilities, readRoots } from '../../../server/services/points/liability-store.ts'
import { openHolders } from '../../../server/services/points/open-holders.ts'
import { openProgramme } from '../../../server/services/points/open-programme.ts'
import { publishLiabilities } from '../../../server/services/points/publish-liabilities.ts'
import { publishReward } from '../../../server/services/points/publish-reward.ts'
import { redeemReward } from '../../../server/services/points/redeem-reward.ts'
import { renewViewCode } from '../../../server/services/points/renew-view-code.ts'
import { BRAND, openTestLog } from '../../support/log.ts'
import { PROGRAMME, TERMS, confirmAnchor, once } from '../../support/points.ts'
import { execute } from '../../support/postgres.ts'
import { holderRequest, openSpending, ranchVisit } from './spending.ts'
import type { Spending } from './spending.ts'

t.setTimeout(600_000)

const trees = new LiabilitiesTrees()
t.teardown(async () => await trees.close())

const publish = async ({ database, log }: Spending): Promise<number> =>
  await publishLiabilities({ database, appender: log.sequencer, trees })

/** The newest root and its leaves, each verified by the core. */
async function readVerified({ database }: Spending, programme = PROGRAMME) {
  const [root] = await readRoots(database.kysely, programme, 1)
  if (root === undefined) throw new Error('there is no root')
  const kept = () => readLiabilities(database.kysely, { programme, root: root.root })
  const rows = []
  for await (const page of kept()) rows.push(...page)
  for (const [index, { holder: _, ...leaf }] of rows.entries()) {
    const path = await trees.proof({ programme, root: root.root, position: index }, kept)
    const { leaves, sum } = root
    verifyBalance({ ...leaf, programme, index, leaves, path, root: parseBase64url(root.root), sum })
  }
  return { root, rows }
}

t.test('every holder is counted, those without points too, under a commitment of their own', async (t) => {
  const spending = await openSpending(t, 5)
  const { holders, database, log } = spending
  for (const [i, holder] of holders.slice(0, 3).entries()) await spending.grant(holder, i + 1)
  t.equal(await publish(spending), 1)
  const { root, rows } = await readVerified(spending)
  t.equal(root.sum, 60)
  t.equal(root.leaves, 5)
  for (const { id, viewCode } of holders) {
    const row = rows.find(({ holder }) => holder === id)
    t.equal(row?.commitment, balanceCommitment(viewCode, PROGRAMME))
  }

  await t.test('nothing is stated where no balance changed', async (t) => {
    t.equal(await publish(spending), 0)
    const reward = ranchVisit(spending)
    await log.sequencer.append(publishReward(once(), PROGRAMME, reward))
    await log.sequencer.append(redeemReward(holderRequest(holders[2]!), reward.reward))
    t.equal(await publish(spending), 0, 'held points are owed as before')
  })

  await t.test(
    'salts and order are new; the leaves of the newest two roots are kept once they are anchored',
    async (t) => {
      await confirmAnchor(database)
      await spending.grant(holders[4]!, 1)
      t.equal(await publish(spending), 1)
      await confirmAnchor(database)
      await spending.grant(holders[4]!, 1)
      t.equal(await publish(spending), 1)
      const { rows: newer } = await readVerified(spending)
      t.equal(new Set([...rows, ...newer].map(({ salt }) => salt)).size, 10)
      const kept = await database.kysely.selectFrom('liability').select('root').distinct().execute()
      t.equal(kept.length, 2)
      t.equal((await checkLiabilities(database)).outcome, 'held')
    },
  )

  await t.test('a renewed view code asks for a new root with its commitment', async (t) => {
    const { viewCode } = await renewViewCode(database, { kind: 'spend', code: holders[0]!.spendCode })
    t.equal(await publish(spending), 1)
    const { rows: renewed } = await readVerified(spending)
    const row = renewed.find(({ holder }) => holder === holders[0]!.id)
    t.equal(row?.commitment, balanceCommitment(viewCode, PROGRAMME))
    t.equal(await publish(spending), 0)
  })

  await t.test('each programme has its own root', async (t) => {
    const programme = { id: 'other', name: { 'zh-CN': '另一个', en: 'Another' }, original: 'en', terms: TERMS } as const
    await log.sequencer.append(openProgramme(once(), BRAND, programme))
    t.equal(await publish(spending), 0, 'without holders there is nothing to owe')
    await log.sequencer.append(openHolders(once(), 'other', { count: 2 }).command)
    await spending.grant(holders[1]!, 1)
    t.equal(await publish(spending), 2)
    t.equal((await readVerified(spending, 'other')).root.sum, 0)
    t.equal((await readVerified(spending)).root.sum, 90)
  })

  await t.test('a balance that the transfers do not lead to stops the statement', async (t) => {
    await spending.grant(holders[1]!, 1)
    await execute(spending.url, `UPDATE account SET available = available + 1 WHERE holder = '${holders[1]!.id}'`)
    await t.rejects(publish(spending), /P1/)
    await execute(spending.url, `UPDATE account SET available = available - 1 WHERE holder = '${holders[1]!.id}'`)
    t.equal(await publish(spending), 1)
  })

  await t.test('fsck names a leaf that was changed', async (t) => {
    t.equal((await checkLiabilities(database)).outcome, 'held')
    await execute(spending.url, `UPDATE liability SET balance = balance + 1 WHERE holder = '${holders[1]!.id}'`)
    t.equal((await checkLiabilities(database)).outcome, 'failed')
    await execute(spending.url, `UPDATE liability SET balance = balance - 1 WHERE holder = '${holders[1]!.id}'`)
  })
  t.same((await checkLog(database)).problems, [])

  await t.test('BT4: of one root no two holders have one leaf, whoever writes it', async (t) => {
    const late = openHolders(once(), PROGRAMME, {})
    await log.sequencer.append(late.command)
    const [leaf] = await database.kysely.selectFrom('liability').selectAll().execute()
    const second = { ...leaf!, holder: late.holders[0]!.id, position: 5 }
    const insert = database.kysely.insertInto('liability').values(second).execute()
    await t.rejects(insert, /liability_programme_root_commitment_key/)
  })
})

t.test('two instances at once state it once', async (t) => {
  const spending = await openSpending(t, 20)
  const { url, holders } = spending
  const database = await openDatabase({ url, dataDir: '.' })
  const log = await openTestLog({ database, dataDir: t.testdir() })
  t.teardown(async () => {
    await log.close()
    await database.close()
  })
  for (let round = 0; round < 5; round++) {
    await spending.grant(holders[round]!, 1)
    const written = await Promise.all([publish(spending), publish({ ...spending, database, log })])
    t.equal(written[0] + written[1], 1)
    t.equal((await readVerified(spending)).root.sum, 10 * (round + 1))
  }
  t.equal((await readRoots(database.kysely, PROGRAMME, 100)).length, 5)
})
