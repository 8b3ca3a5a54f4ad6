/** Verification of a programme: the truth is verified, and whatever breaks a rule is named with its entry. */
import t from 'tap'
import { formatBundle } from '../../ledger/bundle.ts'
import type { Bundle } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { withReasons } from '../../ledger/reason.ts'
import { verifyBundle } from '../../ledger/verify.ts'
import type { BundleCheckName, Report } from '../../ledger/verify.ts'
import { POINTS_CHECKS } from '../../ledger/verify-points.ts'
import { mutations } from './mutations.ts'
import { PointsLog, pointsLog } from './points-log.ts'
import { NAME, OPENED_AT, POINTS, ballotData, rewardData, ruleData } from './programme-stream.ts'
import { LOG_ID } from './sample-log.ts'

const verify = (points: PointsLog, bundle: Bundle = points.bundle()): Report =>
  verifyBundle(utf8(formatBundle(bundle)), { logId: LOG_ID, chain: points.log.answers() }, POINTS_CHECKS)

const check = (report: Report, name: BundleCheckName): string => {
  const found = withReasons(report.checks).find((one) => one.name === name)!
  return found.ok === 'held' ? 'held' : `${found.code}${found.entry === undefined ? '' : ` ${found.entry}`}`
}

t.test('a true programme is verified, with its two checks before the last', async (t) => {
  const points = pointsLog()
  const report = verify(points)
  t.equal(report.verdict, 'verified')
  t.strictSame(
    report.checks.slice(-4).map(({ name }) => name),
    ['promises', 'points', 'liabilities', 'fresh'],
  )
  const [accounts, owed] = withReasons(report.checks).slice(-3)
  t.match(accounts!.reason, /125 points issued, 60 redeemed, 65 outstanding/)
  t.match(owed!.reason, /sum of 65 points over 2 holders/)
  t.equal(points.outstanding, 65)
})

t.test('whoever does not carry these checks does not say verified', async (t) => {
  const points = pointsLog()
  const report = verifyBundle(points.bundle(), { logId: LOG_ID, chain: points.log.answers() })
  t.equal(report.verdict, 'not checked')
  t.equal(check(report, 'points'), 'points_not_judged')
  const crisis = verifyBundle(points.log.bundle('brand:acme'), {}, POINTS_CHECKS)
  t.notOk(
    crisis.checks.some(({ name }) => name === 'points'),
    'other streams have no accounts',
  )
})

t.test('I33: a change of any leaf of the bundle, or its removal, is a mismatch', async (t) => {
  const points = pointsLog()
  const whole = JSON.parse(formatBundle(points.bundle())) as JsonObject
  const options = { logId: LOG_ID, chain: points.log.answers() }
  // As in a timeline: the transaction is a pointer for readers, and without the anchor in the middle less is claimed.
  const harmless = /^anchors\.\d+\.transaction=|^anchors\.1-$/
  for (const [name, altered] of mutations(whole)) {
    const { verdict } = verifyBundle(utf8(JSON.stringify(altered)), options, POINTS_CHECKS)
    if (verdict !== 'mismatch' && !harmless.test(name)) t.fail(`${name} is ${verdict}`)
  }
  t.pass('every one of them')
})

t.test('ER1: a grant that precedes the anchor of its rule is named', async (t) => {
  const early = new PointsLog()
  const rule = early.rule()
  early.open('H-A')
  const grant = early.grant('H-A', rule)
  early.anchor()
  t.equal(check(verify(early), 'points'), `rule_not_anchored ${grant}`)
  t.equal(verify(early).verdict, 'mismatch')
  const never = new PointsLog()
  const unanchored = never.grant(holderOf(never), never.rule())
  t.equal(check(verify(never), 'points'), `rule_not_anchored ${unanchored}`)
  t.equal(check(verify(never), 'liabilities'), 'held', 'nothing is anchored that it could count')
})

const holderOf = (points: PointsLog): string => {
  points.open('H-A')
  return 'H-A'
}

/** A programme with a rule that an anchor covers, and a holder. */
const started = (rule: JsonObject = {}): { points: PointsLog; rule: number } => {
  const points = new PointsLog()
  const index = points.rule(rule)
  points.open('H-A')
  points.anchor()
  return { points, rule: index }
}

/** What is written after `started`, and the code that names its last entry. */
const FAULTS: readonly [fault: string, code: string, write: (points: PointsLog, rule: number) => number][] = [
  ['another amount than the rule gives', 'grant_amount', (points, rule) => points.grant('H-A', rule, 99)],
  ['a rule of another version', 'rule_unknown', (points, rule) => points.grant('H-A', rule, 100, { version: 2 })],
  [
    'a rule of another index',
    'rule_unknown',
    (points, rule) => points.grant('H-A', rule, 100, { ruleIndex: rule - 1 }),
  ],
  [
    'a move that the type may not make',
    'points_malformed',
    (points, rule) => {
      points.grant('H-A', rule)
      return points.move('redemption.held', {}, { holder: 'H-A', from: 'available', to: 'redeemed', amount: 5 })
    },
  ],
  [
    'more than there is',
    'points_unsound',
    (points, rule) => {
      const visit = points.add('reward.published', rewardData({ from: OPENED_AT, cost: 101 }))
      points.grant('H-A', rule)
      return points.add('redemption.held', {
        reward: 'visit',
        version: 1,
        rewardIndex: visit,
        amount: 101,
        holdUntil: OPENED_AT,
        postings: [{ from: 'available', to: 'held', amount: 101 }],
      })
    },
  ],
  [
    'a grant taken back twice',
    'reversal_too_large',
    (points, rule) => {
      const grant = points.grant('H-A', rule)
      points.grant('H-A', rule)
      points.reverse('H-A', grant, 60)
      return points.reverse('H-A', grant, 0, 41)
    },
  ],
  [
    'a rule that was withdrawn',
    'rule_withdrawn',
    (points, rule) => {
      points.grant('H-A', rule)
      points.add('rule.withdrawn', { rule: 'report', version: 1 })
      return points.grant('H-A', rule)
    },
  ],
  ['a second opening', 'programme_order', (points) => points.add('programme.opened', points.log.entry(4).data)],
  ['a version that is not the next', 'version_out_of_order', (points) => points.rule({ version: 3 })],
  [
    'terms from before',
    'backdated',
    (points) =>
      points.add('terms.published', {
        version: 2,
        text: NAME,
        noCash: NAME,
        expiry: { never: true },
        validFrom: OPENED_AT,
      }),
  ],
  [
    'an expiry without notice',
    'expiry_not_announced',
    (points, rule) => {
      points.grant('H-A', rule)
      return points.move(
        'points.expired',
        { expiresAt: OPENED_AT },
        { holder: 'H-A', from: 'available', to: 'expired', amount: 5 },
      )
    },
  ],
  [
    'a proposal declined without a reason',
    'reason_missing',
    (points) => {
      const proposal = points.add('proposal.submitted', { answerDue: '2027-01-01T00:00:00.000Z' })
      return points.add('proposal.moved', { proposal, to: 'declined' })
    },
  ],
  [
    'a ballot opened without an anchor',
    'ballot_not_anchored',
    (points) => {
      const ballot = points.add('ballot.drafted', ballotData({ opensAt: OPENED_AT }))
      points.add('ballot.frozen', { ballot, eligible: 0, root: 'A'.repeat(43) })
      return points.add('ballot.opened', { ballot })
    },
  ],
]

t.test('what breaks a rule is named with its entry, in a sentence', async (t) => {
  for (const [fault, code, write] of FAULTS) {
    const { points, rule } = started()
    const index = write(points, rule)
    const report = verify(points)
    t.equal(check(report, 'points'), `${code} ${index}`, fault)
    t.equal(report.verdict, 'mismatch', fault)
    const { reason } = withReasons(report.checks).find(({ name }) => name === 'points')!
    t.match(reason, /^[A-Z](?!.*undefined).*\.$/, fault)
  }
})

t.test('points that wait do not expire sooner than the terms promise', async (t) => {
  const { points, rule } = started({ earns: { pointsMax: 50 }, pendingDays: 7 })
  const grant = points.pend('H-A', rule, 40)
  const expiresAt = '2027-01-01T16:00:00.000Z'
  const move = { holder: 'H-A', from: 'pending', to: 'available', amount: 40 } as const
  const posted = points.move('grant.posted', { grant, expiresAt }, move)
  t.equal(check(verify(points), 'points'), `expiry_too_early ${posted}`)
})

t.test('a stream that opens no programme is none', async (t) => {
  const points = new PointsLog({ name: 'x' })
  t.equal(check(verify(points), 'points'), 'points_malformed 4')
  const empty = new PointsLog()
  const bundle = empty.bundle()
  t.equal(check(verify(empty, { ...bundle, entries: [] }), 'points'), 'skipped')
  const other = new PointsLog({ id: 'other' })
  t.equal(check(verify(other), 'points'), 'programme_order 4')
  const stranger = new PointsLog()
  stranger.log.add({ type: 'note.left', stream: 'points:other' })
  t.equal(check(verify(stranger, stranger.log.bundle('points:other')), 'points'), 'programme_order')
})

t.test('PR3: an answer that is overdue and not marked is a miss that is missing', async (t) => {
  const { points } = started()
  const proposal = points.add('proposal.submitted', { answerDue: '2026-06-14T08:20:00.000Z' })
  points.log.now += 3600
  points.anchor()
  t.equal(check(verify(points), 'points'), `miss_missing ${proposal}`)
  points.add('proposal.answer_missed', { proposal, due: '2026-06-14T08:20:00.000Z' })
  points.anchor()
  t.equal(check(verify(points), 'points'), 'held')
})

t.test('BT5: a sum that is not what the entries leave outstanding is named', async (t) => {
  const lies: readonly [string, string, (points: PointsLog) => number][] = [
    [
      'less',
      'liabilities_differ',
      (points) => points.count((leaves) => leaves.push({ ...leaves.pop()!, balance: 99 })),
    ],
    [
      'a holder left out',
      'liabilities_differ',
      (points) => {
        points.open('H-B')
        return points.count((leaves) => leaves.shift())
      },
    ],
    ['of the future', 'liabilities_order', (points) => points.count(undefined, { size: 999 })],
    ['as of the same size again', 'liabilities_order', (points) => points.count(undefined, { size: 2 })],
    ['of another programme', 'liabilities_other', (points) => points.count(undefined, { programme: 'other' })],
  ]
  for (const [lie, code, write] of lies) {
    const { points, rule } = started()
    points.grant('H-A', rule)
    const index = write(points)
    t.equal(check(verify(points), 'liabilities'), `${code} ${index}`, lie)
  }
})

t.test('points that no sum counts are not verified', async (t) => {
  const points = new PointsLog()
  points.rule()
  points.open('H-A')
  points.log.anchor()
  t.equal(check(verify(points), 'liabilities'), 'liabilities_missing')
  t.equal(verify(points).verdict, 'pending')
  const { points: counted } = started()
  t.equal(check(verify(counted), 'liabilities'), 'held')
  t.equal(check(verify(new PointsLog()), 'points'), 'held', 'nothing is anchored, and nothing needs to be')
})

t.test('entries of other types stand between without harm', async (t) => {
  const { points } = started()
  points.log.add({ type: 'note.left', stream: POINTS, data: { postings: [] } })
  points.anchor()
  t.equal(verify(points).verdict, 'verified')
})

t.test('what a programme is told of, pages may show: the rule and its words', async (t) => {
  const { points } = started({ title: NAME })
  const { entries, stream } = verify(points)
  t.equal(stream, POINTS)
  t.match(entries.find(({ entry }) => entry?.type === 'rule.published')?.data, { title: ruleData()['title'] })
})
