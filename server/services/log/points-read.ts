/**
 * What a batch with commands on points reads besides, in the same statement (S8). Each look-up asks by keys, one by one
 * (LATERAL), and is part of the statement only when a command needs it: so a batch without points reads what it always
 * read, and a batch of grants does not look for rewards.
 */
import { NO_TOTALS } from '../../../ledger/postings.ts'
import type { Totals } from '../../../ledger/postings.ts'
import type { Statement } from '../../db/session.ts'
import { byteaArray } from './append-pack.ts'
import type { Command } from './command.ts'
import { NO_HEAD } from './crisis-cache.ts'
import type { CrisisCache } from './crisis-cache.ts'
import { READ_TABLES, columnOf, keyOfRow, programmeOfStream } from './points-rows.ts'
import type { PointsNeeds, ProgrammeRow, TableSpec } from './points-rows.ts'
import type { LogSnapshot } from './snapshot.ts'

type Cell = string | number
/** A question of one row, such as a holder and a rule. */
type Asked = readonly Cell[]

type LookUp = {
  /** The SQL types of a question; its members are called a, b, c. */
  readonly types: readonly ('text' | 'bigint')[]
  /** What is found for k: a list of expressions, and where they come from. */
  readonly select: string
  readonly from: string
  ask(needs: PointsNeeds): readonly Asked[]
  /** Notes what is known to be absent, then what was found. */
  load(snapshot: LogSnapshot, asked: readonly Asked[], found: readonly unknown[][]): void
}

/** A look-up of rows that stand in READ_TABLES, by some of their columns. */
function rowsBy(
  name: keyof typeof READ_TABLES,
  by: readonly string[],
  rest: Pick<LookUp, 'types' | 'ask'> & { where?: string; absent(snapshot: LogSnapshot, asked: Asked): void },
): LookUp {
  const spec = READ_TABLES[name] as unknown as TableSpec<Record<string, unknown>>
  const members = Object.keys(spec.columns)
  const conditions = by.map((member, i) => `x.${columnOf(member)} = k.${'abc'.charAt(i)}`)
  return {
    types: rest.types,
    ask: rest.ask,
    select: members.map((member) => selected(`r.${columnOf(member)}`, spec.columns[member])).join(', '),
    from: `(SELECT * FROM ${spec.table} x WHERE ${[...conditions, ...(rest.where === undefined ? [] : [rest.where])].join(' AND ')}) AS r`,
    load(snapshot, asked, found) {
      for (const question of asked) rest.absent(snapshot, question)
      for (const values of found) {
        const row = Object.fromEntries(members.map((member, i) => [member, values[i]]))
        snapshot.rows[name].load(keyOfRow(spec, row), row as never)
      }
    },
  }
}

function selected(column: string, type: string | undefined): string {
  return type === 'timestamptz' ? `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : column
}

const one = (value: Cell): Asked => [value]

const LOOK_UPS: Readonly<Record<string, LookUp>> = {
  // With the admin key of the person behind the holder, if one was declared.
  holders: {
    types: ['text'],
    select: 'r.id, r.programme, r.entry_index, r.staff_key',
    from: `(SELECT x.*, s.staff_key FROM holder x LEFT JOIN holder_secret s ON s.holder = x.id WHERE x.id = k.a) AS r`,
    ask: ({ holders = [], tranches = [] }) => [...holders, ...tranches].map(one),
    load({ rows, points }, asked, found) {
      for (const [id] of asked) rows.holder.load(String(id), undefined)
      for (const [id, programme, entryIndex, staffKey] of found as [string, string, number, string | null][]) {
        rows.holder.load(id, { id, programme, entryIndex })
        points.loadStaffKey(id, staffKey)
      }
    },
  },
  accounts: rowsBy('account', ['holder'], {
    types: ['text'],
    ask: ({ holders = [], tranches = [] }) => [...holders, ...tranches].map(one),
    absent: ({ rows }, [holder]) => rows.account.load(String(holder), undefined),
  }),
  tranches: rowsBy('tranche', ['holder'], {
    types: ['text'],
    where: 'x.remaining > 0',
    ask: ({ tranches = [] }) => tranches.map(one),
    absent: ({ points }, [holder]) => points.loadTranchesOf(String(holder)),
  }),
  grants: rowsBy('grant', ['entryIndex'], {
    types: ['bigint'],
    ask: ({ grants = [] }) => grants.map(one),
    absent: ({ rows }, [index]) => rows.grant.load(String(index), undefined),
  }),
  // A tranche is named as its grant: a reversal takes back what is left of it.
  tranchesOfGrants: rowsBy('tranche', ['grantIndex'], {
    types: ['bigint'],
    ask: ({ grants = [] }) => grants.map(one),
    absent: ({ rows }, [index]) => rows.tranche.load(String(index), undefined),
  }),
  grantKeys: {
    types: ['text', 'text', 'bigint'],
    select: 'k.a, k.b, k.c, r.entry_index, r.amount',
    from: '(SELECT entry_index, amount FROM point_grant x WHERE x.holder = k.a AND x.rule = k.b AND x.source = k.c) AS r',
    ask: ({ grantKeys = [] }) => grantKeys.map(({ holder, rule, source }) => [holder, rule, source]),
    load({ rows }, asked, found) {
      for (const key of asked) rows.grantKey.load(key.join(' '), undefined)
      for (const [holder, rule, source, entryIndex, amount] of found as [string, string, number, number, number][]) {
        rows.grantKey.load(`${holder} ${rule} ${source}`, { holder, rule, source, entryIndex, amount })
      }
    },
  },
  // Only of rules with a cap, of which a holder cannot have many grants.
  uses: {
    types: ['text', 'text'],
    select: 'k.a, k.b, r.points',
    from: `(
      SELECT (
        SELECT coalesce(sum(g.amount - g.reversed), 0)::bigint FROM point_grant g
        WHERE g.holder = k.a AND g.rule = k.b AND g.state IN ('pending', 'posted')) AS points
      WHERE EXISTS (SELECT FROM earning_rule e WHERE e.rule = k.b AND e.per_holder_max IS NOT NULL)) AS r`,
    ask: ({ grantKeys = [] }) => grantKeys.map(({ holder, rule }) => [holder, rule]),
    load({ rows }, _asked, found) {
      for (const [holder, rule, points] of found as [string, string, number][]) {
        rows.use.load(`${holder} ${rule}`, { holder, rule, points })
      }
    },
  },
  // Every opening of a holder is of a side of a transfer or such a note, one for each entry.
  notes: {
    types: ['text'],
    select: 'k.a, r.count',
    from: `(
      SELECT count(*) AS count FROM opening x WHERE x.holder = k.a AND NOT EXISTS (
        SELECT FROM transfer t WHERE t.entry_index = x.entry_index AND t.holder = k.a)) AS r`,
    ask: ({ notes = [] }) => notes.map(one),
    load({ rows }, asked, found) {
      for (const [holder] of asked) rows.notes.load(String(holder), undefined)
      for (const [holder, count] of found as [string, number][]) rows.notes.load(holder, { holder, count })
    },
  },
  sources: {
    types: ['bigint'],
    select: 'r.index, r.stream, r.brand',
    from: `(SELECT e.index, e.stream, s.brand FROM entry e
      CROSS JOIN LATERAL (SELECT brand FROM stream y WHERE y.name = e.stream LIMIT 1) AS s WHERE e.index = k.a) AS r`,
    ask: ({ sources = [] }) => sources.map(one),
    load({ points }, asked, found) {
      for (const [index] of asked) points.loadSource(Number(index), undefined)
      for (const [index, stream, brand] of found as [number, string, string | null][]) {
        points.loadSource(index, { stream, brand })
      }
    },
  },
  rewards: rowsBy('reward', ['programme', 'reward'], {
    types: ['text', 'text'],
    ask: ({ rewards = [] }) => rewards.map(({ programme, reward }) => [programme, reward]),
    absent: ({ rows }, asked) => rows.reward.load(asked.join(' '), undefined),
  }),
  redemptions: rowsBy('redemption', ['entryIndex'], {
    types: ['bigint'],
    ask: ({ redemptions = [] }) => redemptions.map(one),
    absent: ({ rows }, [index]) => rows.redemption.load(String(index), undefined),
  }),
  proposals: rowsBy('proposal', ['entryIndex'], {
    types: ['bigint'],
    ask: ({ proposals = [] }) => proposals.map(one),
    absent: ({ rows }, [index]) => rows.proposal.load(String(index), undefined),
  }),
  ballots: rowsBy('ballot', ['entryIndex'], {
    types: ['bigint'],
    ask: ({ ballots = [] }) => ballots.map(one),
    absent: ({ rows }, [index]) => rows.ballot.load(String(index), undefined),
  }),
  tokenLists: {
    types: ['bigint'],
    select: 'k.a, r.list',
    from: `(
      SELECT encode(sha256(convert_to(coalesce(string_agg(x.commitment, '' ORDER BY x.commitment), ''), 'UTF8')), 'hex')
        AS list
      FROM ballot_token x WHERE x.ballot = k.a) AS r`,
    ask: ({ tokenLists = [] }) => tokenLists.map(one),
    load({ points }, _asked, found) {
      for (const [ballot, list] of found as [number, string][]) points.loadTokenList(ballot, list)
    },
  },
  entitlementKeys: {
    types: ['bigint', 'text'],
    select: 'k.a, k.b, r.entry_index',
    from: '(SELECT entry_index FROM entitlement x WHERE x.ballot = k.a AND x.holder = k.b) AS r',
    ask: ({ entitlementKeys = [] }) => entitlementKeys.map(({ ballot, holder }) => [ballot, holder]),
    load({ rows }, asked, found) {
      for (const key of asked) rows.entitlementKey.load(key.join(' '), undefined)
      for (const [ballot, holder, entryIndex] of found as [number, string, number][]) {
        rows.entitlementKey.load(`${ballot} ${holder}`, { ballot, holder, entryIndex })
      }
    },
  },
  entitlementUses: {
    types: ['text', 'text'],
    select: 'k.a, k.b, r.votes',
    from: '(SELECT count(*) AS votes FROM entitlement x WHERE x.holder = k.a AND x.rule = k.b) AS r',
    ask: ({ entitlementUses = [] }) => entitlementUses.map(({ holder, rule }) => [holder, rule]),
    load({ rows }, _asked, found) {
      for (const [holder, rule, votes] of found as [string, string, number][]) {
        rows.entitlementUse.load(`${holder} ${rule}`, { holder, rule, votes })
      }
    },
  },
  entitlementSources: {
    types: ['text', 'text', 'bigint'],
    select: 'k.a, k.b, k.c, r.entry_index',
    from: '(SELECT entry_index FROM entitlement x WHERE x.holder = k.a AND x.rule = k.b AND x.source = k.c) AS r',
    ask: ({ entitlementSources = [] }) => entitlementSources.map(({ holder, rule, source }) => [holder, rule, source]),
    load({ rows }, asked, found) {
      for (const key of asked) rows.entitlementSource.load(key.join(' '), undefined)
      for (const [holder, rule, source, entryIndex] of found as [string, string, number, number][]) {
        rows.entitlementSource.load(`${holder} ${rule} ${source}`, { holder, rule, source, entryIndex })
      }
    },
  },
  expiring: {
    types: ['text', 'text'],
    select: 'k.a, k.b, r.holders, r.amount',
    from: `(SELECT count(DISTINCT x.holder) AS holders, coalesce(sum(x.remaining), 0)::bigint AS amount
      FROM tranche x CROSS JOIN LATERAL (SELECT programme FROM account a WHERE a.holder = x.holder LIMIT 1) AS a
      WHERE x.remaining > 0 AND x.expires_at = k.b::timestamptz AND a.programme = k.a) AS r`,
    ask: ({ expiring = [] }) => expiring.map(({ programme, expiresAt }) => [programme, expiresAt]),
    load({ points }, _asked, found) {
      for (const [programme, expiresAt, holders, amount] of found as [string, string, number, number][]) {
        points.loadExpiring(programme, expiresAt, { holders, amount })
      }
    },
  },
}

/** Further columns of the statement, their parameters, and what to do with the answers. */
export type PointsRead = {
  statement: Statement
  parameters: unknown[]
  load(snapshot: LogSnapshot, row: Record<string, unknown>): void
}

type ProgrammeFound = [
  id: string,
  brand: string,
  entryIndex: number,
  changedIndex: number,
  state: ProgrammeRow['state'],
  totals: Totals | null,
]

/**
 * The read of a batch with points: the common read and what is asked for besides; undefined when no command asks.
 *
 * @param common the read of every batch
 * @param parameters how many parameters it has
 */
export function pointsRead(
  commands: readonly Command[],
  cache: CrisisCache,
  common: Statement,
  parameters: number,
): PointsRead | undefined {
  const needs = commands.flatMap(({ needs: { points } }) => (points === undefined ? [] : [points]))
  const programmes = [...wantedProgrammes(commands)]
  if (needs.length === 0 && programmes.length === 0) return undefined
  const cached = programmes.map((id) => cache.findProgramme(id))
  const asked = Object.entries(LOOK_UPS).flatMap(([name, lookUp]) => {
    const rows = distinct(needs.flatMap((need) => [...lookUp.ask(need)]))
    return rows.length === 0 ? [] : [{ name, lookUp, rows }]
  })
  const names = asked.map(({ name }) => name)
  return {
    statement: statementOf(names, common, parameters),
    parameters: [
      programmes,
      byteaArray(cached.map((kept) => kept?.head ?? NO_HEAD)),
      ...asked.flatMap(({ lookUp, rows }) => lookUp.types.map((_, column) => rows.map((row) => row[column]))),
    ],
    load(snapshot, row) {
      snapshot.points.loadAnchored(Number(row['anchored'] ?? 0))
      programmes.forEach((id, i) => snapshot.rows.programme.load(id, cached[i]?.row))
      for (const found of (row['programmes'] ?? []) as ProgrammeFound[]) loadProgramme(snapshot, found)
      for (const { name, lookUp, rows } of asked) {
        lookUp.load(snapshot, rows, (row[columnName(name)] ?? []) as unknown[][])
      }
    },
  }
}

/** The programmes that commands name, by themselves or by their streams. */
export function wantedProgrammes(commands: readonly Command[]): Set<string> {
  const wanted = new Set<string>()
  for (const { needs } of commands) {
    for (const id of needs.points?.programmes ?? []) wanted.add(id)
    for (const stream of needs.streams ?? []) {
      const id = programmeOfStream(stream)
      if (id !== undefined) wanted.add(id)
    }
  }
  return wanted
}

function loadProgramme({ rows }: LogSnapshot, found: ProgrammeFound): void {
  const [id, brand, entryIndex, changedIndex, state, totals] = found
  rows.programme.load(id, {
    id,
    brand,
    entryIndex,
    changedIndex,
    state: { ...state, totals: totals ?? NO_TOTALS },
  })
}

function distinct(rows: readonly Asked[]): Asked[] {
  return [...new Map(rows.map((row) => [row.join(' '), row])).values()]
}

const columnName = (name: string): string => `points_${columnOf(name)}`

const statements = new Map<string, Statement>()

function statementOf(names: readonly string[], common: Statement, parameters: number): Statement {
  const key = `${common.name} ${names.join(',')}`
  const known = statements.get(key)
  if (known !== undefined) return known
  let next = parameters + 1
  const programmes = `
      (SELECT max(size) FROM anchor) AS anchored,
      (SELECT json_agg(json_build_array(p.id, p.brand, p.entry_index, p.changed_index, p.state, (
          SELECT json_build_object('issuance', b.issuance, 'available', b.available, 'pending', b.pending,
            'held', b.held, 'redeemed', b.redeemed, 'expired', b.expired, 'forfeited', b.forfeited)
          FROM programme_balance b WHERE b.programme = p.id)))
        FROM unnest($${next++}::text[], $${next++}::bytea[]) AS k (id, known)
        CROSS JOIN LATERAL (
          SELECT 1 FROM stream x WHERE x.name = 'points:' || k.id AND x.head <> k.known LIMIT 1) AS s
        CROSS JOIN LATERAL (SELECT * FROM programme x WHERE x.id = k.id LIMIT 1) AS p) AS programmes`
  const columns = names.map((name) => {
    const { types, select, from } = LOOK_UPS[name]!
    const arrays = types.map((type) => `$${next++}::${type}[]`).join(', ')
    const members = types.map((_, i) => 'abc'.charAt(i)).join(', ')
    return `
      (SELECT json_agg(json_build_array(${select})) FROM unnest(${arrays}) AS k (${members})
        CROSS JOIN LATERAL ${from}) AS ${columnName(name)}`
  })
  const statement = {
    name: `append-read-points-${statements.size + 1}`,
    text: [common.text, programmes, ...columns].join(','),
  }
  statements.set(key, statement)
  return statement
}
