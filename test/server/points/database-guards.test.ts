/**
 * The books are kept twice: what the service might get wrong, the database refuses by itself, and what somebody changed
 * behind both, fsck names.
 */
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import t from 'tap'
import { disclosureDigest } from '../../../ledger/disclosure.ts'
import { formatOpening, parseOpening } from '../../../ledger/holder-opening.ts'
import { ACCOUNT_KINDS } from '../../../ledger/postings.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { sqlState } from '../../../server/db/session.ts'
import type { Tables } from '../../../server/db/tables.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import { openHolders } from '../../../server/services/points/open-holders.ts'
import { publishRule, withdrawRule } from '../../../server/services/points/rules.ts'
import { openTestDatabase } from '../../support/database.ts'
import { openTestLog } from '../../support/log.ts'
import { PROGRAMME, indexOf, once, openTestProgramme, recordSource, supervision } from '../../support/points.ts'

/** What may move where (ledger/README.md, "Postings"). */
const CHART = [
  'issuance-pending',
  'issuance-available',
  'pending-available',
  'pending-issuance',
  'available-held',
  'held-available',
  'held-redeemed',
  'redeemed-available',
  'available-expired',
  'available-issuance',
  'forfeited-issuance',
]

const DENIED = '42501'
const CHECK = '23514'
const UNIQUE = '23505'
const GUARD = '23000'

t.test('the database keeps the books by itself', async (t) => {
  const { database, dataDir, url = '' } = await openTestDatabase(t, 'postgres')
  const log = await openTestLog({ database, dataDir })
  const owner = openOwner(url)
  t.teardown(async () => {
    await owner.destroy()
    await log.close()
  })
  const rules = [supervision({ rule: 'direct' }), supervision({ rule: 'ended' })]
  const [first, second] = (await openTestProgramme(log, database, rules, 2)).map(({ id }) => id)
  const source = await recordSource(log)
  const grant = indexOf(
    await log.sequencer.append(grantPoints(once(), PROGRAMME, { rule: 'direct', source, holder: first! })),
  )
  await log.sequencer.append(withdrawRule(once(), PROGRAMME, 'ended'))
  const young = indexOf(await log.sequencer.append(publishRule(once(), PROGRAMME, supervision({ rule: 'young' }))))
  const own = openHolders(once(), PROGRAMME, { staffKey: 'k_staff' })
  await log.sequencer.append(own.command)
  const ruleIndex = async (rule: string): Promise<number> =>
    (
      await database.kysely
        .selectFrom('earning_rule')
        .select('entry_index')
        .where('rule', '=', rule)
        .executeTakeFirstOrThrow()
    ).entry_index
  const direct = await ruleIndex('direct')
  const ended = await ruleIndex('ended')

  const stateOf = async (statement: string, kysely: Kysely<Tables> = database.kysely): Promise<string | undefined> => {
    try {
      await sql.raw(statement).execute(kysely)
      return undefined
    } catch (error) {
      return sqlState(error)
    }
  }
  const messageOf = async (statement: string): Promise<string> =>
    await sql
      .raw(statement)
      .execute(database.kysely)
      .then(() => 'nothing refused it', String)
  const transfer = (members: Record<string, string | number>): string => {
    const row = {
      entry_index: 900,
      posting: 0,
      programme: `'${PROGRAMME}'`,
      from_kind: `'issuance'`,
      to_kind: `'available'`,
      amount: 5,
      holder: `'${first}'`,
      to_current: 15,
      to_version: 2,
      tranches: `'[{"grant":900,"amount":5}]'`,
      ...members,
    }
    return `INSERT INTO transfer (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).join(', ')})`
  }
  const granted = (members: Record<string, string | number>): string => {
    const row = {
      entry_index: 900,
      programme: `'${PROGRAMME}'`,
      rule: `'direct'`,
      rule_version: 1,
      rule_index: direct,
      source,
      holder: `'${second}'`,
      amount: 10,
      reviewer: `'k_staff'`,
      state: `'posted'`,
      outcome_index: 900,
      ...members,
    }
    return `INSERT INTO point_grant (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).join(', ')})`
  }

  await t.test('balances are written by no role of the service', async (t) => {
    for (const table of ['account', 'tranche', 'programme_balance']) {
      t.equal(
        await stateOf(`UPDATE ${table} SET ${table === 'tranche' ? 'remaining' : 'available'} = 1`),
        DENIED,
        table,
      )
      t.equal(await stateOf(`DELETE FROM ${table}`), DENIED, table)
    }
  })

  await t.test('L2: transfers and openings are changed by nobody, the owner included', async (t) => {
    for (const kysely of [database.kysely, owner]) {
      for (const attack of [
        'UPDATE transfer SET amount = 1',
        'DELETE FROM transfer',
        'UPDATE opening SET holder = NULL',
      ]) {
        t.equal(await stateOf(attack, kysely), DENIED, attack)
      }
    }
    t.equal(await stateOf('TRUNCATE ballot_token CASCADE', owner), DENIED)
    t.equal(await stateOf(`UPDATE ballot_token SET token = ''`, owner), DENIED, 'which may be taken back, not changed')
    const kept = ['expiry_notice', 'proposal_step', 'entitlement', 'ballot_cast', 'liability_root']
    for (const table of kept) {
      // One that others refer to is not even looked at without CASCADE.
      t.equal(await stateOf(`TRUNCATE ${table} CASCADE`, owner), DENIED, table)
      t.equal(await stateOf(`DELETE FROM ${table}`, owner), DENIED, table)
    }
  })

  await t.test('P1: a balance other than the one that was recorded is refused', async (t) => {
    t.equal(await stateOf(transfer({ to_current: 16 })), GUARD, 'too much')
    t.equal(await stateOf(transfer({ to_version: 3 })), GUARD, 'a version is left out')
    t.equal(await stateOf(transfer({ holder: `'H-00000000000000000000'` })), GUARD, 'nobody')
    const spend = { from_kind: `'available'`, to_kind: `'expired'`, from_current: 0, from_version: 2, amount: 11 }
    t.equal(
      await stateOf(
        transfer({ ...spend, to_current: 'NULL', to_version: 'NULL', tranches: `'[{"grant":${grant},"amount":11}]'` }),
      ),
      CHECK,
      'more than there is',
    )
  })

  await t.test('P2, L1: only the moves of the chart of accounts, with an amount above zero', async (t) => {
    const ofHolder = ['available', 'pending', 'held']
    for (const from of ACCOUNT_KINDS) {
      for (const to of ACCOUNT_KINDS.filter((kind) => !CHART.includes(`${from}-${kind}`))) {
        const [gives, takes] = [ofHolder.includes(from), ofHolder.includes(to)]
        const move = transfer({
          from_kind: `'${from}'`,
          to_kind: `'${to}'`,
          ...(gives ? { from_current: 5, from_version: 2 } : {}),
          ...(takes ? { to_current: 5, to_version: gives ? 3 : 2 } : { to_current: 'NULL', to_version: 'NULL' }),
          ...(gives || takes ? {} : { holder: 'NULL' }),
          ...([from, to].includes('available') ? {} : { tranches: 'NULL' }),
        })
        t.match(await messageOf(move), /transfer_check1/, `${from} to ${to}`)
      }
    }
    t.equal(await stateOf(transfer({ amount: 0, to_current: 10 })), CHECK)
    t.equal(await stateOf(transfer({ amount: -5, to_current: 5 })), CHECK)
    t.equal(await stateOf(transfer({ holder: 'NULL' })), CHECK)
    t.equal(await stateOf(transfer({ programme: `'another'` })), '23503')
  })

  await t.test('L5: the tranches of a transfer are its amount, and those of its holder', async (t) => {
    t.equal(await stateOf(transfer({ tranches: `'[{"grant":900,"amount":4}]'` })), GUARD)
    t.equal(await stateOf(transfer({ tranches: `'[]'` })), GUARD)
    t.equal(await stateOf(transfer({ tranches: `'[{"grant":900,"amount":6},{"grant":901,"amount":-1}]'` })), GUARD)
    const foreign = {
      holder: `'${second}'`,
      to_current: 5,
      to_version: 1,
      tranches: `'[{"grant":${grant},"amount":5}]'`,
    }
    t.equal(await stateOf(transfer(foreign)), GUARD)
  })

  await t.test('RC1: the numbers of what concerns a holder without moving points are there once', async (t) => {
    const note = (index: number, number: number, of = first!): string => {
      const body = formatOpening('A'.repeat(22), { kind: 'holder', value: { holder: of, number } })
      return `INSERT INTO opening (entry_index, digest, body, holder)
        VALUES (${index}, '${disclosureDigest(body)}', '${body}', '${of}')`
    }
    const [own] = await database.kysely
      .selectFrom('opening')
      .select('body')
      .where('holder', '=', first!)
      .orderBy('entry_index')
      .execute()
    t.match(parseOpening(own!.body), { kind: 'holder', value: { number: 1 } })
    // The block takes back what it wrote, and tells by its own code that nothing refused it.
    const tried = async (...notes: string[]): Promise<string | undefined> =>
      await stateOf(`DO $$ BEGIN ${notes.join('; ')}; RAISE EXCEPTION USING ERRCODE = '22000'; END $$`)
    t.equal(await tried(note(900, 1)), UNIQUE)
    t.equal(await tried(note(900, 12)), '22000', 'the next is not')
    t.equal(await tried(note(900, 12), note(901, 12)), UNIQUE)
    t.equal(await tried(note(900, 12), note(901, 12, second)), '22000', 'each holder has own numbers')
  })

  await t.test('ER1, ER3: a grant under a rule that no anchor covers, or that was withdrawn, is refused', async (t) => {
    t.equal(await stateOf(granted({ rule: `'young'`, rule_index: young })), GUARD)
    t.equal(await stateOf(granted({ rule: `'ended'`, rule_index: ended })), GUARD)
    t.equal(await stateOf(granted({ rule_index: direct - 1 })), GUARD, 'another index than its own')
    t.equal(await stateOf(granted({ entry_index: direct })), CHECK, 'before the rule')
    t.equal(await stateOf(granted({ rule: `'nothing'` })), GUARD)
  })

  await t.test('GR1–GR3, L3: source, reviewer, and once', async (t) => {
    t.equal(await stateOf(granted({ source: 900 })), CHECK, 'a source that is not earlier')
    t.equal(await stateOf(granted({ holder: `'${own.holders[0]!.id}'` })), GUARD, 'the reviewer is the beneficiary')
    t.equal(await stateOf(granted({ holder: `'${first}'` })), UNIQUE, 'the same source again')
    t.equal(await stateOf(granted({ holder: `'H-00000000000000000000'` })), GUARD, 'nobody')
  })

  await t.test('a grant is resolved once, and taken back at most as far as it went (L4)', async (t) => {
    t.equal(await stateOf(`UPDATE point_grant SET state = 'pending', outcome_index = NULL`), GUARD)
    t.equal(await stateOf(`UPDATE point_grant SET state = 'voided'`), GUARD)
    t.equal(await stateOf(`UPDATE point_grant SET amount = 11`), DENIED)
    t.equal(await stateOf(`UPDATE point_grant SET reversed = 11`), CHECK)
    t.equal(await stateOf(`UPDATE earning_rule SET per_holder_max = 5`), DENIED)
    t.equal(await stateOf(`UPDATE earning_rule SET withdrawn_index = 901 WHERE rule = 'ended'`), GUARD)
  })

  t.same((await checkLog(database)).problems, [], 'nothing of all this left a trace')

  await t.test('what the owner changes by force is named by fsck', async (t) => {
    const force = async (statement: string): Promise<string> => {
      const problems: string[] = []
      await owner.connection().execute(async (connection) => {
        await sql.raw('BEGIN; SET LOCAL session_replication_role = replica').execute(connection)
        await sql.raw(statement).execute(connection)
        await sql.raw('COMMIT').execute(connection)
      })
      problems.push(...(await checkLog(database)).problems.map(({ where, what }) => `${where}: ${what}`))
      return problems.join('; ')
    }
    t.match(
      await force(`UPDATE account SET available = available + 1, pending = 0 WHERE holder = '${first}'`),
      /account H-.*: available/,
    )
    t.match(await force(`UPDATE account SET available = available - 1 WHERE holder = '${first}'`), /^$/)
    t.match(await force(`UPDATE tranche SET remaining = remaining + 1`), /tranche .*: remaining/)
    t.match(await force(`UPDATE tranche SET remaining = remaining - 1`), /^$/)
    t.match(
      await force(`UPDATE programme_balance SET issuance = issuance - 1, available = available + 1`),
      /programme_balance herd/,
    )
    t.match(await force(`UPDATE programme_balance SET issuance = issuance + 1, available = available - 1`), /^$/)
    t.match(await force(`UPDATE point_grant SET amount = 11`), /point_grant .*: amount/)
    t.match(await force(`UPDATE point_grant SET amount = 10`), /^$/)
    t.match(await force(`UPDATE transfer SET amount = 9`), /transfer .*: it is not what the entry says/)
    t.match(await force(`UPDATE transfer SET amount = 10`), /^$/)
    t.match(
      await force(`UPDATE opening SET holder = '${second}' WHERE entry_index = ${grant}`),
      /its row names another holder/,
    )
    t.match(await force(`UPDATE opening SET holder = '${first}' WHERE entry_index = ${grant}`), /^$/)
    t.match(
      await force(`UPDATE opening SET body = overlay(body PLACING 'QUFB' FROM 5) WHERE entry_index = ${grant}`),
      /does not fit its digest/,
    )
    t.match(await force(`DELETE FROM opening WHERE entry_index = ${grant}`), /an opening is missing/)
  })
})
