import fc from 'fast-check'
import t from 'tap'
import { findPraise } from '../../../server/services/points/praise.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import {
  commitmentOf,
  newHolderId,
  newSpendCode,
  newViewCode,
  parseCode,
  screenKeyOf,
} from '../../../server/services/points/holder-codes.ts'
import { publishTerms } from '../../../server/services/points/open-programme.ts'
import { publishRule, withdrawRule } from '../../../server/services/points/rules.ts'
import { openTestDatabase } from '../../support/database.ts'
import { openTestLog } from '../../support/log.ts'
import {
  PROGRAMME,
  TERMS,
  confirmAnchor,
  once,
  openTestProgramme,
  recordSource,
  supervision,
} from '../../support/points.ts'

const PAID = [
  '好评',
  '五星',
  '点赞',
  '转发',
  '分享',
  '删帖',
  '撤诉',
  '沉默',
  'a positive review',
  'five stars',
  'share',
  'withdraw your complaint',
  'silence',
]
const HONEST = [
  '提交一份完整的检查记录，记录批次、温度和照片。',
  '您的建议被采纳并上线后发放积分。',
  'For a report of a defect that was confirmed, whatever its wording.',
  'Criticism that led to a shipped improvement.',
  'For taking part in a road test, favourable or not.',
]

t.test('ER2: whatever stands around it, a text that pays for praise, sharing or silence is found', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...PAID), fc.constantFrom(...HONEST), fc.boolean(), (paid, honest, isFirst) => {
      t.ok(findPraise(isFirst ? `${paid} ${honest}` : `${honest} ${paid}`) !== undefined, paid)
    }),
    { numRuns: 60 },
  )
  t.equal(findPraise('写 五-星 好 评'), '好评', 'spaces and signs do not hide it')
  t.equal(findPraise('ＦＩＶＥ ＳＴＡＲＳ'), 'five stars', 'nor do wide letters')
  for (const honest of HONEST) t.equal(findPraise(honest), undefined, honest)
  t.end()
})

const MORE_PAID = [
  ...[
    '写一条評價，五颗星',
    '轉發一次',
    '請給好評',
    '点個讚',
    '刪掉帖子',
    '撤掉投诉',
    '不再追究',
    '不要投诉',
    '满意度打十分',
  ],
  ...['小红书发笔记', '关注公众号', '评论区夸一夸', '推荐我们的产品', '邀请朋友加入', '帮忙宣传一下'],
  ...['Give us a thumbs up', 'rate us 10/10', 'five out of five', 'a favorable product review', 'top marks'],
  ...['follow our account', 'recommend us to friends', 'drop your complaint', 'refrain from complaining'],
  ...['compliment us', 'post on social media', 'pass it on', 'Say something nice about us', 'bring a friend'],
]
const MORE_HONEST = [
  ...[
    '发现宣传与实物不符并上报。',
    '参加盲测并写下意见，无论好坏。',
    '指出标签错误。',
    '关注产品质量的监督员完成一次巡检。',
  ],
  ...[
    '提出推荐的改进方案。',
    'A documented complaint that led to a recall.',
    'Report an advertisement that is not true.',
  ],
  ...['Rate the taste in a blind test; every rating counts alike.', 'Follow the checklist of the inspection.'],
]

const DISGUISED = [
  ...[
    '好\u200b评',
    '五\u2060颗星',
    '关\ufe0f注我们',
    '刪除評論',
    '幫忙宣傳',
    '種草筆記',
    '評價返現',
    '曬單有禮',
    '多说好话',
  ],
  ...['po\u00adsitive reviews', 'five\u200b-star', 'góod reviews', '5⭐', 'Give us ★★★★★', '👍 our page'],
  // Letters of other alphabets that look like ours.
  ...['pоsitive rеviews', 'fivе-stаr', 'ѕhare it', 'prаise us', 'pοsitive reviews'],
  ...['a positive video about us', 'an upvote', 'forward it to friends', 'tag us in a story'],
]

t.test('ER2: no invisible letter, old spelling or picture hides them', async (t) => {
  for (const paid of DISGUISED) t.not(findPraise(paid), undefined, paid)
})

t.test('ER2: other words for the same are found, and honest ones are not', async (t) => {
  for (const paid of MORE_PAID) t.not(findPraise(paid), undefined, paid)
  for (const honest of MORE_HONEST) t.equal(findPraise(honest), undefined, honest)
})

t.test('codes are random, typed in many ways and stored as what follows from them', (t) => {
  fc.assert(
    fc.property(fc.constantFrom('view', 'spend'), (kind) => {
      const code = kind === 'view' ? newViewCode() : newSpendCode()
      t.same(parseCode(code), { kind, code })
      t.same(parseCode(` ${code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')} `), { kind, code })
    }),
    { numRuns: 50 },
  )
  t.equal(new Set(Array.from({ length: 500 }, newHolderId)).size, 500)
  for (const wrong of [
    '',
    'V-',
    newHolderId(),
    newViewCode().slice(0, -1),
    `${newViewCode()}0`,
    `X${newViewCode().slice(1)}`,
  ]) {
    t.equal(parseCode(wrong), undefined, wrong)
  }
  const code = `V-${'0'.repeat(26)}`
  t.equal(commitmentOf(code, 'herd').length, 43)
  t.not(commitmentOf(code, 'herd'), commitmentOf(code, 'flock'))
  t.equal(screenKeyOf(code).length, 32)
  t.end()
})

t.test('ER1, ER3: rules and terms hold forward in time only, and only under an anchor', async (t) => {
  const { database, dataDir } = await openTestDatabase(t, 'postgres')
  const log = await openTestLog({ database, dataDir })
  t.teardown(async () => log.close())
  const [holder] = await openTestProgramme(log, database, [supervision({ rule: 'r' })], 1)
  const send = log.sequencer.append.bind(log.sequencer)
  const grant = async (members: { version?: number; amount?: number } = {}) =>
    await send(
      grantPoints(once(), PROGRAMME, { rule: 'r', source: await recordSource(log), holder: holder!.id, ...members }),
    )
  const past = new Date(Date.now() - 60_000).toISOString()
  const future = new Date(Date.now() + 3_600_000).toISOString()

  await t.rejects(send(publishRule(once(), PROGRAMME, supervision({ rule: 'r', validFrom: past }))), {
    code: 'backdated',
  })
  await t.rejects(send(publishTerms(once(), PROGRAMME, TERMS, past)), { code: 'backdated' })
  await t.rejects(
    send(publishRule(once(), PROGRAMME, supervision({ rule: 'r', validFrom: future, validUntil: future }))),
    { code: 'rule_dates' },
  )
  t.equal((await grant()).status, 201)
  await send(publishRule(once(), PROGRAMME, supervision({ rule: 'r', earns: { pointsMax: 20 } })))
  t.match((await grant()).status, 201, 'the version that an anchor covers stays in force')
  await t.rejects(grant({ version: 2, amount: 20 }), { code: 'rule_not_anchored' })
  await confirmAnchor(database)
  t.equal((await grant({ amount: 20 })).status, 201)
  await t.rejects(grant({ version: 1 }), { code: 'rule_superseded' })
  await t.rejects(grant({ amount: 21 }), { code: 'grant_amount' })
  await t.rejects(grant({ version: 3 }), { code: 'rule_unknown' })

  await send(publishRule(once(), PROGRAMME, supervision({ rule: 'r', validFrom: future })))
  await confirmAnchor(database)
  await t.rejects(grant({ version: 3 }), { code: 'rule_not_valid_yet' })
  t.equal((await grant({ amount: 1 })).status, 201, 'and what is not valid yet does not end what is')
  await send(withdrawRule(once(), PROGRAMME, 'r', 2))
  await t.rejects(grant({ version: 2, amount: 1 }), { code: 'rule_withdrawn' })
  await t.rejects(send(withdrawRule(once(), PROGRAMME, 'r', 2)), { code: 'rule_withdrawn' })
  await send(publishTerms(once(), PROGRAMME, TERMS))
})
