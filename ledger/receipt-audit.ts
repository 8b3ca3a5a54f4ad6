/**
 * The entries of a receipt, judged for one holder: what is opened stands in the entries, is of this holder alone, and leads
 * from balance to balance without a gap, so that no line was left out or slipped in between. Specification: README.md,
 * "Receipts" (RC1, RC2, L5).
 */
import type { Entry } from './entry.ts'
import { GrantAudit, lastAsPromised } from './grant-audit.ts'
import { parseOpening } from './holder-opening.ts'
import type { AccountSide, HolderNote, Opening, Tranche } from './holder-opening.ts'
import type { RewardPublished } from './points-data.ts'
import { expiryRefusal, grantRefusal, ruleRefusal, ruleVersion } from './points-rules.ts'
import type { Moment } from './points-rules.ts'
import { pointsDataOf } from './points-shape.ts'
import type { Told } from './points-shape.ts'
import { isHolderKind, isPostingType } from './postings.ts'
import type { AccountKind, HolderKind, Posting } from './postings.ts'
import { foldProgramme } from './programme.ts'
import type { ProgrammeState } from './programme.ts'
import { TrancheAudit } from './tranche-audit.ts'
import { CheckFailure, aboutEntry } from './verdict.ts'

/** An entry of a receipt with the texts of its openings. */
export type OpenedEntry = { readonly index: number; readonly entry: Entry; readonly openings: readonly string[] }

export type Balances = { readonly [Kind in HolderKind]: number }

/** One movement of the holder's points, and the balances after it. */
export type HolderLine = {
  readonly index: number
  readonly type: string
  readonly from: AccountKind
  readonly to: AccountKind
  readonly amount: number
  readonly balances: Balances
}

/** Judges the openings of a receipt. @throws CheckFailure, which names the entry */
export function auditHolder(entries: readonly OpenedEntry[]): HolderRecord {
  const record = new HolderRecord(entries)
  if (record.openedAt === undefined) throw new CheckFailure('holder_not_opened')
  return record
}

/** What a receipt says of its holder. */
export class HolderRecord {
  readonly lines: HolderLine[] = []
  readonly #entries: readonly OpenedEntry[]
  readonly #tranches = new TrancheAudit()
  #holder: string | undefined
  #openedAt: number | undefined
  #balances: Balances = { available: 0, pending: 0, held: 0 }
  #version = 0
  #notes = 0

  constructor(entries: readonly OpenedEntry[]) {
    this.#entries = entries
    for (const entry of entries) aboutEntry(entry.index, () => this.#add(entry))
  }

  /** The holder's random id. */
  get holder(): string | undefined {
    return this.#holder
  }

  /** The index of the entry that opened the holder's accounts. */
  get openedAt(): number | undefined {
    return this.#openedAt
  }

  /** The balances as they stand. */
  get balances(): Balances {
    return this.#balances
  }

  /** What the programme owed the holder before an index of the log. */
  balanceBelow(size: number): number {
    const last = this.lines.filter(({ index }) => index < size).pop()
    return last === undefined ? 0 : last.balances.available + last.balances.pending + last.balances.held
  }

  #add({ index, entry, openings }: OpenedEntry): void {
    const opened = openings.map((text) => ownOpening(text, entry, index))
    if (new Set(opened.map(nameOf)).size < opened.length) throw new CheckFailure('opening_repeated', index)
    for (const opening of opened) if (opening.kind !== 'choice') this.#assertHolder(opening.value.holder, index)
    const note = opened.find(({ kind }) => kind === 'holder')
    if (note?.kind === 'holder') this.#count(note.value, index)
    if (entry.type === 'holder.opened' || entry.type === 'ballot.cast') {
      if (note === undefined) throw new CheckFailure('opening_missing', index)
    }
    if (entry.type === 'holder.opened') this.#openedAt ??= index
    if (isPostingType(entry.type)) this.#post(index, entry, opened)
  }

  /** RC1: the next entry of those that concern the holder without moving points: suggestions, votes. */
  #count({ number }: HolderNote, index: number): void {
    const follows = this.#notes + 1
    if (number !== follows) throw new CheckFailure('note_gap', index, { number, follows })
    this.#notes = number
  }

  #assertHolder(holder: string, index: number): void {
    this.#holder ??= holder
    if (holder !== this.#holder) throw new CheckFailure('opening_other_holder', index)
  }

  #post(index: number, entry: Entry, opened: readonly Opening[]): void {
    const told = pointsDataOf(entry)
    if (told === undefined) throw new CheckFailure('points_malformed', index, { type: entry.type })
    // A reversal that the brand bears alone moves nothing of the holder: it only says whose grant it was.
    const isBorne = told.type === 'grant.reversed' && told.postings.some(({ from }) => from === 'forfeited')
    if (isBorne && this.#balances.held > 0)
      throw new CheckFailure('reversal_of_held', index, { held: this.#balances.held })
    const sides = new Map(opened.map((opening) => [nameOf(opening), opening]))
    sides.delete('holder')
    const own = told.postings.filter((posting, i) => this.#postOne(index, told, posting, i, sides))
    // What is left was opened of postings that there are not, or of sides that are no holder's.
    if (own.length === 0 || opened.length === 0) throw new CheckFailure('opening_missing', index)
    if (sides.size > 0) throw new CheckFailure('opening_unknown', index)
  }

  /** One posting, if it is the holder's: an expiry has those of others besides. */
  #postOne(index: number, told: Told, posting: Posting, i: number, sides: Map<string, Opening>): boolean {
    const { from, to, amount } = posting
    const ends = [
      { side: 'from', kind: from, change: -amount },
      { side: 'to', kind: to, change: amount },
    ] as const
    const theirs = ends.filter(({ kind }) => isHolderKind(kind))
    const isOpened = theirs.some(({ side }) => sides.has(`${i}/${side}`))
    if (!isOpened && theirs.length > 0 && told.type === 'points.expired') return false
    for (const { side, kind, change } of theirs) {
      const opening = sides.get(`${i}/${side}`)
      if (opening?.kind !== 'side') throw new CheckFailure('opening_missing', index)
      sides.delete(`${i}/${side}`)
      this.#follow(index, opening.value, kind as HolderKind, change)
      this.#tranches.add(index, told, { kind: kind as HolderKind, change, tranches: opening.value.tranches })
    }
    this.lines.push({ index, type: told.type, from, to, amount, balances: this.#balances })
    return true
  }

  /** RC1: the next side of the holder, from the balance that the one before left. */
  #follow(index: number, { version, previous, current }: AccountSide, kind: HolderKind, change: number): void {
    if (version !== this.#version + 1) {
      throw new CheckFailure('version_gap', index, { version, follows: this.#version + 1 })
    }
    if (previous !== this.#balances[kind] || current !== previous + change) {
      throw new CheckFailure('balance_broken', index, { kind, previous, current, before: this.#balances[kind] })
    }
    this.#version = version
    this.#balances = { ...this.#balances, [kind]: current }
  }

  /** The tranches that are left, or undefined when the receipt does not tell of all. */
  get tranches(): readonly Tranche[] | undefined {
    return this.#tranches.left
  }

  /**
   * Judges the holder's grants and redemptions by the rules and rewards in the receipt.
   *
   * @param anchored the smallest anchored size above an index
   * @throws CheckFailure
   */
  assertRules(anchored: Moment['anchored']): void {
    const grants = new GrantAudit()
    const sources = new Set<string>()
    const rewards = new Map<number, RewardPublished>()
    let state: ProgrammeState | undefined
    for (const { index, entry } of this.#entries) {
      const told = pointsDataOf(entry)
      if (told === undefined) continue
      if (told.type === 'reward.published' || told.type === 'reward.amended') rewards.set(index, told.data)
      const moment = { index, recordedAt: entry.recordedAt, anchored }
      const code = state === undefined ? undefined : (grantFault(state, told, moment) ?? rewardFault(told, rewards))
      if (code !== undefined) throw new CheckFailure(code, index, { type: told.type })
      assertNewSource(sources, told, index)
      const fault = grants.add(index, told, entry.recordedAt)
      if (fault !== undefined) throw new CheckFailure(fault.code, index, fault.facts)
      if (state !== undefined) {
        assertBelowMax(state, told, grants, index)
        if (!lastAsPromised(state, grants, told, entry.recordedAt)) throw new CheckFailure('expiry_too_early', index)
      }
      state = foldProgramme(state, entry, index)
    }
  }
}

function ownOpening(text: string, { xd = [] }: Entry, index: number): Opening {
  const opening = parseOpening(text)
  if (!xd.includes(opening.digest)) throw new CheckFailure('opening_unknown', index)
  return opening
}

function nameOf(opening: Opening): string {
  return opening.kind === 'side' ? `${opening.posting}/${opening.side}` : opening.kind
}

/** Grants, entitlements and expiries, by the rules, withdrawals and notices that the receipt has. */
function grantFault(state: ProgrammeState, told: Told, moment: Moment): CheckFailure['code'] | undefined {
  if (told.type === 'grant.pending') return grantRefusal(state, { ...told.data, direct: false }, moment)
  if (told.type === 'grant.posted' && !('grant' in told.data)) {
    return grantRefusal(state, { ...told.data, direct: true }, moment)
  }
  if (told.type === 'points.expired') return expiryRefusal(state, told.data.expiresAt, moment.recordedAt)
  if (told.type !== 'entitlement.granted') return undefined
  return ruleRefusal(state, told.data, moment)
}

/** What was redeemed is a reward of the receipt, at its cost. */
function rewardFault(told: Told, rewards: ReadonlyMap<number, RewardPublished>): CheckFailure['code'] | undefined {
  if (told.type !== 'redemption.held') return undefined
  const { reward, version, rewardIndex, amount } = told.data
  const known = rewards.get(rewardIndex)
  if (known?.reward !== reward || known.version !== version) return 'reward_unknown'
  return known.cost === amount ? undefined : 'reward_cost'
}

/** GR3: no holder gets points twice, nor a vote twice, by one rule for one source. */
function assertNewSource(sources: Set<string>, { data, type }: Told, index: number): void {
  if (!('source' in data)) return
  const { rule, source } = data
  const key = `${type === 'entitlement.granted' ? 'vote' : 'points'} ${rule} ${source}`
  if (sources.has(key)) throw new CheckFailure('grant_repeated', index, { rule, source })
  sources.add(key)
}

/** GR3: no holder gets more by a rule than it says. */
function assertBelowMax(state: ProgrammeState, { data, type }: Told, grants: GrantAudit, index: number): void {
  if ((type !== 'grant.pending' && type !== 'grant.posted') || !('rule' in data)) return
  // A rule that is not there was refused before.
  const { perHolderMax } = ruleVersion(state, data.rule, data.version)!
  const given = grants.givenBy(data.rule)
  if (perHolderMax !== undefined && given > perHolderMax) {
    throw new CheckFailure('holder_max', index, { rule: data.rule, perHolderMax, given })
  }
}
