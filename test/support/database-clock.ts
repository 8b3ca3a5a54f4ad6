/**
 * A clock of the database that a test sets. The service asks PostgreSQL for the time by `clock_timestamp()`, and when a
 * transaction began by `transaction_timestamp()`; functions of these names in a schema before pg_catalog answer instead,
 * in this one database and for every connection that is opened after. The program under test is the one that runs in production: it knows nothing of this.
 */
import { execute } from './postgres.ts'

const SCHEMA = 'test_clock'

/** Lets a test database's clock be moved. Connections that are open already keep the real one. */
export async function installDatabaseClock(url: string): Promise<void> {
  await execute(
    url,
    `CREATE SCHEMA ${SCHEMA};
     CREATE TABLE ${SCHEMA}.ahead (ms bigint NOT NULL);
     INSERT INTO ${SCHEMA}.ahead VALUES (0);
     ${shifted('clock_timestamp')}
     ${shifted('transaction_timestamp')}
     GRANT USAGE ON SCHEMA ${SCHEMA} TO trust_ledger_app;
     GRANT SELECT ON ${SCHEMA}.ahead TO trust_ledger_app;
     DO $$ BEGIN
       EXECUTE format('ALTER DATABASE %I SET search_path = ${SCHEMA}, pg_catalog, public', current_database());
     END $$`,
  )
}

/** One of PostgreSQL's functions that tell the time. */
const shifted = (name: string): string => `
     CREATE FUNCTION ${SCHEMA}.${name}() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER AS
       $$ SELECT pg_catalog.${name}() + (SELECT ms FROM ${SCHEMA}.ahead) * interval '1 millisecond' $$;`

/** Sets the database's clock this far ahead of the machine's, in milliseconds; negative: behind. */
export async function setDatabaseClock(url: string, aheadMs: number): Promise<void> {
  await execute(url, `UPDATE ${SCHEMA}.ahead SET ms = ${aheadMs}`)
}
