/** The entries of a programme, judged one after the other: each is well formed, lawful, and in turn. */
import t from 'tap'
import type { Entry } from '../../ledger/entry.ts'
import { formatInstant } from '../../ledger/instant.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { ProgrammeAudit } from '../../ledger/points-audit.ts'
import {
  DAY_MS,
  NAME,
  OPENED_AT,
  ProgrammeStream,
  ballotData,
  granted,
  moving,
  rewardData,
  ruleData,
} from './programme-stream.ts'

const ROOT = 'A'.repeat(43)
const LIST = '0'.repeat(64)
const SD = { sd: ['B'.repeat(43)] }
const XD = { xd: ['B'.repeat(43)] }
const SOON = '2026-06-14T08:05:00.000Z'

/** What is wrong with the entries of a stream, as "code index". */
const faults = ({ entries, anchors }: ProgrammeStream): string[] => {
  const audit = new ProgrammeAudit()
  return entries.flatMap((indexed) => {
    const { fault, miscounted } = audit.add(indexed, (index) => anchors.find((size) => size > index))
    return [fault, miscounted].flatMap((found) => (found === undefined ? [] : [`${found.code} ${indexed.index}`]))
  })
}

type Write = (stream: ProgrammeStream) => unknown
const started = (): ProgrammeStream => {
  const stream = new ProgrammeStream()
  stream.add('rule.published', ruleData())
  stream.add('rule.published', ruleData({ rule: 'idea', earns: { pointsMax: 50 }, pendingDays: 7, validFrom: SOON }))
  stream.add('rule.published', ruleData({ rule: 'vote', earns: { vote: true }, validFrom: SOON }))
  stream.anchor()
  stream.now = Date.parse(SOON)
  return stream
}
// The first rule was published a minute after its programme, and would hold from before: it says from when it was made.
const OPENING_FAULT = 'backdated 13'

/** The codes of the faults of what is written, without that of the opening. */
const found = (...writes: Write[]): string[] => {
  const stream = started()
  for (const write of writes) write(stream)
  return faults(stream)
    .filter((fault) => fault !== OPENING_FAULT)
    .map((fault) => fault.split(' ')[0]!)
}
const add =
  (type: string, data: JsonObject = {}, more: Partial<Entry> = {}): Write =>
  (stream) =>
    stream.add(type, data, more)

t.test('a programme is opened once, by its first entry, in its own stream', async (t) => {
  t.strictSame(faults(new ProgrammeStream()), [])
  t.strictSame(faults(new ProgrammeStream({ id: 'other' })), ['programme_order 10'])
  const twice = new ProgrammeStream()
  twice.add('programme.opened', twice.entries[0]!.entry.data)
  t.strictSame(faults(twice), ['programme_order 13'])
  const late = new ProgrammeStream()
  late.entries.shift()
  late.add('holder.opened')
  t.strictSame(faults(late), ['programme_order 10'])
  t.equal(new ProgrammeAudit().state, undefined)
  t.strictSame(new ProgrammeAudit().missingAnswers(OPENED_AT), [])
})

t.test('what is not well formed, or does not add up, is named', async (t) => {
  t.strictSame(found(add('rule.published', ruleData({ rating: 5 }))), ['points_malformed'])
  t.strictSame(found(add('note.left', { postings: 'x' })), [], 'other types are not judged')
  t.strictSame(found(add('grant.voided', moving('pending', 'issuance', 5, { grant: 3 }))), ['points_unsound'])
})

t.test('ER3: terms and rules are published by the next version, from now on', async (t) => {
  const terms = { version: 2, text: NAME, noCash: NAME, expiry: { never: true }, validFrom: '2027-01-01T00:00:00.000Z' }
  t.strictSame(found(add('terms.published', terms)), [])
  t.strictSame(found(add('terms.published', { ...terms, version: 3 })), ['version_out_of_order'])
  t.strictSame(found(add('rule.published', ruleData({ rule: 'new', validFrom: OPENED_AT }))), ['backdated'])
  const withdrawn = add('rule.withdrawn', { rule: 'report', version: 1 })
  t.strictSame(found(withdrawn), [])
  t.strictSame(found(withdrawn, withdrawn), ['rule_withdrawn'])
  t.strictSame(found(add('rule.withdrawn', { rule: 'report', version: 2 })), ['rule_unknown'])
})

t.test('grants follow their rules', async (t) => {
  t.strictSame(found(add('grant.posted', granted(13))), [])
  t.strictSame(found(add('grant.posted', granted(13, 99))), ['grant_amount'])
  const soon = granted(13, 100, { expiresAt: '2027-01-01T16:00:00.000Z' })
  t.strictSame(found(add('grant.posted', soon)), ['expiry_too_early'])
  const cited = { rule: 'idea', version: 1, ruleIndex: 16, source: 3, deadline: OPENED_AT }
  const pending = (amount: number): Write =>
    add('grant.pending', moving('issuance', 'pending', amount, { ...cited, amount }))
  t.strictSame(found(pending(50)), [])
  t.strictSame(found(pending(51)), ['grant_amount'])
  t.strictSame(found(pending(50), add('grant.posted', moving('pending', 'available', 50, { grant: 22 }))), [])
})

t.test('nothing expires without notice', async (t) => {
  const expiresAt = '2026-08-01T16:00:00.000Z'
  const grant = add('grant.posted', granted(13))
  const notice = add('points.expiring', { expiresAt, holders: 1, amount: 100 })
  const later: Write = (stream) => {
    stream.now += 60 * DAY_MS
  }
  const expired = add('points.expired', moving('available', 'expired', 100, { expiresAt }))
  t.strictSame(found(grant, notice, later, expired), [])
  t.strictSame(found(grant, later, expired), ['expiry_not_announced'])
  t.strictSame(found(grant, notice, expired), ['expiry_too_early'])
})

t.test('RW1, RW2: rewards', async (t) => {
  const publish = add('reward.published', rewardData())
  const close = add('reward.closed', { reward: 'visit' })
  const held = { reward: 'visit', version: 1, rewardIndex: 25, amount: 60, holdUntil: OPENED_AT }
  const hold = add('redemption.held', moving('available', 'held', 60, held))
  const grant = add('grant.posted', granted(13))
  t.strictSame(found(publish, publish), ['version_out_of_order'])
  t.strictSame(found(add('reward.published', rewardData({ version: 2 }))), ['version_out_of_order'])
  t.strictSame(found(publish, add('reward.amended', rewardData({ version: 2, cost: 50 }))), [])
  t.strictSame(found(publish, add('reward.amended', rewardData({ version: 2, cost: 70 }))), ['reward_worsened'])
  t.strictSame(found(publish, close), [])
  t.strictSame(found(publish, close, close), ['reward_closed'])
  t.strictSame(found(close), ['reward_unknown'])
  t.strictSame(found(grant, publish, hold), [])
  t.strictSame(found(grant, publish, close, hold), ['reward_closed'])
})

t.test('PR1, PR3: proposals', async (t) => {
  const submit = add('proposal.submitted', { answerDue: '2026-07-01T00:00:00.000Z' })
  const move = (to: string, more: Partial<Entry> = {}): Write => add('proposal.moved', { proposal: 22, to }, more)
  const overdue: Write = (stream) => {
    stream.now += 30 * DAY_MS
  }
  const missed = add('proposal.answer_missed', { proposal: 22, due: '2026-07-01T00:00:00.000Z' })
  t.strictSame(found(submit, move('declined', SD)), [])
  t.strictSame(found(submit, move('declined')), ['reason_missing'])
  t.strictSame(found(submit, move('shipped')), ['proposal_step'])
  t.strictSame(found(submit, submit, add('proposal.moved', { proposal: 25, to: 'merged', into: 22 })), [
    'reason_missing',
  ])
  t.strictSame(found(submit, overdue, move('accepted')), ['answer_miss_missing'])
  t.strictSame(found(submit, overdue, move('under_review')), [], 'no answer yet')
  t.strictSame(found(submit, overdue, missed, move('accepted')), [])
  t.strictSame(found(submit, missed), ['proposal_step'], 'before it was due')
  const audit = new ProgrammeAudit()
  const stream = started()
  submit(stream)
  for (const indexed of stream.entries) audit.add(indexed, () => undefined)
  t.match(audit.missingAnswers('2026-08-01T00:00:00.000Z'), [{ promise: 'answer', madeBy: 22 }])
})

t.test('BL1, BL5: ballots', async (t) => {
  const draft = add('ballot.drafted', ballotData({ opensAt: OPENED_AT, splitMin: 2 }))
  const of = (type: string, more: JsonObject = {}, entry: Partial<Entry> = {}): Write =>
    add(type, { ballot: 22, ...more }, entry)
  const entitle = of('entitlement.granted', { rule: 'vote', version: 1, ruleIndex: 19, source: 3 })
  const freeze = (eligible = 1): Write => of('ballot.frozen', { eligible, root: ROOT })
  const anchor: Write = (stream) => stream.anchor()
  const open = of('ballot.opened')
  const cast = of('ballot.cast', {}, XD)
  const over: Write = (stream) => {
    stream.now = Date.parse('2026-06-20T00:00:00.000Z')
  }
  const close = of('ballot.closed')
  const tally = (more: JsonObject = {}): Write =>
    of('ballot.tallied', { casts: 1, counted: 1, eligible: 1, list: LIST, belowMinimum: true, ...more })
  const until = [draft, entitle, freeze(), anchor, open, cast]
  const whole = [...until, over, close]
  t.strictSame(found(...whole, tally(), of('ballot.challenged'), tally(), of('ballot.finalised')), [])
  t.strictSame(found(entitle), ['ballot_unknown'])
  t.strictSame(found(draft, freeze()), ['tally_malformed'], 'more than were entitled')
  t.strictSame(found(freeze()), ['ballot_unknown'])
  t.strictSame(found(draft, entitle, freeze(), open), ['ballot_not_anchored'])
  t.strictSame(found(...until, close), ['ballot_not_time'])
  t.strictSame(found(draft, cast), ['ballot_step'])
  t.strictSame(found(...until, of('ballot.cast')), ['points_malformed'], 'a vote without its digest')
  t.strictSame(found(...until, tally()), ['ballot_step'])
  t.strictSame(found(...until, of('ballot.challenged')), ['ballot_step'])
  t.strictSame(found(...until, of('ballot.finalised')), ['ballot_step'])
  for (const wrong of [{ casts: 2 }, { counted: 2 }, { eligible: 3 }]) {
    t.strictSame(found(...whole, tally(wrong)), ['tally_malformed'], JSON.stringify(wrong))
  }
  const { belowMinimum: _below, ...split } = {
    ballot: 22,
    casts: 1,
    counted: 1,
    eligible: 1,
    list: LIST,
    belowMinimum: true,
  }
  t.strictSame(found(...whole, add('ballot.tallied', { ...split, counts: [] })), ['tally_malformed'], 'a split of one')
})

t.test('BT5: a wrong sum is told apart from a broken rule', async (t) => {
  const stream = started()
  const { index } = stream.entries[0]!
  stream.add('points.liabilities', { programme: 'family', size: index + 1, leaves: 1, root: ROOT, sum: 0 })
  t.ok(faults(stream).includes('liabilities_differ 22'))
  t.equal(formatInstant(stream.now).length, 24)
})
