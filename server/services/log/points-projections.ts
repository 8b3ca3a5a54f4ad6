/**
 * What each entry of a points stream changes in the tables. The kinds and amounts are in the entry, the holders and
 * balances in its openings; both together make a transfer, and the balances that were recorded must be those that the
 * rows lead to (P1, L1, L5). The sequencer applies it under the lock; fsck applies it from index 0.
 */
import type { Entry } from '../../../ledger/entry.ts'
import { isJsonObject } from '../../../ledger/json.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { pointsDataOf } from '../../../ledger/points-shape.ts'
import type { Told } from '../../../ledger/points-shape.ts'
import { isHolderKind } from '../../../ledger/postings.ts'
import type { HolderKind, Posting } from '../../../ledger/postings.ts'
import { foldProgramme } from '../../../ledger/programme.ts'
import type { ProgrammeState } from '../../../ledger/programme.ts'
import type { Redactable } from './command.ts'
import type { PlacedEntry, Rows } from './projections.ts'
import { programmeOfStream } from './points-rows.ts'
import type { AccountRow, GrantRow, PointsTables, TrancheShare } from './points-rows.ts'
import { projectSpending } from './spending-projections.ts'

export type PointsRows = { [Table in keyof PointsTables]: Rows<PointsTables[Table]> }

/**
 * Applies an entry of a points stream.
 *
 * @throws Error when it has not the shape of its type, or an opening is missing or at odds with the rows
 */
export function projectPoints(rows: PointsRows, placed: PlacedEntry): void {
  const { entry } = placed
  const told = pointsDataOf(entry)
  if (told === undefined) throw new Error(`an entry ${entry.type} of a points stream is not well formed`)
  projectProgramme(rows, placed)
  told.postings.forEach((posting, number) => projectTransfer(rows, placed, posting, number))
  projectNote(rows, placed)
  projectTold(rows, told, placed)
}

/** No account has anything before its first transfer. */
export function emptyAccount(holder: string, programme: string): AccountRow {
  return { holder, programme, available: 0, pending: 0, held: 0, version: 0 }
}

function programmeOf({ stream }: Entry): string {
  return programmeOfStream(stream) ?? ''
}

function projectProgramme(rows: PointsRows, { entry, index }: PlacedEntry): void {
  const id = programmeOf(entry)
  const known = rows.programme.get(id)
  const state = foldProgramme(known?.state, entry, index)
  if (state === undefined) throw new Error(`programme ${id} has not been opened`)
  if (state.id !== id) throw new Error(`programme ${state.id} stands in the stream of ${id}`)
  if (state === known?.state) return
  const changedIndex = known !== undefined && isSameButTotals(known.state, state) ? known.changedIndex : index
  rows.programme.set(id, {
    id,
    brand: entry.brand ?? '',
    entryIndex: known?.entryIndex ?? index,
    changedIndex,
    state,
  })
}

/** A fold keeps the members that it does not change. */
function isSameButTotals(before: ProgrammeState, after: ProgrammeState): boolean {
  const members = Object.keys(after) as (keyof ProgrammeState)[]
  return members.every((member) => member === 'totals' || before[member] === after[member])
}

/** The holder's side of a posting, as its opening tells it. */
type Side = { holder: string; previous: number; current: number; version: number; tranches?: TrancheShare[] }

function projectTransfer(rows: PointsRows, placed: PlacedEntry, posting: Posting, number: number): void {
  const { entry, index } = placed
  const from = isHolderKind(posting.from) ? sideOf(placed, `/postings/${number}/from`) : undefined
  const to = isHolderKind(posting.to) ? sideOf(placed, `/postings/${number}/to`) : undefined
  if (from !== undefined && to !== undefined && from.holder !== to.holder) {
    throw new Error('P2: points cannot go from one holder to another')
  }
  const programme = programmeOf(entry)
  // A transfer within one holder's accounts takes first, so that its versions count in this order.
  if (from !== undefined) bookSide(rows, programme, posting.from as HolderKind, -posting.amount, from)
  if (to !== undefined) bookSide(rows, programme, posting.to as HolderKind, posting.amount, to)
  const available = posting.from === 'available' ? from : posting.to === 'available' ? to : undefined
  if (available !== undefined) bookTranches(rows, available, posting)
  rows.transfer.set(`${index} ${number}`, {
    entryIndex: index,
    posting: number,
    programme,
    fromKind: posting.from,
    toKind: posting.to,
    amount: posting.amount,
    holder: from?.holder ?? to?.holder ?? null,
    fromCurrent: from?.current ?? null,
    fromVersion: from?.version ?? null,
    toCurrent: to?.current ?? null,
    toVersion: to?.version ?? null,
    tranches: available?.tranches ?? null,
  })
}

function bookSide(rows: PointsRows, programme: string, kind: HolderKind, change: number, side: Side): void {
  const { holder, previous, current, version } = side
  const account = rows.account.get(holder) ?? emptyAccount(holder, programme)
  if (account.programme !== programme) throw new Error(`P2: holder ${holder} is of another programme`)
  if (account[kind] !== previous || previous + change !== current || version !== account.version + 1) {
    throw new Error(`P1: a side of a transfer of ${holder} is not the next one`)
  }
  if (current < 0) throw new Error(`L5: ${kind} of ${holder} would be negative`)
  rows.account.set(holder, { ...account, [kind]: current, version })
}

function bookTranches(rows: PointsRows, { holder, tranches = [] }: Side, { to, amount }: Posting): void {
  if (tranches.reduce((sum, share) => sum + share.amount, 0) !== amount) {
    throw new Error('L5: the tranches of a transfer are not its amount')
  }
  for (const share of tranches) {
    const key = String(share.grant)
    // What was not read is not looked at by any command of this batch.
    const known = rows.tranche.has(key) ? rows.tranche.get(key) : undefined
    const change = to === 'available' ? share.amount : -share.amount
    const remaining = (known?.remaining ?? 0) + change
    if (remaining < 0) throw new Error(`L5: tranche ${key} would be negative`)
    rows.tranche.set(key, { grantIndex: share.grant, holder, remaining, expiresAt: share.expiresAt ?? null })
  }
}

function sideOf(placed: PlacedEntry, name: string): Side {
  const value = openingOf(placed, name)
  if (typeof value?.['holder'] !== 'string') throw new Error(`an entry ${placed.entry.type} lacks its opening ${name}`)
  return value as Side & JsonObject
}

/** RC1: what concerns a holder without moving points is counted without a gap. */
function projectNote(rows: PointsRows, placed: PlacedEntry): void {
  const { holder, number } = openingOf(placed, '/holder') ?? {}
  if (typeof holder !== 'string') return
  // Who is opened in this batch was looked for by nobody.
  const count = (rows.notes.has(holder) ? rows.notes.get(holder)?.count : undefined) ?? 0
  if (number !== count + 1) throw new Error(`RC1: an entry ${placed.entry.type} is not the next one of ${holder}`)
  rows.notes.set(holder, { holder, count: number })
}

function openingOf({ openings = [] }: PlacedEntry, name: string): JsonObject | undefined {
  const value: JsonValue | undefined = openings.find((opening: Redactable) => opening.name === name)?.value
  return isJsonObject(value) ? value : undefined
}

/** The holder whom an entry without postings is about. */
export function holderOf(placed: PlacedEntry): string {
  const holder = openingOf(placed, '/holder')?.['holder']
  if (typeof holder !== 'string') throw new Error(`an entry ${placed.entry.type} lacks its opening /holder`)
  return holder
}

function projectTold(rows: PointsRows, told: Told, placed: PlacedEntry): void {
  const { entry, index } = placed
  const programme = programmeOf(entry)
  switch (told.type) {
    case 'rule.published':
    case 'rule.withdrawn':
      return projectRule(rows, programme, told.data)
    case 'holder.opened': {
      const id = holderOf(placed)
      return void rows.holder.set(id, { id, programme, entryIndex: index })
    }
    case 'points.expiring': {
      const { expiresAt } = told.data
      const isFirst = rows.programme.get(programme)?.state.notices.some((notice) => notice.index === index) ?? false
      const row = { programme, expiresAt, entryIndex: index, noticedAt: entry.recordedAt }
      return isFirst ? void rows.notice.set(`${programme} ${expiresAt} ${index}`, row) : undefined
    }
    default:
      return projectGrant(rows, told, placed)
  }
}

function projectRule(rows: PointsRows, programme: string, named: { rule: string; version: number }): void {
  const { rule, version } = named
  const known = rows.programme.get(programme)?.state.rules.find((it) => it.rule === rule && it.version === version)
  if (known === undefined) return
  const { index: entryIndex, perHolderMax = null, withdrawn: withdrawnIndex = null } = known
  rows.rule.set(`${programme} ${rule} ${version}`, {
    programme,
    rule,
    version,
    entryIndex,
    perHolderMax,
    withdrawnIndex,
  })
}

function projectGrant(rows: PointsRows, told: Told, placed: PlacedEntry): void {
  const { entry, index } = placed
  switch (told.type) {
    case 'grant.pending':
    case 'grant.posted': {
      const { data } = told
      if ('grant' in data) {
        const expiresAt = data.expiresAt ?? null
        return resolveGrant(rows, data.grant, { state: 'posted', outcomeIndex: index, expiresAt })
      }
      const { rule, version, ruleIndex, source, amount } = data
      const { holder } = sideOf(placed, '/postings/0/to')
      const isPending = told.type === 'grant.pending'
      const grant: GrantRow = {
        entryIndex: index,
        programme: programmeOf(entry),
        rule,
        ruleVersion: version,
        ruleIndex,
        source,
        holder,
        amount,
        reviewer: entry.actor.id ?? '',
        state: isPending ? 'pending' : 'posted',
        deadline: 'deadline' in data ? data.deadline : null,
        outcomeIndex: isPending ? null : index,
        reversed: 0,
        expiresAt: 'expiresAt' in data ? (data.expiresAt ?? null) : null,
      }
      return openGrant(rows, grant)
    }
    case 'grant.voided':
      return endGrant(rows, told.data.grant, 'voided', index)
    case 'grant.lapsed':
      return endGrant(rows, told.data.grant, 'lapsed', index)
    case 'grant.reversed': {
      const known = mustHaveGrant(rows, told.data.grant)
      rows.grant.set(String(known.entryIndex), { ...known, reversed: known.reversed + told.data.amount })
      return count(rows, known, -told.data.amount)
    }
    default:
      return projectSpending(rows, told, placed, programmeOf(entry))
  }
}

function openGrant(rows: PointsRows, grant: GrantRow): void {
  const { entryIndex, holder, rule, source, amount } = grant
  rows.grant.set(String(entryIndex), grant)
  const key = `${holder} ${rule} ${source}`
  if (rows.grantKey.has(key)) rows.grantKey.set(key, { holder, rule, source, entryIndex, amount })
  count(rows, grant, amount)
}

function endGrant(rows: PointsRows, grant: number, state: 'voided' | 'lapsed', index: number): void {
  const known = mustHaveGrant(rows, grant)
  resolveGrant(rows, grant, { state, outcomeIndex: index, expiresAt: null })
  count(rows, known, -known.amount)
}

function resolveGrant(
  rows: PointsRows,
  grant: number,
  change: Pick<GrantRow, 'state' | 'outcomeIndex' | 'expiresAt'>,
): void {
  const known = mustHaveGrant(rows, grant)
  if (known.state !== 'pending') throw new Error(`grant ${grant} is resolved twice`)
  rows.grant.set(String(grant), { ...known, ...change })
}

function mustHaveGrant(rows: PointsRows, grant: number): GrantRow {
  const known = rows.grant.get(String(grant))
  if (known === undefined) throw new Error(`there is no grant ${grant}`)
  return known
}

/** Counts what a holder has under a capped rule, where a command of this batch asked for it. */
function count(rows: PointsRows, { holder, rule }: GrantRow, change: number): void {
  const key = `${holder} ${rule}`
  const use = rows.use.has(key) ? rows.use.get(key) : undefined
  if (use !== undefined) rows.use.set(key, { ...use, points: use.points + change })
}
