/** Claims: BL6 holds however often the freezing of a list is sent, and whoever renews a view code on the way. */
import { sql } from 'kysely'
import t from 'tap'
import { parseBallotList } from '../../../ledger/ballot.ts'
import { ownPlace } from '../../../ledger/ballot-token.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { recountBallot } from '../../../ledger/recount.ts'
import { openOwner } from '../../../server/db/postgres.ts'
import { draftBallot, freezeBallot, grantEntitlement } from '../../../server/services/points/ballots.ts'
import { findToken, readCommitments } from '../../../server/services/points/ballot-store.ts'
import { castVote } from '../../../server/services/points/cast-vote.ts'
import { eligibilityOf } from '../../../server/services/points/freeze-eligibility.ts'
import { renewViewCode } from '../../../server/services/points/renew-view-code.ts'
import { readBallotList } from '../../../server/services/points/tally-ballots.ts'
import { PROGRAMME, confirmAnchor, indexOf, once, recordSource } from '../../support/points.ts'
import { DAY_MS, ballotOn, openSpending } from './spending.ts'

const VOTERS = 20

t.test('BL6: a list that is frozen after many attempts has the tokens of the codes of that moment', async (t) => {
  const spending = await openSpending(t, VOTERS)
  const { log, database, holders, url } = spending
  const append = log.sequencer.append.bind(log.sequencer)
  const index = indexOf(await append(draftBallot(once(), PROGRAMME, ballotOn(spending))))
  const place = { index, programme: PROGRAMME }
  for (const { id: holder } of holders) {
    await append(grantEntitlement(once(), place, { rule: 'voice', source: await recordSource(log), holder }))
  }
  const codes = holders.map(({ viewCode }) => viewCode)
  const old = [...codes]
  const renew = async (voter: number): Promise<void> => {
    const sent = { kind: 'spend', code: holders[voter]!.spendCode } as const
    codes[voter] = (await renewViewCode(database, sent)).viewCode
  }

  const cutOff = await eligibilityOf(database, place)
  await renew(0)
  await t.rejects(append(freezeBallot(once(), place, cutOff)), { code: 'busy' }, 'a token less than was looked at')
  const late = await eligibilityOf(database, place)
  await renew(1)
  const newest = await eligibilityOf(database, place)
  await t.rejects(append(freezeBallot(once(), place, late)), { code: 'busy' }, 'as many, but not the same')
  t.not(newest.root, late.root)
  // In whatever order these come to the codes.
  await Promise.all([2, 3, 4, 5].flatMap((voter) => [eligibilityOf(database, place), renew(voter)]))
  await append(freezeBallot(once(), place, await eligibilityOf(database, place)))
  const frozen = await readCommitments(database.kysely, index)
  const atFreeze = [...codes]
  await renew(6)
  t.same(await readCommitments(database.kysely, index), frozen, 'what is frozen stays')

  await confirmAnchor(database)
  await spending.setAhead(DAY_MS + 1000)
  await spending.sweep()
  for (const { id: holder } of holders) {
    await append(castVote({ holder }, place, await findToken(database.kysely, index, holder), ['cap']))
  }
  await spending.setAhead(3 * DAY_MS + 1000)
  await spending.sweep()
  const bytes = await readBallotList(database, PROGRAMME, index)
  const list = parseBallotList(bytes)
  for (const [voter, code] of atFreeze.entries()) {
    t.match(ownPlace(list, code), { isListed: true, casts: { length: 1 } }, `voter ${voter} finds the own vote`)
  }
  for (const code of old.slice(0, 6)) t.notOk(ownPlace(list, code).isListed, 'a code that was renewed has no place')
  const stored = await log.reader.streamEntries(`points:${PROGRAMME}`)
  const entries = stored.map((entry) => ({ index: entry.index, entry: parseEntry(entry.bytes) }))
  t.same(recountBallot(list, bytes, entries).differences, [])

  const owner = openOwner(url)
  t.teardown(async () => await owner.destroy())
  for (const kysely of [database.kysely, owner]) {
    await t.rejects(sql`DELETE FROM ballot_token WHERE ballot = ${index}`.execute(kysely), /BL1/)
  }
})
