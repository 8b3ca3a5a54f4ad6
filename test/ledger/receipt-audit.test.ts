/** What a receipt says of its holder: of one holder alone, from balance to balance, by rules that it shows. */
import t from 'tap'
import type { JsonObject } from '../../ledger/json.ts'
import { auditHolder } from '../../ledger/receipt-audit.ts'
import type { HolderRecord, OpenedEntry } from '../../ledger/receipt-audit.ts'
import { PointsLog, pointsLog } from './points-log.ts'
import { OPENED_AT, ballotData, rewardData } from './programme-stream.ts'

const entriesOf = (points: PointsLog, holder = 'H-A'): OpenedEntry[] =>
  points
    .receipt(holder)
    .entries.map(({ index, openings = [] }) => ({ index, entry: points.log.entry(index), openings }))
const audit = (points: PointsLog, holder?: string): HolderRecord => auditHolder(entriesOf(points, holder))
const anchoredIn =
  ({ log }: PointsLog) =>
  (index: number): number | undefined =>
    log.anchors.find(({ size }) => size > index)?.size
const judge = (points: PointsLog): void => audit(points).assertRules(anchoredIn(points))

const started = (rule: JsonObject = {}): { points: PointsLog; rule: number } => {
  const points = new PointsLog()
  const index = points.rule(rule)
  points.open('H-A')
  points.anchor()
  return { points, rule: index }
}

t.test('RC1: lines, balances and tranches of one holder', async (t) => {
  const points = pointsLog()
  const record = audit(points)
  t.equal(record.holder, 'H-A')
  t.match(record.lines, [{ type: 'grant.posted' }, { type: 'redemption.held' }, { type: 'redemption.confirmed' }])
  t.strictSame(record.balances, { available: 40, pending: 0, held: 0 })
  t.match(record.tranches, [{ amount: 40 }])
  const [granted, held] = record.lines
  t.equal(record.balanceBelow(granted!.index), 0)
  t.equal(record.balanceBelow(held!.index), 100)
  t.equal(record.balanceBelow(held!.index + 1), 100, 'what is held is owed')
  t.equal(record.balanceBelow(9999), 40)
  t.ok(record.openedAt! < granted!.index)
  t.doesNotThrow(() => judge(points))
})

t.test('an expiry has the points of many holders, and opens those of one', async (t) => {
  const { points, rule } = started()
  points.open('H-B')
  const a = points.grant('H-A', rule)
  const b = points.grant('H-B', rule)
  const expiresAt = points.log.entry(a).data['expiresAt'] as string
  const expire = (holder: string, grant: number) =>
    ({ holder, from: 'available', to: 'expired', amount: 100, tranches: [{ grant, amount: 100, expiresAt }] }) as const
  points.move('points.expired', { expiresAt }, expire('H-A', a), expire('H-B', b))
  for (const holder of ['H-A', 'H-B']) t.strictSame(audit(points, holder).balances.available, 0, holder)
})

t.test('what is not opened, or opens what is not there, is named', async (t) => {
  const points = pointsLog()
  const altered = (alter: (entries: OpenedEntry[]) => void): (() => void) => {
    const entries = entriesOf(points)
    alter(entries)
    return () => auditHolder(entries)
  }
  const at = entriesOf(points).findIndex(({ entry }) => entry.type === 'grant.posted')
  const opened = entriesOf(points).findIndex(({ entry }) => entry.type === 'holder.opened')
  const change = (position: number, more: Partial<OpenedEntry>) => (entries: OpenedEntry[]) => {
    entries[position] = { ...entries[position]!, ...more }
  }
  t.throws(altered(change(at, { openings: [] })), { code: 'opening_missing' })
  t.throws(altered(change(opened, { openings: [] })), { code: 'opening_missing' })
  t.throws(
    altered((entries) => entries.splice(opened, 1)),
    { code: 'holder_not_opened' },
  )
  const { entry, openings } = entriesOf(points)[at]!
  t.throws(altered(change(at, { openings: [openings[0]!, openings[0]!] })), { code: 'opening_repeated' })
  const malformed = { ...entry, data: { ...entry.data, amount: 1 } }
  t.throws(altered(change(at, { entry: malformed })), { code: 'points_malformed' })
  const { xd: _xd, ...bare } = entry
  t.throws(altered(change(at, { entry: bare })), { code: 'opening_unknown' })
  const other = points.add('note.left', {}, [points.note('H-B')])
  const [text] = points.openings.get(other)!
  const stranger = { index: other, entry: points.log.entry(other), openings: [text!.text] }
  t.throws(
    altered((entries) => entries.push(stranger)),
    { code: 'opening_other_holder' },
  )
  points.add('note.left', {}, [points.note('H-A')])
  t.doesNotThrow(() => judge(points), 'entries of other types stand between without harm')
})

t.test('RC2: every side of the holder is opened, and no other', async (t) => {
  const { points, rule } = started()
  const value = { holder: 'H-A', previous: 0, current: 100, version: 1 }
  const data = { rule: 'report', version: 1, ruleIndex: rule, source: 3, amount: 100 }
  const postings = [{ from: 'issuance', to: 'available', amount: 100 }]
  const side = (posting: number, end: 'from' | 'to') =>
    ({ holder: 'H-A', opening: { kind: 'side', posting, side: end, value } }) as const
  const written = (...ends: ReturnType<typeof side>[]): (() => void) => {
    const index = points.add('grant.posted', { ...data, postings }, ends)
    const entries = entriesOf(points).filter((one) => one.index === index || one.entry.type !== 'grant.posted')
    return () => auditHolder(entries)
  }
  t.doesNotThrow(written(side(0, 'to')))
  t.throws(written(side(0, 'to'), side(0, 'from')), { code: 'opening_unknown' }, 'issuance is no account of a holder')
  t.throws(written(side(0, 'to'), side(1, 'to')), { code: 'opening_unknown' })
  t.throws(written(side(1, 'to')), { code: 'opening_missing' })
})

t.test('a reversal that the brand bears alone still tells whose grant it was', async (t) => {
  const { points, rule } = started()
  const grant = points.grant('H-A', rule)
  const visit = points.add('reward.published', rewardData({ from: OPENED_AT, cost: 100 }))
  points.confirm('H-A', points.hold('H-A', visit, 100), 100)
  points.reverse('H-A', grant, 0, 100)
  const record = audit(points)
  t.match(record.lines[3], { type: 'grant.reversed', from: 'forfeited' })
  t.doesNotThrow(() => record.assertRules(anchoredIn(points)))
  const untold = entriesOf(points).map((one) => (one.entry.type === 'grant.reversed' ? { ...one, openings: [] } : one))
  t.throws(() => auditHolder(untold), { code: 'opening_missing' })
})

t.test('RC1: a suggestion, an entitlement or a vote that is left out leaves a gap', async (t) => {
  const { points } = started()
  const choice = { kind: 'choice', value: { token: 'abc', choice: ['lid'] } } as const
  const answerDue = '2027-01-01T00:00:00.000Z'
  const vote = { holder: 'H-A', opening: choice }
  const first = points.add('proposal.submitted', { answerDue }, [points.note('H-A')])
  const second = points.add('ballot.cast', { ballot: 3 }, [vote, points.note('H-A')])
  const third = points.add('ballot.cast', { ballot: 3 }, [vote, points.note('H-A')])
  t.doesNotThrow(() => audit(points))
  for (const [left, named, number] of [
    [first, second, 3],
    [second, third, 4],
  ] as const) {
    const rest = entriesOf(points).filter(({ index }) => index !== left)
    t.throws(() => auditHolder(rest), { code: 'note_gap', entry: named, facts: { number, follows: number - 1 } })
  }
  const unnamed = points.add('ballot.cast', { ballot: 3 }, [vote])
  t.throws(() => audit(points), { code: 'opening_missing', entry: unnamed }, 'a vote names whose it is, to its holder')
})

t.test('grants, votes and redemptions follow what the receipt shows', async (t) => {
  const early = new PointsLog()
  const unanchored = early.rule()
  early.open('H-A')
  early.grant('H-A', unanchored)
  t.throws(() => judge(early), { code: 'rule_not_anchored' })
  const { points: waiting, rule: idea } = started({ rule: 'idea', earns: { pointsMax: 50 }, pendingDays: 7 })
  waiting.pend('H-A', idea, 51)
  t.throws(() => judge(waiting), { code: 'grant_amount' })
  const { points: limited, rule } = started({ perHolderMax: 150 })
  limited.grant('H-A', rule)
  t.doesNotThrow(() => judge(limited))
  limited.grant('H-A', rule)
  t.throws(() => judge(limited), { code: 'holder_max' })
  const { points: same, rule: once } = started()
  same.grant('H-A', once, 100, { source: 3 })
  t.doesNotThrow(() => judge(same))
  const second = same.grant('H-A', once, 100, { source: 3 })
  t.throws(() => judge(same), { code: 'grant_repeated', entry: second })
  const { points: both, rule: first } = started()
  const later = both.rule({ version: 2, earns: { vote: true } })
  const ballot = both.add('ballot.drafted', ballotData())
  both.grant('H-A', first, 100, { source: 3 })
  both.anchor()
  const voice = { ballot, rule: 'report', version: 2, ruleIndex: later, source: 3 }
  both.add('entitlement.granted', voice, [both.note('H-A')])
  t.doesNotThrow(() => judge(both), 'a vote for what there were points for')
  both.add('entitlement.granted', voice, [both.note('H-A')])
  t.throws(() => judge(both), { code: 'grant_repeated' })
  const { points: twice, rule: given } = started()
  const grant = twice.grant('H-A', given)
  twice.reverse('H-A', grant, 60)
  twice.reverse('H-A', grant, 0, 41)
  t.throws(() => judge(twice), { code: 'reversal_too_large' })
  const { points: over, rule: by } = started()
  const visit = over.add('reward.published', rewardData())
  const held = over.grant('H-A', by)
  over.hold('H-A', visit)
  over.reverse('H-A', held, 40)
  t.doesNotThrow(() => judge(over))
  over.reverse('H-A', held, 0, 10)
  t.throws(() => judge(over), { code: 'reversal_of_held', facts: { held: 60 } })
  const { points: spent, rule: rule2 } = started()
  const place = spent.add('reward.published', rewardData())
  const gone = spent.grant('H-A', rule2)
  spent.confirm('H-A', spent.hold('H-A', place))
  spent.reverse('H-A', gone, 40, 60)
  t.doesNotThrow(() => judge(spent))
  const entitled = (ruleIndex: number): (() => void) => {
    const { points } = started({ rule: 'vote', earns: { vote: true } })
    const cited = { rule: 'vote', version: 1, ruleIndex, source: 3 }
    points.add('entitlement.granted', { ballot: 3, ...cited }, [points.note('H-A')])
    points.add('entitlement.granted', { ballot: 4, ...cited, source: 4 }, [points.note('H-A')])
    return () => judge(points)
  }
  const { rule: vote } = started()
  t.doesNotThrow(entitled(vote))
  t.throws(entitled(vote + 1), { code: 'rule_unknown' })
})

t.test('ER1: a withdrawal that the receipt shows holds from then on', async (t) => {
  const { points, rule } = started()
  points.grant('H-A', rule)
  points.add('rule.withdrawn', { rule: 'report', version: 1 }, [points.note('H-A')])
  t.doesNotThrow(() => judge(points))
  const late = points.grant('H-A', rule)
  t.throws(() => judge(points), { code: 'rule_withdrawn', entry: late })
})

t.test('points last as long as was promised, and expire after a notice of 30 days', async (t) => {
  const day = (n: number): string => new Date(Date.parse(OPENED_AT) + n * 86_400_000).toISOString()
  const expired = (expiresAt: string, write: (points: PointsLog) => void): (() => void) => {
    const { points, rule } = started()
    const grant = points.grant('H-A', rule)
    write(points)
    points.log.now = Date.parse(day(400)) / 1000
    const tranches = [{ grant, amount: 100, expiresAt: points.log.entry(grant).data['expiresAt'] as string }]
    points.move(
      'points.expired',
      { expiresAt },
      { holder: 'H-A', from: 'available', to: 'expired', amount: 100, tranches },
    )
    return () => judge(points)
  }
  const due = '2027-06-14T16:00:00.000Z'
  const notice = (at: number) => (points: PointsLog) => {
    points.log.now = Date.parse(day(at)) / 1000
    points.add('points.expiring', { expiresAt: due, holders: 1, amount: 100 }, [points.note('H-A')])
  }
  t.doesNotThrow(expired(due, notice(340)))
  t.throws(
    expired(due, () => undefined),
    { code: 'expiry_not_announced' },
  )
  t.throws(expired(due, notice(371)), { code: 'expiry_not_announced' }, 'a notice of 29 days')
  const { points: early, rule: given } = started()
  const expiresAt = day(30)
  const cited = { rule: 'report', version: 1, ruleIndex: given, source: 3, amount: 100, expiresAt }
  const tranches = [{ grant: early.log.size, amount: 100, expiresAt }]
  early.move('grant.posted', cited, { holder: 'H-A', from: 'issuance', to: 'available', amount: 100, tranches })
  t.throws(() => judge(early), { code: 'expiry_too_early' })
})

t.test('what was redeemed is a reward that the receipt shows, at its cost', async (t) => {
  const redeemed = (write: (points: PointsLog, visit: number) => void): (() => void) => {
    const { points, rule } = started()
    const visit = points.add('reward.published', rewardData({ from: OPENED_AT }))
    points.grant('H-A', rule)
    write(points, visit)
    return () => judge(points)
  }
  t.doesNotThrow(redeemed((points, visit) => points.hold('H-A', visit)))
  t.throws(
    redeemed((points, visit) => points.hold('H-A', visit, 59)),
    { code: 'reward_cost' },
  )
  const held = { reward: 'visit', version: 2, amount: 60, holdUntil: OPENED_AT }
  const move = { holder: 'H-A', from: 'available', to: 'held', amount: 60 } as const
  t.throws(
    redeemed((points, visit) => points.move('redemption.held', { ...held, rewardIndex: visit }, move)),
    { code: 'reward_unknown' },
  )
  t.throws(
    redeemed((points, visit) => points.move('redemption.held', { ...held, version: 1, rewardIndex: visit - 1 }, move)),
    { code: 'reward_unknown' },
  )
})

t.test('RC1: no version is left out, and no balance comes from elsewhere', async (t) => {
  const { points, rule } = started()
  const data = { rule: 'report', version: 1, ruleIndex: rule, source: 3, amount: 100 }
  const postings = [{ from: 'issuance', to: 'available', amount: 100 }]
  const side = (more: object): (() => void) => {
    const value = { holder: 'H-A', previous: 0, current: 100, version: 1, ...more }
    const opening = { kind: 'side', posting: 0, side: 'to', value } as const
    const index = points.add('grant.posted', { ...data, postings }, [{ holder: 'H-A', opening }])
    const entries = entriesOf(points).filter((one) => one.index === index || one.entry.type !== 'grant.posted')
    return () => auditHolder(entries)
  }
  t.doesNotThrow(side({}))
  t.throws(side({ version: 2 }), { code: 'version_gap' })
  t.throws(side({ previous: 1, current: 101 }), { code: 'balance_broken' })
  t.throws(side({ current: 101 }), { code: 'balance_broken' })
})
