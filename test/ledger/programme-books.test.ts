/** What an entry of a programme must be besides lawful and in turn: followed to its end, bounded, by whom it may be. */
import t from 'tap'
import type { Entry } from '../../ledger/entry.ts'
import { formatInstant } from '../../ledger/instant.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { pointsDataOf } from '../../ledger/points-shape.ts'
import { ProgrammeBooks } from '../../ledger/programme-books.ts'
import { DAY_MS, OPENED_AT, ProgrammeStream, ballotData, granted, moving, ruleData } from './programme-stream.ts'

const xd = (count: number): Partial<Entry> =>
  count === 0 ? {} : { xd: ['A', 'B'].slice(0, count).map((letter) => letter.repeat(43)) }

/** A programme with a rule for points, one that waits a week, and a holder; what its books say of each entry. */
class Kept {
  readonly stream = new ProgrammeStream()
  readonly books = new ProgrammeBooks()
  readonly rule: number
  readonly waits: number

  constructor() {
    this.rule = this.stream.add('rule.published', ruleData())
    this.waits = this.stream.add(
      'rule.published',
      ruleData({ rule: 'idea', earns: { pointsMax: 50 }, pendingDays: 7, reviewerRole: 'reviewer' }),
    )
    this.stream.add('holder.opened', {}, xd(1))
  }

  /** What is wrong with an entry, or 'ok'. */
  add(type: string, data: JsonObject, more: Partial<Entry> = xd(1)): string {
    const index = this.stream.add(type, data, more)
    const { entry } = this.stream.entries[this.stream.entries.length - 1]!
    return this.books.add(index, pointsDataOf(entry)!, entry, this.stream.programme)?.code ?? 'ok'
  }

  /** The data of a grant that waits. */
  pending(days = 7): JsonObject {
    const deadline = formatInstant(this.stream.now + days * DAY_MS)
    const cited = { rule: 'idea', version: 1, ruleIndex: this.waits, source: 3, amount: 40, deadline }
    return moving('issuance', 'pending', 40, cited)
  }
}
const REVIEWER = { actor: { kind: 'reviewer', id: 'k_2' }, ...xd(1) } as const

t.test('ER4: on a grant decides the role that its rule names, to its end', async (t) => {
  const kept = new Kept()
  t.equal(kept.add('grant.pending', kept.pending()), 'actor_differs')
  const other = new Kept()
  const grant = other.stream.next
  t.equal(other.add('grant.pending', other.pending(), REVIEWER), 'ok')
  t.equal(other.add('grant.posted', moving('pending', 'available', 40, { grant }), { ...REVIEWER, ...xd(2) }), 'ok')
  const back = moving('available', 'issuance', 5, { grant, amount: 5, reason: 'error' })
  t.equal(other.add('grant.reversed', back), 'actor_differs')
  t.equal(other.add('grant.reversed', back, REVIEWER), 'ok')
})

t.test('GR4: a grant waits as long as its rule says, and is overdue after', async (t) => {
  const kept = new Kept()
  t.equal(kept.add('grant.pending', kept.pending(8), REVIEWER), 'grant_deadline')
  const right = new Kept()
  const index = right.stream.next
  t.equal(right.add('grant.pending', right.pending(), REVIEWER), 'ok')
  t.equal(right.books.overdue(OPENED_AT), undefined)
  const later = formatInstant(right.stream.now + 8 * DAY_MS)
  t.match(right.books.overdue(later), { code: 'grant_overdue', index })
})

t.test('whose an entry is stands in it as digests', async (t) => {
  const kept = new Kept()
  t.equal(kept.add('grant.posted', granted(kept.rule), {}), 'openings_missing')
  t.equal(kept.add('holder.opened', {}, {}), 'openings_missing')
  t.equal(kept.add('holder.opened', {}), 'ok')
  t.equal(kept.add('ballot.cast', { ballot: 3 }), 'openings_missing', 'the vote, and whose it is')
  t.equal(kept.add('ballot.cast', { ballot: 3 }, xd(2)), 'ok')
  const grant = kept.stream.next
  t.equal(kept.add('grant.posted', granted(kept.rule, 100, { source: 4 })), 'ok')
  const borne = moving('forfeited', 'issuance', 5, { grant, amount: 5, reason: 'error' })
  t.equal(kept.add('grant.reversed', borne, {}), 'openings_missing', 'also where nothing of theirs moves')
  const held = { reward: 'visit', version: 1, rewardIndex: 3, amount: 60, holdUntil: OPENED_AT }
  t.equal(kept.add('redemption.held', moving('available', 'held', 60, held)), 'openings_missing', 'both sides')
  t.equal(kept.add('rule.withdrawn', { rule: 'report', version: 1 }, {}), 'ok')
  const vote = { ballot: 3, rule: 'report', version: 1, ruleIndex: kept.rule, source: 9 }
  t.equal(kept.add('entitlement.granted', vote, {}), 'openings_missing')
})

t.test('BL5: no ballot is drafted that splits fewer votes than twenty', async (t) => {
  const kept = new Kept()
  t.equal(kept.add('ballot.drafted', ballotData({ splitMin: 19 }), {}), 'split_min')
  t.equal(kept.add('ballot.drafted', ballotData(), {}), 'ok')
})

t.test('L4, GR3: what single grants and all together must keep is named here too', async (t) => {
  const kept = new Kept()
  const grant = kept.stream.next
  t.equal(kept.add('grant.posted', granted(kept.rule)), 'ok')
  t.equal(kept.add('grant.posted', granted(kept.rule)), 'holders_exceeded')
  const back = moving('available', 'issuance', 101, { grant, amount: 101, reason: 'error' })
  t.equal(kept.add('grant.reversed', back), 'reversal_too_large')
  const short = granted(kept.rule, 100, { source: 5, expiresAt: OPENED_AT })
  t.equal(kept.add('grant.posted', short), 'expiry_too_early')
})
