/**
 * What a command sees of points programmes under the lock. Every question is about something that the command named in
 * `needs.points`; a question about anything else is a bug and throws.
 */
import type { Tranche } from '../../../ledger/holder-opening.ts'
import type { Moment } from '../../../ledger/points-rules.ts'
import type { ProgrammeState } from '../../../ledger/programme.ts'
import { compareTranches } from '../../../ledger/tranches.ts'
import { emptyAccount } from './points-projections.ts'
import type { PointsRows } from './points-projections.ts'
import type { AccountRow, GrantKeyRow, GrantRow, HolderRow, TrancheRow } from './points-rows.ts'
import type { BallotRow, ProposalRow, RedemptionRow } from './spending-rows.ts'

/** Whose an entry is. `brand` is null for the ledger's own. */
export type Source = { stream: string; brand: string | null }

/** What of a programme expires at an instant. */
export type Expiring = { holders: number; amount: number }

type LoadedRows = PointsRows & { readonly tranche: { loaded(): TrancheRow[] } }

export class PointsView {
  readonly #rows: LoadedRows
  readonly #tranchesOf = new Set<string>()
  readonly #sources = new Map<number, Source | undefined>()
  readonly #expiring = new Map<string, Expiring>()
  readonly #staffKeys = new Map<string, string | null>()
  readonly #tokenLists = new Map<number, string>()
  #anchored = 0

  constructor(rows: LoadedRows) {
    this.#rows = rows
  }

  /** The largest confirmed anchored size; 0 before the first. */
  get anchored(): number {
    return this.#anchored
  }

  /** ER1, BL1: when the next entry is written, and which entries an anchor covers by then. */
  moment(index: number, recordedAt: string): Moment {
    return { index, recordedAt, anchored: (entry) => (entry < this.#anchored ? this.#anchored : undefined) }
  }

  programme(id: string): ProgrammeState | undefined {
    return this.#rows.programme.get(id)?.state
  }

  holder(id: string): HolderRow | undefined {
    return this.#rows.holder.get(id)
  }

  /** The admin key of the person behind a holder, if one was declared. */
  staffKey(holder: string): string | null {
    return this.#staffKeys.get(holder) ?? null
  }

  /** The balances of a holder who is on record. */
  account(holder: string): AccountRow {
    return this.#rows.account.get(holder) ?? emptyAccount(holder, this.holder(holder)?.programme ?? '')
  }

  /** What a holder may spend, in the order in which it is spent: what expires first comes first (L5). */
  tranches(holder: string): TrancheRow[] {
    if (!this.#tranchesOf.has(holder)) throw new Error(`tranches of ${holder} are not among the command's needs`)
    return this.#rows.tranche
      .loaded()
      .filter((row) => row.holder === holder && row.remaining > 0)
      .toSorted((a, b) => compareTranches(trancheOf(a), trancheOf(b)))
  }

  grant(index: number): GrantRow | undefined {
    return this.#rows.grant.get(String(index))
  }

  /** GR3: the grant that the holder has under this rule for this source. */
  grantFor(holder: string, rule: string, source: number): GrantKeyRow | undefined {
    return this.#rows.grantKey.get(`${holder} ${rule} ${source}`)
  }

  /** What is left of a grant's points, the grant being among `needs.points.grants`. */
  tranche(grant: number): TrancheRow | undefined {
    return this.#rows.tranche.get(String(grant))
  }

  /** What the holder has under a rule that is capped; 0 under one that is not. */
  used(holder: string, rule: string): number {
    const key = `${holder} ${rule}`
    return this.#rows.use.has(key) ? (this.#rows.use.get(key)?.points ?? 0) : 0
  }

  /** RC1: how many entries concern a holder of whose points they move nothing. */
  notes(holder: string): number {
    return this.#rows.notes.get(holder)?.count ?? 0
  }

  redemption(index: number): RedemptionRow | undefined {
    return this.#rows.redemption.get(String(index))
  }

  proposal(index: number): ProposalRow | undefined {
    return this.#rows.proposal.get(String(index))
  }

  ballot(index: number): BallotRow | undefined {
    return this.#rows.ballot.get(String(index))
  }

  /** SHA-256 in hex of the commitments that are kept for a ballot, ascending; undefined when it is not among the needs. */
  tokenList(ballot: number): string | undefined {
    return this.#tokenLists.get(ballot)
  }

  /** The entitlement that a holder has in a ballot. */
  entitlementIn(ballot: number, holder: string): number | undefined {
    return this.#rows.entitlementKey.get(`${ballot} ${holder}`)?.entryIndex
  }

  /** How many entitlements a holder has under a rule. */
  entitlementsUnder(holder: string, rule: string): number {
    return this.#rows.entitlementUse.get(`${holder} ${rule}`)?.votes ?? 0
  }

  /** The entitlement that a holder got under this rule for this source. */
  entitlementFor(holder: string, rule: string, source: number): number | undefined {
    return this.#rows.entitlementSource.get(`${holder} ${rule} ${source}`)?.entryIndex
  }

  /** Whose an entry is; undefined when the log has no such entry below the batch. */
  source(index: number): Source | undefined {
    if (!this.#sources.has(index)) throw new Error(`source ${index} is not among the command's needs`)
    return this.#sources.get(index)
  }

  expiring(programme: string, expiresAt: string): Expiring {
    return this.#expiring.get(`${programme} ${expiresAt}`) ?? { holders: 0, amount: 0 }
  }

  loadAnchored(size: number): void {
    this.#anchored = size
  }

  loadTranchesOf(holder: string): void {
    this.#tranchesOf.add(holder)
  }

  loadTokenList(ballot: number, list: string): void {
    this.#tokenLists.set(ballot, list)
  }

  loadStaffKey(holder: string, key: string | null): void {
    this.#staffKeys.set(holder, key)
  }

  loadSource(index: number, source: Source | undefined): void {
    this.#sources.set(index, source)
  }

  loadExpiring(programme: string, expiresAt: string, what: Expiring): void {
    this.#expiring.set(`${programme} ${expiresAt}`, what)
  }
}

function trancheOf({ grantIndex: grant, remaining: amount, expiresAt }: TrancheRow): Tranche {
  return { grant, amount, ...(expiresAt === null ? {} : { expiresAt }) }
}
