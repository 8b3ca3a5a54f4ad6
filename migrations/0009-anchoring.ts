/**
 * Anchoring: what is meant to be sent, written before it is sent; what the chain has confirmed; which instance works;
 * and settings that instances share. None of it is part of the log: the chain and the log are the authority, and a
 * reorganised chain takes anchors away.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // One row for each signed transaction. Rows of one nonce are attempts at different fees: at most one of them is mined.
  // `proof` leads from `from_size`, the contract's newest size when it was signed, to `size`; it is empty for the first.
  await sql`
    CREATE TABLE anchor_intent (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      chain_id bigint NOT NULL,
      contract text NOT NULL,
      size bigint NOT NULL CHECK (size >= 1),
      root bytea NOT NULL CHECK (octet_length(root) = 32),
      from_size bigint NOT NULL CHECK (from_size >= 0 AND from_size < size),
      proof bytea NOT NULL CHECK (octet_length(proof) % 32 = 0),
      nonce bigint NOT NULL CHECK (nonce >= 0),
      transaction text NOT NULL CHECK (transaction ~ '^0x[0-9a-f]{64}$'),
      raw text NOT NULL,
      max_fee_per_gas numeric NOT NULL,
      max_priority_fee_per_gas numeric NOT NULL,
      state text NOT NULL CHECK (state IN ('prepared', 'sent', 'mined', 'confirmed', 'replaced', 'failed')),
      block bigint,
      error text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (chain_id, transaction)
    )`.execute(db)
  await sql`
    CREATE INDEX anchor_intent_open ON anchor_intent (nonce, id)
    WHERE state IN ('prepared', 'sent', 'mined')`.execute(db)
  await sql`
    CREATE TABLE anchor (
      chain_id bigint NOT NULL,
      contract text NOT NULL,
      size bigint NOT NULL CHECK (size >= 1),
      root bytea NOT NULL CHECK (octet_length(root) = 32),
      transaction text NOT NULL CHECK (transaction ~ '^0x[0-9a-f]{64}$'),
      block bigint NOT NULL,
      timestamp bigint NOT NULL,
      PRIMARY KEY (chain_id, contract, size)
    )`.execute(db)
  await sql`CREATE TABLE lease (name text PRIMARY KEY, holder text NOT NULL, expires_at timestamptz NOT NULL)`.execute(
    db,
  )
  await sql`CREATE TABLE setting (name text PRIMARY KEY, value jsonb NOT NULL)`.execute(db)
  await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON anchor_intent, anchor, lease, setting TO trust_ledger_app`.execute(
    db,
  )
}
