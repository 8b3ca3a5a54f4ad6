import t from 'tap'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import { postGrant, reverseGrant, voidGrant } from '../../../server/services/points/resolve-grant.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { openTestLog } from '../../support/log.ts'
import { PROGRAMME, indexOf, once, openTestProgramme, recordSource, supervision } from '../../support/points.ts'

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir, onError: (error) => t.comment(String(error)) })
    t.teardown(async () => log.close())
    const rules = [supervision({ rule: 'direct' }), supervision({ rule: 'waits', pendingDays: 7 })]
    const [holder] = await openTestProgramme(log, database, rules, 3)
    const source = await recordSource(log)
    const direct = await log.sequencer.append(
      grantPoints(once(), PROGRAMME, { rule: 'direct', source, holder: holder!.id }),
    )
    t.equal(direct.status, 201)
    const pending = await log.sequencer.append(
      grantPoints(once(), PROGRAMME, { rule: 'waits', source, holder: holder!.id }),
    )
    const place = { index: indexOf(pending), programme: PROGRAMME, holder: holder!.id }
    await log.sequencer.append(postGrant(once(), place))
    await t.rejects(log.sequencer.append(voidGrant(once(), place)), { code: 'grant_not_pending' })
    await log.sequencer.append(reverseGrant(once(), place, 'duplicate', 4))
    await t.rejects(
      log.sequencer.append(grantPoints(once(), PROGRAMME, { rule: 'direct', source, holder: holder!.id })),
      { code: 'grant_exists' },
    )
    const [account] = await database.kysely.selectFrom('account').selectAll().where('holder', '=', holder!.id).execute()
    t.match(account, { available: 16, pending: 0, held: 0, version: 5 })
    t.same((await checkLog(database)).problems, [])
  })
}
