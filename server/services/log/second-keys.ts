/**
 * What the log must know of a second person's approval, read under its lock only for commands that may need one: the
 * reviewers of the brand in force, and the approval that the request names. A batch uses an approval once (A2); the
 * database says so again (migrations/0034-order-rules.ts).
 */
import { hex, parseHex } from '../../../ledger/bytes.ts'
import type { Session, Statement } from '../../db/session.ts'
import type { Command, KeyRow } from './command.ts'
import type { LogSnapshot } from './snapshot.ts'

export type ApprovalRow = {
  id: string
  /** HMAC-SHA-256 over what was approved, 32 bytes. */
  tag: Uint8Array
  keyId: string
  brand: string
  /** Milliseconds since 1970. */
  expiresAt: number
  usedIndex: number | null
}

/** `crisis`: the code of the crisis whose brand's reviewers are counted. `approval`: the id that the request names. */
export type SecondKeyNeeds = { readonly crisis: string; readonly approval?: string }

const READ: Statement = {
  name: 'second-keys-read',
  text: `
    SELECT
      (SELECT json_agg(json_build_array(k.id, k.role, k.brand, k.public_key, k.opened_index, k.revoked_index))
        FROM crisis c JOIN admin_key k ON k.brand = c.brand AND k.role = 'reviewer' AND k.revoked_index IS NULL
        WHERE c.code = ANY ($1::text[])) AS reviewers,
      (SELECT json_agg(json_build_array(id, encode(tag, 'hex'), key_id, brand,
          floor(extract(epoch FROM expires_at) * 1000)::float8, used_index))
        FROM approval WHERE id = ANY ($2::text[])) AS approvals`,
}

type ReadRow = {
  reviewers: [string, string, string, string | null, number, number | null][] | null
  approvals: [string, string, string, string, number, number | null][] | null
}

/** Reads what commands need of second keys, and gives what loads it; nothing is asked when none may need one. */
export async function readSecondKeys(
  session: Session,
  commands: readonly Command[],
): Promise<(snapshot: LogSnapshot) => void> {
  const needs = commands.flatMap((command) => command.needs.secondKey ?? [])
  if (needs.length === 0) return () => undefined
  const ids = needs.flatMap(({ approval }) => approval ?? [])
  const crises = [...new Set(needs.map(({ crisis }) => crisis))]
  const [row] = await session.query<ReadRow>(READ, [crises, [...new Set(ids)]])
  return (snapshot) => load(snapshot, ids, row)
}

function load(snapshot: LogSnapshot, ids: readonly string[], row: ReadRow | undefined): void {
  for (const id of ids) snapshot.approvals.load(id, undefined)
  for (const [id, role, brand, publicKey, openedIndex, revokedIndex] of row?.reviewers ?? []) {
    const key: KeyRow = { id, role, brand, publicKey, openedIndex, revokedIndex }
    snapshot.rows.key.load(id, key)
  }
  for (const [id, tag, keyId, brand, expiresAt, usedIndex] of row?.approvals ?? []) {
    snapshot.approvals.load(id, { id, tag: parseHex(tag), keyId, brand, expiresAt, usedIndex })
  }
}

const USE: Statement = {
  name: 'second-keys-use',
  text: `
    UPDATE approval SET used_index = u.at
    FROM json_to_recordset($1::json) AS u (id text, at bigint, tag text)
    WHERE approval.id = u.id AND approval.used_index IS NULL AND encode(approval.tag, 'hex') = u.tag
    RETURNING approval.id`,
}

/** Whether a batch used approvals: then they must be marked, after its entries are there. */
export function hasUsedApprovals({ approvals }: LogSnapshot): boolean {
  return approvals.changed().length > 0
}

/**
 * Marks the approvals that a batch used, in its transaction.
 *
 * @throws Error when one was used meanwhile, which the lock rules out: a bug, and everything is rolled back
 */
export async function writeUsedApprovals(session: Session, { approvals }: LogSnapshot): Promise<void> {
  const used = approvals.changed().map(({ id, tag, usedIndex }) => ({ id, at: usedIndex, tag: hex(tag) }))
  const written = await session.query(USE, [JSON.stringify(used)])
  if (written.length !== used.length) throw new Error('A2: an approval was used twice')
}
