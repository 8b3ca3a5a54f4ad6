/**
 * What a points programme is in tables: the rows that entries of points streams change, and what a command on points may
 * ask to see. One list says which columns and keys each table has; the statements that read and write are made from it.
 */
import type { ProgrammeState } from '../../../ledger/programme.ts'
import type { AccountKind } from '../../../ledger/postings.ts'
import {
  BALLOT,
  BALLOT_CAST,
  ENTITLEMENT,
  LIABILITY_ROOT,
  PROPOSAL,
  PROPOSAL_STEP,
  REDEMPTION,
  REWARD,
} from './spending-rows.ts'
import type { SpendingNeeds, SpendingTables } from './spending-rows.ts'

export type ProgrammeRow = {
  id: string
  brand: string
  entryIndex: number
  /** The last entry that changed more than the totals: only then is the row written again. */
  changedIndex: number
  /** With the totals, which stand in a table of their own that the database keeps. */
  state: ProgrammeState
}
export type RuleRow = {
  programme: string
  rule: string
  version: number
  entryIndex: number
  perHolderMax: number | null
  withdrawnIndex: number | null
}
export type HolderRow = { id: string; programme: string; entryIndex: number }
/** Balances of a holder. `version`: how many sides of transfers there were so far. */
export type AccountRow = {
  holder: string
  programme: string
  available: number
  pending: number
  held: number
  version: number
}
/** What is left of the points of one grant. `expiresAt` is null when they never expire. */
export type TrancheRow = { grantIndex: number; holder: string; remaining: number; expiresAt: string | null }
export type GrantState = 'pending' | 'posted' | 'voided' | 'lapsed'
export type GrantRow = {
  entryIndex: number
  programme: string
  rule: string
  ruleVersion: number
  ruleIndex: number
  source: number
  holder: string
  amount: number
  /** The id of the admin key that granted. */
  reviewer: string
  state: GrantState
  deadline: string | null
  outcomeIndex: number | null
  reversed: number
  expiresAt: string | null
}
/** A part of a tranche that moves with a transfer. */
export type TrancheShare = { grant: number; amount: number; expiresAt?: string }
export type TransferRow = {
  entryIndex: number
  posting: number
  programme: string
  fromKind: AccountKind
  toKind: AccountKind
  amount: number
  holder: string | null
  fromCurrent: number | null
  fromVersion: number | null
  toCurrent: number | null
  toVersion: number | null
  tranches: TrancheShare[] | null
}
export type NoticeRow = { programme: string; expiresAt: string; entryIndex: number; noticedAt: string }
/** The grant that a holder has under a rule for a source (GR3). */
export type GrantKeyRow = { holder: string; rule: string; source: number; entryIndex: number; amount: number }
/** What a holder has under a rule that is capped, ended grants and reversals taken off. */
export type UseRow = { holder: string; rule: string; points: number }
/** How many entries concern a holder of whose points they move nothing. */
export type NotesRow = { holder: string; count: number }

/** The rows by table. Keys of several columns are joined by a space. */
export type PointsTables = {
  programme: ProgrammeRow
  rule: RuleRow
  holder: HolderRow
  account: AccountRow
  tranche: TrancheRow
  grant: GrantRow
  transfer: TransferRow
  notice: NoticeRow
  grantKey: GrantKeyRow
  use: UseRow
  notes: NotesRow
} & SpendingTables

/** What a command on points must see. A programme brings its stream; the holder of a grant never changes. */
export type PointsNeeds = {
  programmes?: readonly string[]
  /** Holders with their accounts. */
  holders?: readonly string[]
  /** Holders whose points that may be spent are looked at one by one. */
  tranches?: readonly string[]
  /** Holders of whom something is written that moves none of their points. */
  notes?: readonly string[]
  grants?: readonly number[]
  grantKeys?: readonly { holder: string; rule: string; source: number }[]
  /** Entries of which it must be known whose they are. */
  sources?: readonly number[]
  /** What is to expire at an instant. */
  expiring?: readonly { programme: string; expiresAt: string }[]
} & SpendingNeeds

type SqlType = 'text' | 'boolean' | 'bigint' | 'integer' | 'smallint' | 'json' | 'timestamptz'

/**
 * A table as rows of the code. A member is the column of the same name in snake case. `updates`: what is written again of
 * a row that is there; a table without is only inserted into.
 */
export type TableSpec<Row> = {
  readonly table: string
  readonly columns: { readonly [Member in keyof Row & string]: SqlType }
  readonly key: readonly (keyof Row & string)[]
  readonly updates?: readonly (keyof Row & string)[]
}

const RULE: TableSpec<RuleRow> = {
  table: 'earning_rule',
  columns: {
    programme: 'text',
    rule: 'text',
    version: 'integer',
    entryIndex: 'bigint',
    perHolderMax: 'bigint',
    withdrawnIndex: 'bigint',
  },
  key: ['programme', 'rule', 'version'],
  updates: ['withdrawnIndex'],
}
const HOLDER: TableSpec<HolderRow> = {
  table: 'holder',
  columns: { id: 'text', programme: 'text', entryIndex: 'bigint' },
  key: ['id'],
}
const GRANT: TableSpec<GrantRow> = {
  table: 'point_grant',
  columns: {
    entryIndex: 'bigint',
    programme: 'text',
    rule: 'text',
    ruleVersion: 'integer',
    ruleIndex: 'bigint',
    source: 'bigint',
    holder: 'text',
    amount: 'bigint',
    reviewer: 'text',
    state: 'text',
    deadline: 'timestamptz',
    outcomeIndex: 'bigint',
    reversed: 'bigint',
    expiresAt: 'timestamptz',
  },
  key: ['entryIndex'],
  updates: ['state', 'outcomeIndex', 'reversed', 'expiresAt'],
}
const TRANSFER: TableSpec<TransferRow> = {
  table: 'transfer',
  columns: {
    entryIndex: 'bigint',
    posting: 'smallint',
    programme: 'text',
    fromKind: 'text',
    toKind: 'text',
    amount: 'bigint',
    holder: 'text',
    fromCurrent: 'bigint',
    fromVersion: 'bigint',
    toCurrent: 'bigint',
    toVersion: 'bigint',
    tranches: 'json',
  },
  key: ['entryIndex', 'posting'],
}
const NOTICE: TableSpec<NoticeRow> = {
  table: 'expiry_notice',
  columns: { programme: 'text', expiresAt: 'timestamptz', entryIndex: 'bigint', noticedAt: 'timestamptz' },
  key: ['programme', 'expiresAt', 'entryIndex'],
}
const ACCOUNT: TableSpec<AccountRow> = {
  table: 'account',
  columns: {
    holder: 'text',
    programme: 'text',
    available: 'bigint',
    pending: 'bigint',
    held: 'bigint',
    version: 'bigint',
  },
  key: ['holder'],
}
const TRANCHE: TableSpec<TrancheRow> = {
  table: 'tranche',
  columns: { grantIndex: 'bigint', holder: 'text', remaining: 'bigint', expiresAt: 'timestamptz' },
  key: ['grantIndex'],
}

/** The tables whose rows are read as they are. */
export const READ_TABLES = {
  account: ACCOUNT,
  tranche: TRANCHE,
  grant: GRANT,
  reward: REWARD,
  redemption: REDEMPTION,
  proposal: PROPOSAL,
  ballot: BALLOT,
} as const

/** The tables that an append writes, but for the programme's own row. Accounts and tranches are the database's work. */
export const WRITTEN_TABLES = {
  rule: RULE,
  holder: HOLDER,
  grant: GRANT,
  transfer: TRANSFER,
  notice: NOTICE,
  reward: REWARD,
  redemption: REDEMPTION,
  proposal: PROPOSAL,
  proposalStep: PROPOSAL_STEP,
  ballot: BALLOT,
  entitlement: ENTITLEMENT,
  ballotCast: BALLOT_CAST,
  liabilityRoot: LIABILITY_ROOT,
} as const

export function columnOf(member: string): string {
  return member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The key of a row: its members joined by a space, which none of them has. */
export function keyOfRow<Row>({ key }: TableSpec<Row>, row: Row): string {
  return key.map((member) => String(row[member])).join(' ')
}

/** The stream of a programme. */
export function pointsStream(programme: string): string {
  return `${POINTS}${programme}`
}

/** The programme of a stream; undefined when it is no points stream. */
export function programmeOfStream(stream: string): string | undefined {
  return stream.startsWith(POINTS) ? stream.slice(POINTS.length) : undefined
}

const POINTS = 'points:'
