/**
 * The tables as Kysely sees them. The migrations are the authority; a test compares names and columns. Integers of 64
 * bits are numbers, checked when read; bytes are Uint8Array; json columns are parsed when read and given as text.
 */
import type { ColumnType, Generated } from 'kysely'

/** Read as a value, written as the text of its JSON. */
export type Json<T> = ColumnType<T, string, string>

/** Read as Date, written as Date or as ISO text. */
export type Timestamp = ColumnType<Date, Date | string, Date | string>

type JsonMembers = Record<string, unknown>

export interface Tables {
  /** One row: the lock of the log and where it stands. `edge`: the right edge, 32 bytes a hash, largest first. */
  log_head: { size: number; edge: Uint8Array; last_recorded_at: Timestamp | null; origin: string }
  entry: { index: number; stream: string; seq: number; bytes: Uint8Array; leaf_hash: Uint8Array }
  /** Full tiles only: 256 hashes in 8,192 bytes, and the root over them. */
  tile: { level: number; index: number; hashes: Uint8Array; root: Uint8Array }
  /** Checkpoints that were anchored. */
  checkpoint: { size: number; root: Uint8Array; note: string }
  /** The only table that ever holds redactable values with their salts. `body`: the disclosure, base64url. */
  disclosure: { entry_index: number; digest: string; body: string }
  idempotency: {
    /** SHA-256 of key id, method, path and Idempotency-Key. */
    request: Uint8Array
    body_hmac: Uint8Array
    status: number
    answer: string
    created_at: ColumnType<Date, Date | string | undefined, never>
  }
  /** Verifier keys of the log by the entry that names them. */
  log_key: { entry_index: number; vkey: string }
  /** Contracts of the log by the entry that names them. */
  log_contract: { entry_index: number; chain_id: number; contract: string }
  verifier_file: { entry_index: number; sha256: string; lang: string }
  stream: {
    name: string
    brand: string | null
    opened_index: number | null
    count: number
    head: Uint8Array | null
    last_index: number | null
  }
  brand: {
    slug: string
    opened_index: number
    name: Json<JsonMembers>
    legal_name: string | null
    /** The newest preset of clocks; 0 and null while the brand has published none. */
    clocks_version: Generated<number>
    clocks_index: number | null
    clocks: Json<JsonMembers> | null
  }
  product: { gtin: string; brand: string; entry_index: number; name: Json<JsonMembers>; category: string | null }
  batch: { gtin: string; lot: string; entry_index: number; label: Json<JsonMembers> | null }
  crisis: {
    code: string
    brand: string
    mode: 'live' | 'reconstructed'
    opened_index: number
    /** CrisisState of ledger/crisis.ts. */
    state: Json<JsonMembers>
  }
  crisis_product: { code: string; gtin: string }
  /** What a live crisis owes: one row for each due time; `outcome_index` is the entry that settled or missed it. */
  promise: { stream: string; promise: string; due: Timestamp; outcome_index: number | null }
  admin_key: {
    id: string
    role: string
    brand: string | null
    public_key: string | null
    opened_index: number
    revoked_index: number | null
  }
  admin_secret: { key_id: string; hash: Uint8Array }
  /** Approvals by a second person. `tag`: HMAC over what was approved; `used_index`: the one entry that used it. */
  approval: {
    id: string
    tag: Uint8Array
    key_id: string
    brand: string
    created_at: Generated<Timestamp>
    expires_at: Timestamp
    used_index: Generated<number | null>
  }
  evidence: { sha256: string; stream: string; entry_index: number; bytes: number; media_type: string }
  /** Every entry that put a file on record; `digest`: the file's SHA-256 in base64url. */
  evidence_copy: { entry_index: number; sha256: string; digest: string; stream: string }
  /** Registered erasures of texts and files. `has_basis`: the entry carries the digest of a person's withdrawal or case. */
  erasure: {
    registered_index: number
    entry_index: number
    digest: string
    stream: string
    reason: string
    has_basis: boolean
    recorded_at: Timestamp
  }
  correction: {
    registered_index: number
    entry_index: number
    stream: string
    reason: string
    recorded_at: Timestamp
  }
  /** Since when it is owed that what an erasure left behind is gone, and since when it is. */
  erasure_duty: { registered_index: number; owed_since: Generated<Timestamp>; gone_at: Timestamp | null }
  /** The same of a holder's contact, written by the database alone; not of which holder. */
  contact_erasure: { id: Generated<number>; owed_since: Generated<Timestamp>; gone_at: Timestamp | null }
  /** One row for each signed transaction; rows of one nonce are attempts at different fees. */
  anchor_intent: {
    id: Generated<number>
    chain_id: number
    contract: string
    size: number
    root: Uint8Array
    /** The contract's newest size when the transaction was signed; `proof` leads from it, 32 bytes a hash. */
    from_size: number
    proof: Uint8Array
    nonce: number
    transaction: string
    /** The signed transaction, so that the very same one can be sent again. */
    raw: string
    /** Prices of a unit of gas, in wei. */
    max_fee_per_gas: string
    max_priority_fee_per_gas: string
    state: 'prepared' | 'sent' | 'mined' | 'confirmed' | 'replaced' | 'failed'
    block: number | null
    error: string | null
    created_at: Generated<Timestamp>
    updated_at: Generated<Timestamp>
  }
  /** Confirmed anchors; a reorganised chain takes rows away again. `timestamp`: seconds, of the block. */
  anchor: {
    chain_id: number
    contract: string
    size: number
    root: Uint8Array
    transaction: string
    block: number
    timestamp: number
  }
  /** Work that one instance at a time does. */
  lease: { name: string; holder: string; expires_at: Timestamp }
  setting: { name: string; value: Json<unknown> }
  /** `state`: ProgrammeState of ledger/programme.ts without the totals, as entry `changed_index` left it. */
  programme: { id: string; brand: string; entry_index: number; changed_index: number; state: Json<JsonMembers> }
  earning_rule: {
    programme: string
    rule: string
    version: number
    entry_index: number
    per_holder_max: number | null
    withdrawn_index: number | null
  }
  holder: { id: string; programme: string; entry_index: number }
  /** Hashes of the two codes, and what follows from the view code. `thanks`: consent to the thank-you view. */
  holder_secret: {
    holder: string
    view_hash: Uint8Array
    spend_hash: Uint8Array
    commitment: string
    screen_key: Uint8Array
    staff_key: string | null
    thanks: Generated<boolean>
  }
  /** Codes that a store screen has opened: each counts once. */
  screen_code_used: { key_id: Uint8Array; nonce: Uint8Array; used_at: Generated<Timestamp> }
  /** Outside of the log: deleting the row forgets it. */
  holder_contact: { holder: string; contact: string }
  /** Written by the database alone, from transfers; so are tranche and programme_balance. */
  account: {
    holder: string
    programme: string
    available: number
    pending: number
    held: number
    /** Sides of transfers so far. */
    version: number
  }
  tranche: { grant_index: number; holder: string; remaining: number; expires_at: Timestamp | null }
  programme_balance: {
    programme: string
    issuance: number
    available: number
    pending: number
    held: number
    redeemed: number
    expired: number
    forfeited: number
  }
  /** One row for each posting of an entry. Current and version are those of the holder's side, where it is one. */
  transfer: {
    entry_index: number
    posting: number
    programme: string
    from_kind: string
    to_kind: string
    amount: number
    holder: string | null
    from_current: number | null
    from_version: number | null
    to_current: number | null
    to_version: number | null
    tranches: Json<unknown> | null
  }
  /** What is behind the digests in `xd`. Never public; `holder`: whom it may be shown to, if anybody. */
  opening: { entry_index: number; digest: string; body: string; holder: string | null }
  point_grant: {
    entry_index: number
    programme: string
    rule: string
    rule_version: number
    rule_index: number
    source: number
    holder: string
    amount: number
    /** The id of the admin key. */
    reviewer: string
    state: 'pending' | 'posted' | 'voided' | 'lapsed'
    deadline: Timestamp | null
    outcome_index: number | null
    reversed: number
    expires_at: Timestamp | null
  }
  /** `taken`: places that are held or confirmed, counted by the database. */
  reward: {
    programme: string
    reward: string
    version: number
    entry_index: number
    cost: number
    capacity: number
    redeem_from: Timestamp
    redeem_until: Timestamp
    closed_index: number | null
    taken: Generated<number>
  }
  redemption: {
    entry_index: number
    programme: string
    reward: string
    reward_index: number
    holder: string
    amount: number
    tranches: Json<unknown>
    hold_until: Timestamp
    state: 'held' | 'confirmed' | 'released' | 'refunded'
    outcome_index: number | null
    refund_index: number | null
  }
  /** `author` is the id of an admin key; else `holder` sent it. */
  proposal: {
    entry_index: number
    programme: string
    author: string | null
    holder: string | null
    answer_due: Timestamp
    answered_index: number | null
    missed_index: number | null
  }
  proposal_step: { entry_index: number; proposal: number; step: string; reviewer: string; has_reason: boolean }
  ballot: {
    entry_index: number
    programme: string
    opens_at: Timestamp
    closes_at: Timestamp
    frozen_index: number | null
    eligible: number | null
    opened_index: number | null
    closed_index: number | null
    tallied_index: number | null
  }
  entitlement: {
    entry_index: number
    ballot: number
    programme: string
    rule: string
    rule_version: number
    rule_index: number
    source: number
    holder: string
    reviewer: string
  }
  /** Who may vote with which token: in no entry, and never public. */
  ballot_token: { ballot: number; holder: string; token: string; commitment: string }
  ballot_cast: { entry_index: number; ballot: number; commitment: string }
  /** The leaves of the newest roots, by their positions. `root`: base64url of 32 bytes. */
  liability: {
    programme: string
    root: string
    position: number
    holder: string
    salt: string
    commitment: string
    balance: number
    staged_at: Generated<Timestamp>
  }
  liability_root: {
    entry_index: number
    programme: string
    size: number
    leaves: number
    root: string
    sum: number
  }
  /** Programmes that need a new root though no balance changed. */
  liability_wanted: { programme: string; version: Generated<number> }
  /** `noticed_at`: when the entry was recorded; nothing expires earlier than 30 days after. */
  expiry_notice: { programme: string; expires_at: Timestamp; entry_index: number; noticed_at: Timestamp }
}
