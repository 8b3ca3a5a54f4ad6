/**
 * The figures of a points programme, counted from the postings that stand openly in its entries: what was granted,
 * redeemed, expired and taken back, places taken, votes received. Entry by entry, so that a server may go on counting
 * where it stopped; it reads and does not judge, the judgement is the verifier's.
 */
import type { Entry } from '../../ledger/entry.ts'
import { objectsIn } from './names.ts'
import { plain } from './plain.ts'

export const ACCOUNTS = ['issuance', 'available', 'pending', 'held', 'redeemed', 'expired', 'forfeited'] as const
export type Account = (typeof ACCOUNTS)[number]

export type ProgrammeFigures = {
  /** Entries counted so far. */
  entries: number
  balances: Record<Account, number>
  issued: number
  redeemed: number
  expired: number
  reversed: number
  withdrawn: number
  holders: number
  /** Grants, of points or of a vote, by rule: `slug version`. */
  grants: Map<string, number>
  /** Places held or redeemed by reward. */
  taken: Map<string, number>
  /** Votes received and rights to vote granted by the index of the ballot's first entry. */
  casts: Map<number, number>
  entitlements: Map<number, number>
}

export function noFigures(): ProgrammeFigures {
  return {
    entries: 0,
    balances: { issuance: 0, available: 0, pending: 0, held: 0, redeemed: 0, expired: 0, forfeited: 0 },
    issued: 0,
    redeemed: 0,
    expired: 0,
    reversed: 0,
    withdrawn: 0,
    holders: 0,
    grants: new Map(),
    taken: new Map(),
    casts: new Map(),
    entitlements: new Map(),
  }
}

/** What the brand owes: available, pending and held. */
export function outstanding({ balances }: ProgrammeFigures): number {
  return balances.available + balances.pending + balances.held
}

/** Counts one more entry. */
export function countEntry(figures: ProgrammeFigures, { type, data }: Entry): void {
  figures.entries += 1
  const moved = countPostings(figures, objectsIn(data['postings']))
  const number = (name: string): number => Number(data[name] ?? -1)
  switch (type) {
    case 'holder.opened':
      figures.holders += 1
      return
    case 'grant.pending':
    case 'grant.posted':
      if (data['rule'] === undefined) return
      figures.issued += moved
      add(figures.grants, `${plain(data['rule'])} ${plain(data['version'])}`, 1)
      return
    case 'grant.voided':
    case 'grant.lapsed':
      figures.withdrawn += moved
      return
    case 'grant.reversed':
      figures.reversed += moved
      return
    case 'points.expired':
      figures.expired += moved
      return
    case 'redemption.held':
      add(figures.taken, plain(data['reward']), 1)
      return
    case 'redemption.confirmed':
      figures.redeemed += moved
      return
    case 'redemption.released':
    case 'redemption.refunded':
      add(figures.taken, plain(data['reward']), -1)
      if (type === 'redemption.refunded') figures.redeemed -= moved
      return
    case 'ballot.cast':
      add(figures.casts, number('ballot'), 1)
      return
    case 'entitlement.granted':
      add(figures.entitlements, number('ballot'), 1)
      add(figures.grants, `${plain(data['rule'])} ${plain(data['version'])}`, 1)
  }
}

/** Moves the amounts and gives their sum; a posting whose accounts are not known is passed over. */
function countPostings(figures: ProgrammeFigures, postings: readonly Record<string, unknown>[]): number {
  let moved = 0
  for (const { from, to, amount } of postings) {
    if (!isAccount(from) || !isAccount(to) || typeof amount !== 'number') continue
    figures.balances[from] -= amount
    figures.balances[to] += amount
    moved += amount
  }
  return moved
}

function isAccount(value: unknown): value is Account {
  return (ACCOUNTS as readonly unknown[]).includes(value)
}

function add<K>(counts: Map<K, number>, key: K, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}
