/**
 * Counting. When a ballot is closed the system publishes what was counted and the hash of the list that anybody can count
 * again (BL3); with too few votes it publishes that there were too few, and no list of choices (BL5).
 */
import { BALLOT_LIST_FORMAT, countVotes, formatBallotList } from '../../../ledger/ballot.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import { ballotOf } from '../../../ledger/points-rules.ts'
import type { BallotState } from '../../../ledger/programme.ts'
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { Appender, Command } from '../log/command.ts'
import { pointsStream } from '../log/points-rows.ts'
import { sha256Bytes } from '../log/sha256.ts'
import { findBallot, readCasts, readCommitments } from './ballot-store.ts'
import type { BallotPlace } from './ballots.ts'
import { SYSTEM, mustHaveProgramme, pointsDraft } from './points-draft.ts'

/** The list of a ballot as bytes, and the tally that follows from it. */
type Count = { list: Uint8Array; tally: JsonObject; casts: number }

/**
 * Publishes the tally of every closed ballot that has none.
 *
 * @returns how many were published
 */
export async function tallyBallots(database: Database, appender: Appender): Promise<number> {
  const closed = await database.kysely
    .selectFrom('ballot')
    .select(['entry_index', 'programme'])
    .where('closed_index', 'is not', null)
    .where('tallied_index', 'is', null)
    .orderBy('entry_index')
    .execute()
  let published = 0
  for (const { entry_index: index, programme } of closed) {
    const place = { index, programme }
    const count = await countBallot(database, place)
    const { written } = await appender.append(tallyCommand(place, count))
    published += written.length
  }
  return published
}

/** Whoever comes second finds the tally and writes nothing. */
function tallyCommand({ index, programme }: BallotPlace, { tally, casts }: Count): Command {
  return {
    needs: { points: { programmes: [programme], ballots: [index] } },
    judge(snapshot) {
      const ballot = ballotOf(mustHaveProgramme(snapshot, programme), index)
      if (ballot?.state !== 'closed') return []
      if (ballot.casts !== casts)
        throw new Error(`ballot ${index} has ${ballot.casts} votes, but ${casts} were counted`)
      return [pointsDraft(snapshot, programme, SYSTEM, 'ballot.tallied', { ballot: index, ...tally })]
    },
  }
}

/**
 * The published list of a ballot: the same bytes whenever it is asked for.
 *
 * @throws AppError not_found while there is no tally
 */
export async function readBallotList(database: Database, programme: string, index: number): Promise<Uint8Array> {
  const place = await findBallot(database.kysely, index)
  if (place?.programme !== programme) throw new AppError('not_found', 'There is no such ballot.')
  const { tally } = await readState(database, place)
  if (tally === undefined) throw new AppError('not_found', 'This ballot has not been counted yet.')
  const { list, tally: counted } = await countBallot(database, place)
  if (counted['list'] !== tally.list) throw new Error(`the list of ballot ${index} is not the one that was published`)
  return list
}

async function countBallot(database: Database, place: BallotPlace): Promise<Count> {
  const { kysely } = database
  const { index, programme } = place
  const { options, splitMin } = await readState(database, place)
  const { casts, votes } = await readCasts(kysely, index)
  const eligible = await readCommitments(kysely, index)
  const { counted, counts } = countVotes(options, votes)
  const isShown = counted >= splitMin
  const list = formatBallotList({
    format: BALLOT_LIST_FORMAT,
    stream: pointsStream(programme),
    ballot: index,
    eligible,
    casts: isShown ? casts : casts.map((cast) => ({ index: cast.index })),
  })
  const figures = {
    casts: casts.length,
    counted,
    eligible: eligible.length,
    list: Buffer.from(sha256Bytes(list)).toString('hex'),
  }
  const split: JsonObject = isShown ? { counts: counts.map((count) => ({ ...count })) } : { belowMinimum: true }
  return { list, casts: casts.length, tally: { ...figures, ...split } }
}

async function readState({ kysely }: Database, { index, programme }: BallotPlace): Promise<BallotState> {
  const row = await kysely.selectFrom('programme').select('state').where('id', '=', programme).executeTakeFirstOrThrow()
  const ballot = (row.state as unknown as { ballots: BallotState[] }).ballots.find((known) => known.index === index)
  if (ballot === undefined) throw new Error(`programme ${programme} has no ballot ${index}`)
  return ballot
}
