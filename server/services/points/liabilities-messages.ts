/**
 * What the main thread and the liabilities thread say to each other. `tree` names one tree; a tree is either drawn (salts
 * and order are made in the thread) or given back (rows come with their salts, in the order of their positions).
 */

/** What a programme owes a holder. `commitment`: base64url of 32 bytes. */
export type OwedBalance = { holder: string; commitment: string; balance: number }

/** A leaf of a root. `salt`: base64url of 16 bytes. */
export type LiabilityRow = OwedBalance & { salt: string }

export type LiabilitiesRequest =
  | { kind: 'begin'; tree: string; programme: string }
  | { kind: 'balances'; tree: string; rows: OwedBalance[] }
  | { kind: 'rows'; tree: string; rows: LiabilityRow[] }
  /** Makes the tree; with `draw`, fresh salts and a random order first. */
  | { kind: 'finish'; tree: string; draw: boolean }
  /** The rows at positions from, from + 1, … below to. */
  | { kind: 'page'; tree: string; from: number; to: number }
  | { kind: 'proof'; tree: string; position: number }
  | { kind: 'drop'; tree: string }

export type LiabilitiesReply =
  | { kind: 'done' }
  /** `root`: 40 bytes, a hash and the sum. */
  | { kind: 'root'; leaves: number; root: Uint8Array; sum: number }
  | { kind: 'page'; rows: LiabilityRow[] }
  | { kind: 'proof'; path: Uint8Array[] }
  /** The tree is not kept (any more): build it. */
  | { kind: 'unknown' }
