/**
 * The guards of the books ask by keys, whatever they believed of the tables when they were first called: a plan that was
 * made while a table was small is kept as long as the connection.
 */
import { sql } from 'kysely'
import t from 'tap'
import { openOwner, openPostgres } from '../../../server/db/postgres.ts'
import type { Database } from '../../../server/db/database.ts'
import { grantLines } from '../../../server/services/points/grant-lines.ts'
import { openTestDatabase } from '../../support/database.ts'
import { openTestLog } from '../../support/log.ts'
import { PROGRAMME, STAFF, as, openTestProgramme, recordSource, supervision } from '../../support/points.ts'

const TRANCHES = 5_000
/** A grant asks for its tranche, its holder and the like a few times each. */
const FEW = 40

t.test('a grant reads no more rows when there are thousands of them', async (t) => {
  const { url = '', dataDir } = await openTestDatabase(t, 'postgres')
  const owner = openOwner(url)
  // One connection: its plans are made while the tables are small.
  const database = openPostgres(url, 1)
  const log = await openTestLog({ database, dataDir })
  t.teardown(async () => {
    await log.close()
    await database.close()
    await owner.destroy()
  })
  const holders = (await openTestProgramme(log, database, [supervision({ rule: 'direct' })], 400)).map(({ id }) => id)
  const grant = async (count: number): Promise<void> => {
    const source = await recordSource(log)
    const lines = holders.slice(0, count).map((holder, line) => ({ line, grant: { rule: 'direct', source, holder } }))
    const { results } = await grantLines(log.sequencer, as(STAFF), PROGRAMME, lines)
    t.ok(
      results.every(({ result }) => result === 'granted'),
      `${count} granted`,
    )
  }
  for (let time = 0; time < 8; time++) await grant(1)
  await grant(holders.length)
  await sql`
    INSERT INTO tranche (grant_index, holder, remaining)
    SELECT 1000000 + number, ${holders[0]!}, 0 FROM generate_series(1, ${TRANCHES}::int) AS _ (number)`.execute(owner)
  const before = await rowsRead(database)
  await grant(1)
  const after = await rowsRead(database)
  for (const [table, rows] of after) {
    const read = rows - (before.get(table) ?? 0)
    t.ok(read <= FEW, `${read} rows read of ${table}`)
  }
})

/** How many rows the connection's statements have read so far, from tables and from their indexes. */
async function rowsRead({ kysely }: Database): Promise<Map<string, number>> {
  await sql`SELECT pg_stat_force_next_flush()`.execute(kysely)
  const { rows } = await sql<{ name: string; read: number }>`
    SELECT t.relname AS name, (t.seq_tup_read + coalesce(sum(i.idx_tup_read), 0))::int8 AS read
    FROM pg_stat_user_tables t LEFT JOIN pg_stat_user_indexes i USING (relid)
    WHERE t.relname IN ('account', 'tranche', 'holder', 'holder_secret', 'point_grant')
    GROUP BY t.relid, t.relname, t.seq_tup_read`.execute(kysely)
  return new Map(rows.map(({ name, read }) => [name, read]))
}
