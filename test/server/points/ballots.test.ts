/** Claims: BL1–BL5 on ballots, in the service and again in the database; anybody can count a ballot again. */
import { sql } from 'kysely'
import t from 'tap'
import { parseBallotList } from '../../../ledger/ballot.ts'
import { ownPlace } from '../../../ledger/ballot-token.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { recountBallot } from '../../../ledger/recount.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { draftBallot, endBallot, freezeBallot, grantEntitlement } from '../../../server/services/points/ballots.ts'
import type { NewBallot } from '../../../server/services/points/ballots.ts'
import { findToken, keepTokens, readCommitments } from '../../../server/services/points/ballot-store.ts'
import { castVote } from '../../../server/services/points/cast-vote.ts'
import { eligibilityOf } from '../../../server/services/points/freeze-eligibility.ts'
import { BallotLists } from '../../../server/services/points/ballot-lists.ts'
import { readBallotList } from '../../../server/services/points/tally-ballots.ts'
import { PROGRAMME, confirmAnchor, indexOf, once, recordSource } from '../../support/points.ts'
import { DAY_MS, ballotOn, openSpending } from './spending.ts'
import type { Spending } from './spending.ts'

t.setTimeout(600_000)

const VOTERS = 24

/** Drafts a ballot and gives everybody a vote. */
async function openBallot(spending: Spending, members: Partial<NewBallot> = {}): Promise<number> {
  const { log, holders } = spending
  const ballot = indexOf(await log.sequencer.append(draftBallot(once(), PROGRAMME, ballotOn(spending, members))))
  for (const { id: holder } of holders) {
    const source = await recordSource(log)
    const given = { rule: 'voice', source, holder }
    await log.sequencer.append(grantEntitlement(once(), { index: ballot, programme: PROGRAMME }, given))
  }
  return ballot
}

const freeze = async ({ log, database }: Spending, index: number): Promise<void> => {
  const place = { index, programme: PROGRAMME }
  await log.sequencer.append(freezeBallot(once(), place, await eligibilityOf(database, place)))
}

const cast = async ({ log, database, holders }: Spending, index: number, voter: number, choice: string[]) => {
  const token = await findToken(database.kysely, index, holders[voter]!.id)
  return await log.sequencer.append(
    castVote({ holder: holders[voter]!.id }, { index, programme: PROGRAMME }, token, choice),
  )
}

const recount = async ({ log, database }: Spending, index: number) => {
  const list = await readBallotList(database, PROGRAMME, index)
  const stored = await log.reader.streamEntries(`points:${PROGRAMME}`)
  const entries = stored.map((entry) => ({ index: entry.index, entry: parseEntry(entry.bytes) }))
  return { list, entries, found: recountBallot(parseBallotList(list), list, entries) }
}

t.test('BL1–BL4: a ballot from its draft to its recount', async (t) => {
  const spending = await openSpending(t, VOTERS)
  const { log, database, holders } = spending
  const append = log.sequencer.append.bind(log.sequencer)
  const ballot = await openBallot(spending)
  const place = { index: ballot, programme: PROGRAMME }
  const lists = new BallotLists(database)

  await t.test('a vote is given once, by rule, for a source', async (t) => {
    const holder = holders[0]!.id
    const given = { rule: 'voice', source: spending.source, holder }
    await t.rejects(append(grantEntitlement(once(), place, given)), { code: 'entitlement_exists' })
    const points = { rule: 'help', source: spending.source, holder }
    await t.rejects(append(grantEntitlement(once(), { ...place, index: await openBallotAlone(spending) }, points)), {
      code: 'rule_gives_no_votes',
    })
  })

  await t.test('BL1: nothing opens before the list is frozen and anchored', async (t) => {
    await spending.setAhead(DAY_MS + 1000)
    t.equal(await spending.sweep(), 0, 'it was not frozen')
    await t.rejects(append(freezeBallot(once(), place, { eligible: VOTERS - 1, root: 'A'.repeat(43), list: '' })), {
      code: 'busy',
    })
    await Promise.all([keepTokens(database, place), keepTokens(database, place)])
    const kept = await readCommitments(database.kysely, ballot)
    await freeze(spending, ballot)
    t.same(await readCommitments(database.kysely, ballot), kept, 'tokens are kept once')
    await spending.sweep()
    await t.rejects(cast(spending, ballot, 0, ['cap']), { code: 'ballot_step' }, 'no anchor covers the list')
    await t.rejects(
      sql`UPDATE ballot SET opened_index = frozen_index + 1 WHERE entry_index = ${ballot}`.execute(database.kysely),
      /BL1/,
    )
    const late = { rule: 'voice', source: await recordSource(log), holder: holders[0]!.id }
    await t.rejects(append(grantEntitlement(once(), place, late)), { code: 'entitlement_exists' })
    await confirmAnchor(database)
    await Promise.all([spending.sweep(), spending.sweep()])
  })

  await t.test('BL2: one entitlement has one vote, and the last one counts', async (t) => {
    for (let voter = 0; voter < VOTERS - 1; voter++) await cast(spending, ballot, voter, ['cap'])
    for (const choice of ['label', 'straw', 'label']) await cast(spending, ballot, 0, [choice])
    await t.rejects(cast(spending, ballot, 1, ['cap', 'label']), { code: 'choice_invalid' })
    await t.rejects(cast(spending, ballot, 1, ['lid']), { code: 'choice_invalid' })
    await t.rejects(append(castVote({ holder: holders[0]!.id }, place, undefined, ['cap'])), { code: 'not_entitled' })
    const text = (await log.reader.streamEntries(`points:${PROGRAMME}`)).map(({ bytes }) =>
      Buffer.from(bytes).toString(),
    )
    t.ok(
      text
        .filter((entry) => entry.includes('ballot.cast'))
        .every((entry) => !/"label"|"straw"|H-[0-9A-Z]{20}/.test(entry)),
    )
    for (const none of [ballot, ballot + 1]) {
      await t.rejects(lists.read(PROGRAMME, none), { code: 'not_found' }, 'nothing before the close')
    }
  })

  await t.test('BL3: closed and counted at the published time; the recount is the tally', async (t) => {
    await t.rejects(append(endBallot(once(), place, 'finalised')), { code: 'ballot_step' })
    await spending.setAhead(3 * DAY_MS + 1000)
    await t.rejects(cast(spending, ballot, 1, ['cap']), { code: 'ballot_step' }, 'closed before the vote is judged')
    await Promise.all([spending.sweep(), spending.sweep()])
    const late = sql`
      INSERT INTO ballot_cast (entry_index, ballot, commitment)
      SELECT (SELECT max(index) FROM entry), ballot, commitment FROM ballot_token WHERE ballot = ${ballot} LIMIT 1`
    await t.rejects(late.execute(database.kysely), /BL2/, 'a vote after the close is refused by the database too')
    const { list, entries, found } = await recount(spending, ballot)
    t.same(found.differences, [])
    t.equal(found.casts, VOTERS + 2)
    t.same(found.counts, [
      { option: 'cap', votes: VOTERS - 2 },
      { option: 'label', votes: 1 },
      { option: 'straw', votes: 0 },
    ])
    t.same(await readBallotList(database, PROGRAMME, ballot), list, 'the same bytes again')
    const asked = await Promise.all(Array.from({ length: 8 }, async () => await lists.read(PROGRAMME, ballot)))
    t.same(asked[0], list)
    t.ok(
      [...asked, await lists.read(PROGRAMME, ballot)].every((bytes) => bytes === asked[0]),
      'counted once for all',
    )
    await t.rejects(lists.read('other', ballot), { code: 'not_found' }, 'and only under its own programme')
    const placeOf = (voter: number) => ownPlace(parseBallotList(list), holders[voter]!.viewCode)
    t.match(placeOf(0), { isListed: true, casts: { length: 4 } }, 'BL6: each finds the own votes')
    t.match(placeOf(1), { isListed: true, casts: { length: 1 } })
    t.same(placeOf(VOTERS - 1), { isListed: true, casts: [] }, 'and who did not vote that nobody did')
    const changed = JSON.parse(Buffer.from(list).toString()) as { casts: unknown[] }
    changed.casts.splice(3, 1)
    const short = Buffer.from(JSON.stringify(changed))
    const { differences } = recountBallot(parseBallotList(short), short, entries)
    t.ok(differences.some(({ code }) => code === 'vote_dropped'))
  })

  await t.test('the tally may be challenged with a reason, and is final after', async (t) => {
    await t.rejects(append(endBallot(once(), place, 'challenged')), { code: 'reason_missing' })
    await append(endBallot(once(), place, 'challenged', 'The list was late.'))
    await t.rejects(append(endBallot(once(), place, 'finalised')), { code: 'reason_missing' })
    await append(endBallot(once(), place, 'finalised', 'It was published in time.'))
    await t.rejects(append(endBallot(once(), place, 'challenged', 'again')), { code: 'ballot_step' })
  })

  t.same((await checkLog(database)).problems, [], 'fsck finds the same')
})

t.test('BL5: with too few votes there is no split, and no list of choices', async (t) => {
  const spending = await openSpending(t, 3)
  const ballot = await openBallot(spending, { choice: 'approval' })
  await freeze(spending, ballot)
  await confirmAnchor(spending.database)
  await spending.setAhead(DAY_MS + 1000)
  await spending.sweep()
  for (let voter = 0; voter < 3; voter++) await cast(spending, ballot, voter, ['cap', 'straw'])
  await spending.setAhead(3 * DAY_MS + 1000)
  await spending.sweep()
  const { list, found } = await recount(spending, ballot)
  t.notMatch(Buffer.from(list).toString(), /opening/)
  t.same(found.differences, [])
  t.equal(found.published?.counts, undefined)
  t.equal(found.published?.counted, 3)
  t.same((await checkLog(spending.database)).problems, [])
})

async function openBallotAlone(spending: Spending): Promise<number> {
  return indexOf(await spending.log.sequencer.append(draftBallot(once(), PROGRAMME, ballotOn(spending))))
}
