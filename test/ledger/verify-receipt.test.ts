/** Verification of receipts: the holder learns what the log says of the own points, and no line can be altered or left out. */
import t from 'tap'
import { base64url, utf8 } from '../../ledger/bytes.ts'
import { disclosureDigest } from '../../ledger/disclosure.ts'
import { formatOpening } from '../../ledger/holder-opening.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { withReasons } from '../../ledger/reason.ts'
import { formatReceipt, parseReceipt } from '../../ledger/receipt.ts'
import type { Receipt } from '../../ledger/receipt.ts'
import { RECEIPT_CHECKS, verifyReceipt } from '../../ledger/verify-receipt.ts'
import type { ReceiptCheckName, ReceiptOptions, ReceiptReport } from '../../ledger/verify-receipt.ts'
import { mutations } from './mutations.ts'
import { PointsLog, pointsLog } from './points-log.ts'
import { OPENED_AT, POINTS, rewardData } from './programme-stream.ts'
import { LOG_ID } from './sample-log.ts'

const given = (points: PointsLog, more: ReceiptOptions = {}): ReceiptOptions => ({
  logId: LOG_ID,
  chain: points.log.answers(),
  viewCode: 'V-H-A',
  ...more,
})
const verify = (points: PointsLog, receipt = points.receipt('H-A'), more: ReceiptOptions = {}): ReceiptReport =>
  verifyReceipt(utf8(formatReceipt(receipt)), given(points, more))
const check = (report: ReceiptReport, name: ReceiptCheckName): string => {
  const found = withReasons(report.checks).find((one) => one.name === name)!
  return found.ok === 'held' ? 'held' : `${found.code}${found.entry === undefined ? '' : ` ${found.entry}`}`
}
const fresh = (points: PointsLog, holder = 'H-A'): Receipt => parseReceipt(utf8(formatReceipt(points.receipt(holder))))

t.test('a true receipt is verified, and every check holds', async (t) => {
  const points = pointsLog()
  const report = verify(points)
  t.equal(report.verdict, 'verified')
  t.strictSame(
    report.checks.map(({ name }) => name),
    RECEIPT_CHECKS,
  )
  t.equal(report.holder, 'H-A')
  t.equal(report.logId, LOG_ID)
  t.equal(report.stream, POINTS)
  t.strictSame(
    report.lines.map(({ type, amount, balances }) => [type, amount, balances.available, balances.held]),
    [
      ['grant.posted', 100, 100, 0],
      ['redemption.held', 60, 40, 60],
      ['redemption.confirmed', 60, 40, 0],
    ],
  )
  t.strictSame(report.balances, { available: 40, pending: 0, held: 0 })
  t.match(report.balance, { balance: 40, sum: 65, leaves: 2 })
  t.strictSame(new Set(report.entries.map(({ verdict }) => verdict)), new Set(['verified']))
  t.ok(report.entries.every(({ anchoredBy }) => anchoredBy !== undefined))
  const other = verify(points, points.receipt('H-B'), { viewCode: 'V-H-B' })
  t.equal(other.verdict, 'verified')
  t.strictSame(other.balances, { available: 25, pending: 0, held: 0 })
})

t.test('it says what it does not show', async (t) => {
  const points = pointsLog()
  const without = verify(points, undefined, { viewCode: undefined })
  t.equal(without.verdict, 'verified')
  t.equal(check(without, 'liabilities'), 'view_code_missing')
  t.match(
    withReasons(without.checks).find(({ name }) => name === 'liabilities')!.reason,
    /not shown that it is counted/,
  )
  t.equal(verify(points, undefined, { logId: undefined }).verdict, 'unrecognised')
  t.equal(verify(points, undefined, { chain: undefined }).verdict, 'not checked')
})

t.test('I33: a change of any leaf of a receipt, or its removal, is a mismatch', async (t) => {
  const points = pointsLog()
  const whole = JSON.parse(formatReceipt(points.receipt('H-B'))) as JsonObject
  const options = given(points, { viewCode: 'V-H-B' })
  const types = (whole['entries'] as JsonObject[]).map(({ index }) => points.log.entry(index as number).type)
  // Without the anchor in the middle or the newest, a reward that nobody cited, or a rule that this holder was not given points by, the
  // file claims less, and what it claims is true.
  const unused = (i: number): boolean => types[i] === 'reward.published' || i === types.indexOf('rule.published')
  const isHarmless = (name: string): boolean =>
    /^anchors\.\d+\.transaction=|^anchors\.[12]-$/.test(name) ||
    unused(Number(/^entries\.(\d+)-$/.exec(name)?.[1] ?? -1))
  for (const [name, altered] of mutations(whole)) {
    const { verdict } = verifyReceipt(utf8(JSON.stringify(altered)), options)
    if (verdict !== 'mismatch' && !isHarmless(name)) t.fail(`${name} is ${verdict}`)
  }
  t.pass('every one of them')
})

t.test('I32: whatever the bytes are, verification answers and does not throw', async (t) => {
  for (const text of ['', 'null', '{}', '{"format":"trust-ledger/receipt@1"}', '[[[[[[']) {
    const report = verifyReceipt(utf8(text))
    t.equal(report.verdict, 'mismatch')
    t.strictSame(
      report.checks.map(({ name }) => name),
      RECEIPT_CHECKS,
    )
  }
  const truth = utf8(formatReceipt(pointsLog().receipt('H-A')))
  for (let end = 0; end < truth.length; end += 1997) t.equal(verifyReceipt(truth.slice(0, end)).verdict, 'mismatch')
  const empty = { ...pointsLog().receipt('H-A'), entries: [] }
  t.equal(check(verifyReceipt(empty), 'entries'), 'entries_missing')
  t.equal(verifyReceipt({ ...pointsLog().receipt('H-A'), checkpoint: '' }).size, undefined)
  const nameless = new PointsLog()
  nameless.open('H-A')
  const key = nameless.log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: nameless.log.vkey } })
  t.equal(verifyReceipt({ ...nameless.receipt('H-A'), key: nameless.log.proven(key) }).logId, undefined)
})

t.test('RC1: no line can be left out, told twice, or told of somebody else', async (t) => {
  const points = pointsLog()
  const own = (receipt: Receipt): Receipt['entries'] => receipt.entries.filter(({ openings }) => openings !== undefined)
  const altered = (alter: (receipt: Receipt) => void): string => {
    const receipt = fresh(points)
    alter(receipt)
    return check(verify(points, receipt), 'openings')
  }
  const lines = own(points.receipt('H-A'))
  for (const line of lines.slice(1, -1)) {
    const found = altered((receipt) => {
      receipt.entries = receipt.entries.filter(({ index }) => index !== line.index)
    })
    t.match(found, /^version_gap \d+$/, `without entry ${line.index}`)
  }
  const last = lines[lines.length - 1]!
  const shortened = fresh(points)
  shortened.entries = shortened.entries.filter(({ index }) => index !== last.index)
  t.match(
    check(verify(points, shortened), 'liabilities'),
    /^balance_differs/,
    'the balance that is counted tells of the last',
  )
  t.equal(
    altered((receipt) => delete own(receipt)[0]!.openings),
    `opening_missing ${lines[0]!.index}`,
  )
  t.equal(
    altered((receipt) => delete own(receipt)[1]!.openings),
    `opening_missing ${lines[1]!.index}`,
  )
  t.equal(
    altered((receipt) => own(receipt)[2]!.openings!.pop()),
    `opening_missing ${lines[2]!.index}`,
  )
  t.equal(
    altered((receipt) => own(receipt)[1]!.openings!.push(own(receipt)[1]!.openings![0]!)),
    `opening_repeated ${lines[1]!.index}`,
  )
  t.equal(
    altered((receipt) => own(receipt)[1]!.openings!.push('x')),
    `disclosure_malformed ${lines[1]!.index}`,
  )
  const strangers = points.receipt('H-B').entries.filter(({ openings }) => openings !== undefined)
  const mixed = altered((receipt) => {
    receipt.entries = [...receipt.entries, strangers[0]!].toSorted((a, b) => a.index - b.index)
  })
  t.equal(mixed, `opening_other_holder ${strangers[0]!.index}`)
  const swapped = altered((receipt) => {
    own(receipt)[1]!.openings = [strangers[1]!.openings![0]!]
  })
  t.equal(swapped, `opening_unknown ${lines[1]!.index}`)
  const nobody = altered((receipt) => {
    receipt.entries = receipt.entries.filter(({ index }) => index < lines[0]!.index)
  })
  t.equal(nobody, 'holder_not_opened')
})

t.test('the entries of a receipt are of one programme, in the order of the log', async (t) => {
  const points = pointsLog()
  const altered = (alter: (receipt: Receipt) => void): string => {
    const receipt = fresh(points)
    alter(receipt)
    return check(verify(points, receipt), 'entries')
  }
  t.match(
    altered((receipt) => receipt.entries.shift()),
    /^programme_order/,
  )
  t.match(
    altered((receipt) => receipt.entries.push(receipt.entries[1]!)),
    /^index_order/,
  )
  t.match(
    altered((receipt) => (receipt.stream = 'points:other')),
    /^stream_differs/,
  )
  const bytes = (index: number, change: (entry: JsonObject) => void): string =>
    altered((receipt) => {
      const entry = JSON.parse(new TextDecoder().decode(receipt.entries[index]!.bytes)) as JsonObject
      change(entry)
      const ordered = Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      receipt.entries[index]!.bytes = utf8(JSON.stringify(ordered))
    })
  t.match(
    bytes(1, (entry) => (entry['brand'] = 'zeta')),
    /^brand_differs/,
  )
  t.match(
    bytes(1, (entry) => (entry['prev'] = 'A'.repeat(43))),
    /^prev_broken/,
  )
  t.match(
    bytes(2, (entry) => (entry['seq'] = 2)),
    /^seq_broken/,
  )
  t.match(
    bytes(2, (entry) => (entry['recordedAt'] = '2026-01-01T00:00:00.000Z')),
    /^time_backward/,
  )
})

t.test('RC3: a holder left out of the balances is told so by the own receipt', async (t) => {
  const points = pointsLog()
  const hidden = points.receipt('H-A')
  delete hidden.balance
  t.match(
    check(verify(points, hidden), 'liabilities'),
    /^balance_missing/,
    'a sum that counts this holder, and no place in it',
  )
  const both = fresh(points)
  delete both.balance
  both.entries = both.entries.filter(({ index }) => points.log.entry(index).type !== 'points.liabilities')
  t.match(check(verify(points, both), 'liabilities'), /^balance_missing/, 'neither sum nor place')
  const rootless = { ...both, balance: points.receipt('H-A').balance! }
  t.equal(verify(points, rootless).verdict, 'mismatch')
  const other = points.receipt('H-B').balance!
  t.equal(
    check(verify(points, { ...points.receipt('H-A'), balance: other }), 'liabilities').split(' ')[0],
    'balance_differs',
  )
  const leftOut = new PointsLog()
  const rule = leftOut.rule()
  leftOut.open('H-A')
  leftOut.open('H-B')
  leftOut.anchor()
  leftOut.grant('H-A', rule)
  leftOut.count((leaves) => leaves.splice(1, 1))
  leftOut.log.anchor()
  const receipt = leftOut.receipt('H-A')
  t.equal(receipt.balance, undefined, 'the operator has none to give')
  t.match(check(verify(leftOut, receipt), 'liabilities'), /^balance_missing/)
})

t.test('RC4: two holders cannot be shown one leaf', async (t) => {
  const points = new PointsLog()
  const rule = points.rule()
  points.open('H-A')
  points.open('H-B')
  points.anchor()
  points.grant('H-A', rule)
  points.grant('H-B', rule)
  // One leaf of 100 for both, and the sum says 100 less than is owed.
  points.count((leaves) => leaves.splice(0, 1))
  points.log.anchor()
  const shared = points.receipt('H-A').balance ?? points.receipt('H-B').balance!
  const receipts = ['H-A', 'H-B'].map((holder) =>
    verify(points, { ...points.receipt(holder), balance: { ...shared, leaf: 0 } }, { viewCode: `V-${holder}` }),
  )
  t.strictSame(
    new Set(receipts.map((report) => check(report, 'liabilities').split(' ')[0])),
    new Set(['commitment_differs', 'held']),
    'the one whose it is not finds it out',
  )
})

t.test('a holder who came after the sum has no place in it yet', async (t) => {
  const points = pointsLog()
  points.open('H-C')
  const report = verify(points, points.receipt('H-C'), { viewCode: 'V-H-C' })
  t.equal(check(report, 'liabilities'), 'liabilities_missing')
  t.equal(report.verdict, 'pending')
  const early = new PointsLog()
  early.open('H-A')
  t.equal(check(verify(early), 'liabilities'), 'liabilities_missing', 'nothing is anchored at all')
})

t.test('a sum of another programme, or of the future, counts nothing', async (t) => {
  for (const [more, code] of [
    [{ programme: 'other' }, 'liabilities_other'],
    [{ size: 999 }, 'liabilities_order'],
    [{ sum: 41 }, 'balance_mismatch'],
    [{ root: base64url(new Uint8Array(32)) }, 'balance_mismatch'],
  ] as const) {
    const points = new PointsLog()
    points.rule()
    points.open('H-A')
    points.count(undefined, more)
    points.log.anchor()
    t.match(check(verify(points), 'liabilities'), code)
  }
})

t.test('ER1: the grants of a receipt follow rules that it shows, anchored before', async (t) => {
  const early = new PointsLog()
  const rule = early.rule()
  early.open('H-A')
  const grant = early.grant('H-A', rule)
  early.anchor()
  t.equal(check(verify(early), 'points'), `rule_not_anchored ${grant}`)
  const points = pointsLog()
  const ruleless = fresh(points)
  ruleless.entries = ruleless.entries.filter(({ index }) => points.log.entry(index).type !== 'rule.published')
  t.match(check(verify(points, ruleless), 'points'), /^rule_unknown/)
})

/** A programme with anchored rules and a holder. */
const started = (rule: JsonObject = {}): { points: PointsLog; rule: number } => {
  const points = new PointsLog()
  const index = points.rule(rule)
  points.open('H-A')
  points.anchor()
  return { points, rule: index }
}

t.test('GR3: a holder gets no more by a rule than it says', async (t) => {
  const { points, rule } = started({ perHolderMax: 150 })
  points.grant('H-A', rule)
  const second = points.grant('H-A', rule)
  points.anchor()
  t.equal(check(verify(points), 'points'), `holder_max ${second}`)
  const { points: within, rule: again } = started({ perHolderMax: 200 })
  within.grant('H-A', again)
  within.grant('H-A', again)
  within.anchor()
  t.equal(check(verify(within), 'points'), 'held')
})

t.test('a redemption is of a reward that the receipt shows, at its cost, and ends once', async (t) => {
  const redeemed = (write: (points: PointsLog, visit: number) => void): string => {
    const { points, rule } = started()
    const visit = points.add('reward.published', rewardData({ from: OPENED_AT }))
    points.grant('H-A', rule)
    write(points, visit)
    points.anchor()
    return check(verify(points), 'points').split(' ')[0]!
  }
  t.equal(
    redeemed((points, visit) => points.hold('H-A', visit)),
    'held',
  )
  t.equal(
    redeemed((points, visit) => points.hold('H-A', visit, 59)),
    'reward_cost',
  )
  t.equal(
    redeemed((points, visit) => {
      points.add('reward.amended', rewardData({ version: 2, cost: 50, from: OPENED_AT }))
      points.hold('H-A', visit, 60)
    }),
    'held',
  )
  t.equal(
    redeemed((points, visit) => {
      const redemption = points.hold('H-A', visit)
      points.hold('H-A', visit, 1)
      points.confirm('H-A', redemption, 30)
    }),
    'reward_cost',
  )
  t.equal(
    redeemed((points, visit) => {
      const redemption = points.hold('H-A', visit)
      points.confirm('H-A', redemption, 30)
    }),
    'redemption_differs',
  )
})

t.test('votes and other facts without postings are told with their texts', async (t) => {
  const { points } = started()
  const opening = { kind: 'choice', value: { token: 'abc', choice: ['lid'] } } as const
  points.add('ballot.cast', { ballot: 3 }, [{ holder: 'H-A', opening }, points.note('H-A')])
  const texts = { '/text/en': 'Please ship a lid.' }
  const answerDue = '2027-01-01T00:00:00.000Z'
  const proposal = points.add('proposal.submitted', { answerDue }, [points.note('H-A')], { texts })
  points.anchor()
  const receipt = fresh(points)
  const report = verify(points, receipt)
  t.equal(report.verdict, 'verified')
  t.strictSame(report.entries.find(({ index }) => index === proposal)?.data, {
    answerDue,
    text: { en: texts['/text/en'] },
  })
  const entry = receipt.entries.find(({ index }) => index === proposal)!
  const [text] = entry.disclosures
  entry.disclosures = [text!, text!]
  t.equal(check(verify(points, receipt), 'openings'), `disclosure_repeated ${proposal}`)
  entry.disclosures = [formatOpening('A'.repeat(22), opening)]
  t.equal(check(verify(points, receipt), 'openings'), `disclosure_unknown ${proposal}`)
  entry.disclosures = []
  t.equal(verify(points, receipt).verdict, 'verified', 'a text that is left out says nothing about points')
})

t.test('a balance that does not follow from the one before is named', async (t) => {
  const side = (value: JsonObject): string => {
    const { points, rule } = started()
    const text = formatOpening('A'.repeat(22), {
      kind: 'side',
      posting: 0,
      side: 'to',
      value: { holder: 'H-A', previous: 0, current: 100, version: 1, ...value },
    })
    const data = { rule: 'report', version: 1, ruleIndex: rule, source: 3, amount: 100 }
    const postings = [{ from: 'issuance', to: 'available', amount: 100 }]
    const xd = [disclosureDigest(text)]
    const index = points.add('grant.posted', { ...data, postings }, [], { with: { xd } })
    points.openings.set(index, [{ holder: 'H-A', text }])
    points.log.anchor()
    return check(verify(points), 'openings').split(' ')[0]!
  }
  t.equal(side({}), 'held')
  t.equal(side({ version: 2 }), 'version_gap')
  t.equal(side({ previous: 1, current: 101 }), 'balance_broken')
  t.equal(side({ current: 99 }), 'balance_broken')
  t.equal(side({ tranches: [{ grant: 1, amount: 99 }] }), 'tranches_differ')
})
