/**
 * The rows of anchoring: intents (what we signed and what became of it) and anchors (what the chain confirmed). An
 * intent is written before its transaction is sent, so that whoever comes after a crash knows what may be under way.
 */
import { sql } from 'kysely'
import type { Kysely, RawBuilder, Selectable } from 'kysely'
import type { Anchor } from '../../../ledger/anchor.ts'
import { concat } from '../../../ledger/bytes.ts'
import { HASH_BYTES } from '../../../ledger/hash.ts'
import type { Attempt, PreparedTransaction } from '../../chain/transaction.ts'
import type { Tables } from '../../db/tables.ts'

/** prepared → sent → mined → confirmed; replaced: another attempt won; failed: it can never be mined. */
export type IntentState = Tables['anchor_intent']['state']

/** What is signed. `proof`: RFC 9162 consistency from `fromSize`, the contract's newest size then (0: none). */
export type NewIntent = {
  chainId: number
  contract: string
  size: number
  root: Uint8Array
  fromSize: number
  proof: readonly Uint8Array[]
  signed: PreparedTransaction
}

/** `ageMs`: since it was signed, `idleMs`: since it last changed its state; by the clock of the database. */
export type Intent = NewIntent & { id: number; state: IntentState; error: string | null; ageMs: number; idleMs: number }

/** The signed transactions whose outcome is open, by nonce, older attempts first. */
export async function readOpenIntents(kysely: Kysely<Tables>): Promise<Intent[]> {
  const rows = await kysely
    .selectFrom('anchor_intent')
    .selectAll()
    .select([millisecondsSince('created_at').as('age_ms'), millisecondsSince('updated_at').as('idle_ms')])
    .where('state', 'in', ['prepared', 'sent', 'mined'])
    .orderBy('nonce')
    .orderBy('id')
    .execute()
  return rows.map(intentOf)
}

function millisecondsSince(column: 'created_at' | 'updated_at'): RawBuilder<number> {
  return sql<number>`(extract(epoch FROM clock_timestamp() - ${sql.ref(column)}) * 1000)::bigint`
}

/** What was ever signed for a nonce and may still wait in the chain's pool: the next attempt must outbid all of it. */
export async function readAttempts(
  kysely: Kysely<Tables>,
  { chainId, contract, nonce }: { chainId: number; contract: string; nonce: number },
): Promise<Attempt[]> {
  const rows = await kysely
    .selectFrom('anchor_intent')
    .select(['nonce', 'max_fee_per_gas', 'max_priority_fee_per_gas'])
    .where('chain_id', '=', chainId)
    .where('contract', '=', contract)
    .where('nonce', '=', nonce)
    .execute()
  return rows.map((row) => ({
    nonce: row.nonce,
    maxFeePerGas: BigInt(row.max_fee_per_gas),
    maxPriorityFeePerGas: BigInt(row.max_priority_fee_per_gas),
  }))
}

/**
 * Writes a signed transaction down, in state prepared, and gives its id. Signing gives the same bytes for the same anchor
 * and fee: then the row of these bytes opens again.
 */
export async function insertIntent(kysely: Kysely<Tables>, intent: NewIntent): Promise<number> {
  const { id } = await kysely
    .insertInto('anchor_intent')
    .values({
      chain_id: intent.chainId,
      contract: intent.contract,
      size: intent.size,
      root: intent.root,
      from_size: intent.fromSize,
      proof: concat(...intent.proof),
      nonce: intent.signed.nonce,
      transaction: intent.signed.hash,
      raw: intent.signed.raw,
      max_fee_per_gas: intent.signed.maxFeePerGas.toString(),
      max_priority_fee_per_gas: intent.signed.maxPriorityFeePerGas.toString(),
      state: 'prepared',
    })
    .onConflict((conflict) =>
      conflict
        .columns(['chain_id', 'transaction'])
        .doUpdateSet({ state: 'prepared', error: null, updated_at: sql`clock_timestamp()` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Moves intents to another state. `error`: why, for the operator. */
export async function moveIntents(
  kysely: Kysely<Tables>,
  ids: readonly number[],
  state: IntentState,
  { block, error }: { block?: number; error?: string } = {},
): Promise<void> {
  if (ids.length === 0) return
  await kysely
    .updateTable('anchor_intent')
    .set({ state, block: block ?? null, error: error ?? null, updated_at: sql`clock_timestamp()` })
    .where('id', 'in', ids)
    .execute()
}

/** The anchors with size < before (default: all), the newest first, at most `limit`. */
export async function readAnchors(
  kysely: Kysely<Tables>,
  { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number; limit: number },
): Promise<Anchor[]> {
  const rows = await kysely
    .selectFrom('anchor')
    .selectAll()
    .where('size', '<', before)
    .orderBy('size', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ chain_id: chainId, ...anchor }) => ({ chainId, ...anchor, root: new Uint8Array(anchor.root) }))
}

/** The newest anchor. */
export async function findNewestAnchor(kysely: Kysely<Tables>): Promise<Anchor | undefined> {
  return (await readAnchors(kysely, { limit: 1 }))[0]
}

/** Writes down what the chain confirmed; the same anchor a second time changes nothing. */
export async function insertAnchor(kysely: Kysely<Tables>, { chainId, ...anchor }: Anchor): Promise<void> {
  await kysely
    .insertInto('anchor')
    .values({ chain_id: chainId, ...anchor })
    .onConflict((conflict) => conflict.columns(['chain_id', 'contract', 'size']).doNothing())
    .execute()
}

/**
 * Takes an anchor back that the chain does not have any more, and opens its transactions again: they may be mined once
 * more as they are.
 */
export async function takeBackAnchor(kysely: Kysely<Tables>, { chainId, contract, size }: Anchor): Promise<void> {
  await kysely.transaction().execute(async (transaction) => {
    await transaction
      .deleteFrom('anchor')
      .where('chain_id', '=', chainId)
      .where('contract', '=', contract)
      .where('size', '=', size)
      .execute()
    await transaction
      .updateTable('anchor_intent')
      .set({ state: 'prepared', block: null, error: 'taken back by the chain', updated_at: sql`clock_timestamp()` })
      .where('chain_id', '=', chainId)
      .where('contract', '=', contract)
      .where('size', '=', size)
      .where('state', '=', 'confirmed')
      .execute()
  })
}

function intentOf(row: Selectable<Tables['anchor_intent']> & { age_ms: number; idle_ms: number }): Intent {
  return {
    id: row.id,
    chainId: row.chain_id,
    contract: row.contract,
    size: row.size,
    root: new Uint8Array(row.root),
    fromSize: row.from_size,
    proof: hashesOf(row.proof),
    signed: {
      hash: row.transaction,
      raw: row.raw,
      nonce: row.nonce,
      maxFeePerGas: BigInt(row.max_fee_per_gas),
      maxPriorityFeePerGas: BigInt(row.max_priority_fee_per_gas),
    },
    state: row.state,
    error: row.error,
    ageMs: row.age_ms,
    idleMs: row.idle_ms,
  }
}

function hashesOf(bytes: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(new Uint8Array(bytes.subarray(at, at + HASH_BYTES)))
  return hashes
}
