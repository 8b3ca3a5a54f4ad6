/**
 * Brings a database to the latest migration. The list is written out, so that what runs is what is imported here, on
 * every file system and in every order of directory entries.
 */
import { Migrator } from 'kysely/migration'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { AppError } from '../errors.ts'
import { sqlState } from './session.ts'
import * as appRole from '../../migrations/0001-app-role.ts'
import * as log from '../../migrations/0002-log.ts'
import * as disclosures from '../../migrations/0003-disclosures.ts'
import * as idempotency from '../../migrations/0004-idempotency.ts'
import * as streams from '../../migrations/0005-streams.ts'
import * as products from '../../migrations/0006-products.ts'
import * as crises from '../../migrations/0007-crises.ts'
import * as keys from '../../migrations/0008-keys.ts'
import * as anchoring from '../../migrations/0009-anchoring.ts'
import * as programmes from '../../migrations/0010-programmes.ts'
import * as transfers from '../../migrations/0011-transfers.ts'
import * as grants from '../../migrations/0012-grants.ts'
import * as screenCodes from '../../migrations/0013-screen-codes.ts'
import * as rewards from '../../migrations/0014-rewards.ts'
import * as proposals from '../../migrations/0015-proposals.ts'
import * as ballots from '../../migrations/0016-ballots.ts'
import * as liabilities from '../../migrations/0017-liabilities.ts'
import * as clocks from '../../migrations/0020-clocks.ts'
import * as erasures from '../../migrations/0022-erasures.ts'
import * as approvals from '../../migrations/0025-approvals.ts'
import * as orderRules from '../../migrations/0034-order-rules.ts'
import * as holderNotes from '../../migrations/0037-holder-notes.ts'
import * as endsOfGrants from '../../migrations/0042-ends-of-grants.ts'
import * as contactErasures from '../../migrations/0044-contact-erasures.ts'
import * as tokensUntilFrozen from '../../migrations/0045-tokens-until-frozen.ts'
import * as verifierFiles from '../../migrations/0046-verifier-files.ts'

/** Every migration by its name; names ascend. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-app-role': appRole,
  '0002-log': log,
  '0003-disclosures': disclosures,
  '0004-idempotency': idempotency,
  '0005-streams': streams,
  '0006-products': products,
  '0007-crises': crises,
  '0008-keys': keys,
  '0009-anchoring': anchoring,
  '0010-programmes': programmes,
  '0011-transfers': transfers,
  '0012-grants': grants,
  '0013-screen-codes': screenCodes,
  '0014-rewards': rewards,
  '0015-proposals': proposals,
  '0016-ballots': ballots,
  '0017-liabilities': liabilities,
  '0020-clocks': clocks,
  '0022-erasures': erasures,
  '0025-approvals': approvals,
  '0034-order-rules': orderRules,
  '0037-holder-notes': holderNotes,
  '0042-ends-of-grants': endsOfGrants,
  '0044-contact-erasures': contactErasures,
  '0045-tokens-until-frozen': tokensUntilFrozen,
  '0046-verifier-files': verifierFiles,
}

/**
 * Runs what is pending, all or nothing, under a lock of the database.
 *
 * @param db a connection of the owner of the tables
 * @returns the names of the migrations that were run
 */
export async function migrate<T>(db: Kysely<T>): Promise<string[]> {
  const { error, results } = await migratorOf(db).migrateToLatest()
  if (error !== undefined) throw error
  await sql`GRANT SELECT ON kysely_migration TO trust_ledger_app`.execute(db)
  return (results ?? []).map((result) => result.migrationName)
}

/** The names of the migrations that have not been run. Reads only. */
export async function pendingMigrations<T>(db: Kysely<T>): Promise<string[]> {
  const table = await sql<{ found: boolean }>`SELECT to_regclass('kysely_migration') IS NOT NULL AS found`.execute(db)
  if (table.rows[0]?.found !== true) return Object.keys(MIGRATIONS)
  const done = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(db)
  const names = new Set(done.rows.map((row) => row.name))
  return Object.keys(MIGRATIONS).filter((name) => !names.has(name))
}

/**
 * Makes sure that the owner has prepared the database for this program. Asked by the service, which may not do it.
 *
 * @throws AppError not_migrated
 */
export async function assertMigrated<T>(db: Kysely<T>): Promise<void> {
  const problem = await pendingMigrations(db).then(
    (pending) => (pending.length === 0 ? undefined : `pending: ${pending.join(', ')}`),
    (error: unknown) => {
      if (ROLE_REFUSED.has(sqlState(error) ?? '')) return (error as Error).message
      throw error
    },
  )
  if (problem !== undefined) {
    throw new AppError(
      'not_migrated',
      `The database is not ready for the service (${problem}). Run npm run migrate, with DATABASE_URL as the service has it.`,
    )
  }
}

/** There is no such role, or the login may not take it. */
const ROLE_REFUSED = new Set(['22023', '42501'])

function migratorOf<T>(db: Kysely<T>): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
}
