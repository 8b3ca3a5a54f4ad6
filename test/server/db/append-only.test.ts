import { sql } from 'kysely'
import t from 'tap'
import { sqlState } from '../../../server/db/session.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { crisisCode, openBrand, openCrisis, openTestLog, recordStatement } from '../../support/log.ts'

const LOG_TABLES = ['entry', 'tile', 'checkpoint', 'log_key', 'log_contract', 'verifier_file']
const INSUFFICIENT_PRIVILEGE = '42501'

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir, url } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir })
    t.teardown(async () => log.close())
    await log.sequencer.append(openBrand())
    await log.sequencer.append(openCrisis(crisisCode(0)))
    await log.sequencer.append(recordStatement(crisisCode(0), 'said'))

    const stateOf = async (statement: string, kysely = database.kysely): Promise<string | undefined> => {
      try {
        await sql.raw(statement).execute(kysely)
        return undefined
      } catch (error) {
        return sqlState(error)
      }
    }
    const attacks = LOG_TABLES.flatMap((table) => [
      `UPDATE ${table} SET ${table === 'entry' ? 'seq = seq' : table === 'tile' ? 'level = level' : table === 'checkpoint' ? 'size = size' : 'entry_index = entry_index'}`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ])

    await t.test('the service may not change or take out what is in the log', async (t) => {
      for (const attack of [...attacks, 'DELETE FROM log_head', `UPDATE log_head SET origin = 'other'`]) {
        t.equal(await stateOf(attack), INSUFFICIENT_PRIVILEGE, attack)
      }
      t.equal(await stateOf('DELETE FROM stream'), INSUFFICIENT_PRIVILEGE)
      t.equal(await stateOf('ALTER TABLE entry DISABLE TRIGGER ALL'), INSUFFICIENT_PRIVILEGE)
    })

    await t.test('the owner of the tables is stopped by triggers', async (t) => {
      const owner = url === undefined ? undefined : openOwner(url)
      if (owner === undefined) await sql`RESET ROLE`.execute(database.kysely)
      const kysely = owner ?? database.kysely
      for (const attack of [...attacks, 'DELETE FROM log_head', 'TRUNCATE log_head']) {
        t.equal(await stateOf(attack, kysely), INSUFFICIENT_PRIVILEGE, attack)
      }
      t.equal(await stateOf('UPDATE log_head SET size = size - 1', kysely), '23000', 'the log only grows')
      t.equal(
        await stateOf(`UPDATE log_head SET last_recorded_at = last_recorded_at - interval '1 s'`, kysely),
        '23000',
        'time does not run backward',
      )
      if (owner === undefined) await sql`SET ROLE trust_ledger_app`.execute(database.kysely)
      await owner?.destroy()
    })

    await t.test('the database refuses an entry whose leaf hash is not that of its bytes', async (t) => {
      t.equal(await stateOf(`INSERT INTO entry VALUES (99, 'ledger', 99, '\\x7b7d', sha256('\\x7b7d'))`), '23514')
      t.equal(await stateOf(`INSERT INTO entry VALUES (99, 'other', 99, '\\x7b7d', sha256('\\x007b7d'))`), '23514')
      t.equal(await stateOf(`INSERT INTO entry VALUES (0, 'ledger', 99, '\\x7b7d', sha256('\\x007b7d'))`), '23505')
    })
  })
}
