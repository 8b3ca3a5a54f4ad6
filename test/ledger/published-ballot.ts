/** A ballot as everybody can fetch it: the list of votes, and the proof of a programme that held it in an anchored log. */
import { createHash } from 'node:crypto'
import { formatBallotList } from '../../ledger/ballot.ts'
import type { BallotList } from '../../ledger/ballot.ts'
import { formatBundle } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import { disclosureDigest } from '../../ledger/disclosure.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { PointsLog } from './points-log.ts'
import { heldBallot } from './recounted.ts'
import type { Vote } from './recounted.ts'

/** `ballot`: the index of `ballot.drafted`. */
export type PublishedBallot = { list: BallotList; bundle: Uint8Array; ballot: number }

/** As many in each programme, so that every ballot is drafted at one index. */
const HOLDERS = 25

/** The files of a ballot: its entries are written into a log that is anchored where the ballot needs it. */
export function publishedBallot(votes: readonly Vote[], until = 'ballot.tallied'): PublishedBallot {
  const points = new PointsLog()
  points.rule({ rule: 'vote', earns: { vote: true } })
  points.anchor = () => points.log.anchor()
  points.anchor()
  // The indexes of the log are others than those that the ballot was held with: it is held again with them.
  const indexes = new Map<number, number>()
  const entitled = new Set(votes.map(([token]) => token)).size + 1
  const held = heldBallot(votes, { splitMin: 20 })
  for (let i = 0; i < HOLDERS; i++) points.open(`H-${i}`)
  const { stream } = held
  let ballot = 0
  const moved = (data: JsonObject): JsonObject => ({ ...data, ...('ballot' in data ? { ballot } : {}) })
  for (const { index, entry } of stream.entries.slice(1)) {
    if (entry.type === 'ballot.frozen') {
      const cited = { rule: 'vote', version: 1, ruleIndex: 5, source: 3, ballot }
      for (let i = 0; i < entitled; i++) points.add('entitlement.granted', cited, [points.note(`H-${i}`)])
    }
    points.log.now = Math.max(points.log.now, Date.parse(entry.recordedAt) / 1000)
    const data =
      entry.type === 'ballot.tallied' ? tallyOf(held.list, indexes, ballot, moved(entry.data)) : moved(entry.data)
    // The second digest says whose vote it is.
    const xd = entry.xd === undefined ? undefined : [...entry.xd, disclosureDigest(String(index))].toSorted()
    const written = points.add(entry.type, data, [], xd === undefined ? {} : { with: { xd } })
    indexes.set(index, written)
    if (entry.type === 'ballot.drafted') ballot = written
    if (entry.type === 'ballot.frozen') points.anchor()
    if (entry.type === until) break
  }
  points.anchor()
  return { list: listAt(held.list, indexes, ballot), bundle: utf8(formatBundle(points.bundle())), ballot }
}

const listAt = (list: BallotList, indexes: ReadonlyMap<number, number>, ballot: number): BallotList => ({
  ...list,
  ballot,
  casts: list.casts.map((cast) => ({ ...cast, index: indexes.get(cast.index)! })),
})

function tallyOf(list: BallotList, indexes: ReadonlyMap<number, number>, ballot: number, data: JsonObject): JsonObject {
  const bytes = formatBallotList(listAt(list, indexes, ballot))
  return { ...data, list: createHash('sha256').update(bytes).digest('hex') }
}
