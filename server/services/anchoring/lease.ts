/**
 * Who of many instances does a thing that only one may do. A lease is a row with an end, judged by the database's clock
 * alone: the clocks of the instances do not matter. Whoever holds it must renew it; whoever lost it stops.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'

/** `holder`: a name that no other instance uses; `seconds`: for how long it holds unless renewed. */
export type Lease = { name: string; holder: string; seconds: number }

/** Takes the lease when it is free, ours or expired, for `seconds` from now. Whether we hold it afterwards. */
export async function takeLease(kysely: Kysely<Tables>, { name, holder, seconds }: Lease): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO lease (name, holder, expires_at)
    VALUES (${name}, ${holder}, clock_timestamp() + make_interval(secs => ${seconds}))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
    WHERE lease.holder = excluded.holder OR lease.expires_at <= clock_timestamp()
    RETURNING holder`.execute(kysely)
  return rows.length === 1
}

/**
 * Whether we hold the lease at this moment. Within a transaction the row stays locked until it ends, so that nobody else
 * takes the lease before what we write under it is there.
 */
export async function holdsLease(kysely: Kysely<Tables>, { name, holder }: Lease): Promise<boolean> {
  const { rows } = await sql`
    SELECT holder FROM lease
    WHERE name = ${name} AND holder = ${holder} AND expires_at > clock_timestamp()
    FOR UPDATE`.execute(kysely)
  return rows.length === 1
}

/** Gives the lease back at once, so that no other instance waits for its end. */
export async function dropLease(kysely: Kysely<Tables>, { name, holder }: Lease): Promise<void> {
  await sql`UPDATE lease SET expires_at = clock_timestamp() WHERE name = ${name} AND holder = ${holder}`.execute(kysely)
}
