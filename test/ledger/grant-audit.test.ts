/** Grants and redemptions one by one: each is resolved at most once, and no more is taken back than was given. */
import fc from 'fast-check'
import t from 'tap'
import { GrantAudit, lastAsPromised } from '../../ledger/grant-audit.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { pointsDataOf } from '../../ledger/points-shape.ts'
import { OPENED_AT, ProgrammeStream, granted, moving, ruleData } from './programme-stream.ts'

const DEADLINE = '2026-06-20T00:00:00.000Z'
const pending = moving('issuance', 'pending', 40, {
  rule: 'idea',
  version: 1,
  ruleIndex: 3,
  source: 2,
  amount: 40,
  deadline: DEADLINE,
})
const posted = (grant: number, amount = 40): JsonObject => moving('pending', 'available', amount, { grant })
const ended = (grant: number): JsonObject => moving('pending', 'issuance', 40, { grant })
const reversed = (grant: number, amount: number): JsonObject =>
  moving('available', 'issuance', amount, { grant, amount, reason: 'error' })
const held = moving('available', 'held', 60, {
  reward: 'visit',
  version: 1,
  rewardIndex: 3,
  amount: 60,
  holdUntil: DEADLINE,
})
const resolved = (from: string, to: string, redemption: number, more: JsonObject = {}, amount = 60): JsonObject =>
  moving(from, to, amount, { redemption, reward: 'visit', ...more })

/** Takes entries at indexes 10, 11, …; the codes of what is wrong, or 'ok'. */
const audit = (...entries: [type: string, data: JsonObject, recordedAt?: string][]): string[] => {
  const grants = new GrantAudit()
  return entries.map(([type, data, recordedAt = OPENED_AT], i) => {
    const fault = grants.add(10 + i, pointsDataOf({ type, data })!, recordedAt)
    return fault?.code ?? 'ok'
  })
}

t.test('GR4: a pending grant is posted, voided or lapsed, and only once', async (t) => {
  for (const [type, data, at] of [
    ['grant.posted', posted(10), OPENED_AT],
    ['grant.voided', ended(10), OPENED_AT],
    ['grant.lapsed', ended(10), DEADLINE],
  ] as const) {
    const again = [type, data, at] as [string, JsonObject, string]
    t.strictSame(audit(['grant.pending', pending], again, again), ['ok', 'ok', 'grant_resolved'], type)
    t.strictSame(audit(again), ['grant_unknown'], type)
  }
  t.strictSame(audit(['grant.pending', pending], ['grant.posted', posted(10, 39)]), ['ok', 'grant_differs'])
  t.strictSame(audit(['grant.posted', granted(3)], ['grant.voided', ended(10)]), ['ok', 'grant_resolved'])
  t.strictSame(audit(['grant.pending', pending], ['grant.lapsed', ended(10)]), ['ok', 'grant_too_early'])
  t.strictSame(audit(['grant.pending', pending], ['grant.posted', posted(10), DEADLINE]), ['ok', 'grant_too_late'])
  t.strictSame(audit(['grant.pending', pending], ['grant.voided', ended(10), DEADLINE]), ['ok', 'grant_too_late'])
})

t.test('GR4, RW4: what has no outcome at its time is overdue, and nothing that has one', async (t) => {
  const grants = new GrantAudit()
  const add = (index: number, type: string, data: JsonObject): void => {
    t.equal(grants.add(index, pointsDataOf({ type, data })!, OPENED_AT), undefined)
  }
  t.equal(grants.overdue(DEADLINE), undefined)
  add(10, 'grant.pending', pending)
  add(11, 'redemption.held', held)
  t.equal(grants.overdue(OPENED_AT), undefined)
  t.match(grants.overdue(DEADLINE), { code: 'grant_overdue', index: 10, facts: { until: DEADLINE } })
  add(12, 'grant.posted', { ...posted(10), expiresAt: DEADLINE })
  t.match(grants.overdue(DEADLINE), { code: 'redemption_overdue', index: 11 })
  t.equal(grants.grant(10)?.expiresAt, DEADLINE)
  add(13, 'redemption.released', resolved('held', 'available', 11))
  t.equal(grants.overdue(DEADLINE), undefined)
})

t.test('GR4: whatever order the outcomes come in, exactly the first counts', async () => {
  const outcome = fc.constantFrom('grant.posted', 'grant.voided', 'grant.lapsed')
  fc.assert(
    fc.property(fc.array(outcome, { minLength: 1 }), (types) => {
      const outcomes = types.map((type): [string, JsonObject, string] => [
        type,
        type === 'grant.posted' ? posted(10) : ended(10),
        type === 'grant.lapsed' ? DEADLINE : OPENED_AT,
      ])
      const [, ...found] = audit(['grant.pending', pending], ...outcomes)
      return found.filter((code) => code === 'ok').length === 1 && found[0] === 'ok'
    }),
  )
})

t.test('L4: what is taken back of a grant is in all not more than it was', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (amounts) => {
      const found = audit(
        ['grant.posted', granted(3)],
        ...amounts.map((amount): [string, JsonObject] => ['grant.reversed', reversed(10, amount)]),
      ).slice(1)
      const taken = amounts.filter((_, i) => found[i] === 'ok').reduce((sum, amount) => sum + amount, 0)
      return taken <= 100 && found.every((code) => code === 'ok' || code === 'reversal_too_large')
    }),
  )
  t.strictSame(audit(['grant.reversed', reversed(10, 1)]), ['grant_unknown'])
  t.strictSame(audit(['grant.pending', pending], ['grant.reversed', reversed(10, 1)]), ['ok', 'grant_unknown'])
})

t.test('RW4: a redemption is confirmed or released once, and refunded after it was confirmed', async (t) => {
  const confirm: [string, JsonObject] = ['redemption.confirmed', resolved('held', 'redeemed', 10)]
  const release: [string, JsonObject] = ['redemption.released', resolved('held', 'available', 10)]
  const refund: [string, JsonObject] = ['redemption.refunded', resolved('redeemed', 'available', 10)]
  const hold: [string, JsonObject] = ['redemption.held', held]
  t.strictSame(audit(hold, confirm, refund, refund), ['ok', 'ok', 'ok', 'redemption_resolved'])
  t.strictSame(audit(hold, release, confirm), ['ok', 'ok', 'redemption_resolved'])
  t.strictSame(audit(hold, refund), ['ok', 'redemption_resolved'])
  t.strictSame(audit(confirm), ['redemption_unknown'])
  t.strictSame(audit(hold, [...confirm, DEADLINE]), ['ok', 'redemption_too_late'])
  t.strictSame(audit(hold, [...release, DEADLINE]), ['ok', 'ok'])
  const other: [string, JsonObject] = ['redemption.confirmed', resolved('held', 'redeemed', 10, { reward: 'mug' })]
  t.strictSame(audit(hold, other), ['ok', 'redemption_differs'])
  t.strictSame(audit(hold, ['redemption.confirmed', resolved('held', 'redeemed', 10, {}, 59)]), [
    'ok',
    'redemption_differs',
  ])
})

t.test('what a rule has given is what it gave and was not ended or taken back', async (t) => {
  const grants = new GrantAudit()
  const add = (index: number, type: string, data: JsonObject): void => {
    grants.add(index, pointsDataOf({ type, data })!, OPENED_AT)
  }
  add(10, 'grant.posted', granted(3))
  add(11, 'grant.pending', { ...pending, rule: 'report' })
  add(12, 'grant.pending', { ...pending, rule: 'report' })
  add(13, 'grant.voided', ended(12))
  add(14, 'grant.reversed', reversed(10, 30))
  add(15, 'grant.pending', pending)
  t.equal(grants.givenBy('report'), 110)
  t.equal(grants.givenBy('idea'), 40)
  t.match(grants.grant(10), { amount: 100, reversed: 30, state: 'posted' })
  t.equal(grants.grant(99), undefined)
  t.strictSame(audit(['holder.opened', {}]), ['ok'])
})

t.test('points last as long as rule and terms promise when they are posted', async (t) => {
  const points = new ProgrammeStream()
  const ruleIndex = points.add('rule.published', ruleData())
  const grants = new GrantAudit()
  const waiting = { rule: 'report', version: 1, ruleIndex, source: 2, amount: 40, deadline: DEADLINE }
  grants.add(20, pointsDataOf({ type: 'grant.pending', data: moving('issuance', 'pending', 40, waiting) })!, OPENED_AT)
  const lasts = (type: string, data: JsonObject): boolean =>
    lastAsPromised(points.programme, grants, pointsDataOf({ type, data })!, OPENED_AT)
  for (const [expiresAt, isKept] of [
    ['2027-06-14T16:00:00.000Z', true],
    ['2027-06-13T16:00:00.000Z', false],
  ] as const) {
    t.equal(lasts('grant.posted', granted(ruleIndex, 100, { expiresAt })), isKept)
    t.equal(lasts('grant.posted', { ...posted(20), expiresAt }), isKept)
  }
  t.ok(lasts('grant.posted', posted(20)), 'what never expires lasts')
  t.ok(lasts('grant.voided', ended(20)), 'only what is posted lasts')
})
