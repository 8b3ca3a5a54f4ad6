/**
 * A points programme told with the core alone: two rules (one not anchored yet), rewards open, full and ended,
 * suggestions answered, declined, missed and shipped, one ballot counted and one whose split is withheld.
 */
import { createHash } from 'node:crypto'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { SampleLog } from './sample-log.ts'
import type { SampleOptions, Told } from './sample-log.ts'

export type ToldProgramme = Told & { programme: string; ballots: { counted: number; withheld: number; open: number } }

const BRAND = 'sample-dairy'
const PROGRAMME = 'dairy-circle'
const STREAM = `points:${PROGRAMME}`
const HOUR = 3_600_000
const DAY = 24 * HOUR

const both = (zh: string, en: string): JsonObject => ({ 'zh-CN': zh, en })

/** Writes entries of one programme. */
class Programme {
  readonly log: SampleLog

  constructor(log: SampleLog) {
    this.log = log
  }

  say(type: string, data: JsonObject, redactable: Record<string, JsonValue> = {}, kind = 'staff'): number {
    const actor = kind === 'staff' ? { kind, id: 'k_1' } : { kind }
    return this.log.append(STREAM, type, data, { brand: BRAND, actor, redactable })
  }

  move(type: string, from: string, to: string, amount: number, data: JsonObject): number {
    const kind = type === 'redemption.held' ? 'holder' : 'staff'
    return this.say(type, { ...data, postings: [{ from, to, amount }] }, {}, kind)
  }
}

/** Tells it so that a page made at `now` sees every state. */
export function tellProgramme(options: SampleOptions = {}): ToldProgramme {
  const startMs = options.startMs ?? Date.parse('2026-11-01T00:00:00.000Z')
  const log = new SampleLog({ ...options, startMs })
  const at = (ms: number): string => new Date(startMs + ms).toISOString()
  log.append('ledger', 'stream.opened', { opens: `brand:${BRAND}` })
  const by = { brand: BRAND, actor: { kind: 'staff', id: 'k_1' } }
  log.append(`brand:${BRAND}`, 'brand.opened', { slug: BRAND, name: both('示例乳业', 'Sample Dairy') }, by)
  log.append(`brand:${BRAND}`, 'stream.opened', { opens: STREAM }, by)
  const programme = new Programme(log)
  openProgramme(programme)
  const rule = publishRule(programme, 'supervision', 1, at(0))
  const ruleVote = publishVoteRule(programme, at(0))
  log.anchor()
  log.wait(HOUR)
  const source = givePoints(programme, rule, at(400 * DAY))
  const reward = publishRewards(programme, at)
  log.anchor()
  log.wait(HOUR)
  redeem(programme, reward, at)
  suggest(programme, at, source)
  const counted = holdBallot(programme, at, { ruleVote, source, voters: 24 })
  const withheld = holdBallot(programme, at, { ruleVote, source, voters: 7 })
  log.anchor()
  log.wait(HOUR)
  const open = draftBallot(programme, at)
  programme.say('ballot.frozen', { ballot: open, eligible: 31, root: hashText('root') })
  programme.say(
    'points.liabilities',
    {
      programme: PROGRAMME,
      size: log.items.length,
      leaves: 3,
      root: hashText('liabilities'),
      sum: 340,
    },
    {},
    'system',
  )
  log.anchor()
  log.wait(60_000)
  programme.say('ballot.opened', { ballot: open }, {}, 'system')
  for (let i = 0; i < 9; i++) programme.say('ballot.cast', { ballot: open }, {}, 'holder')
  publishRule(programme, 'defect-report', 1, at(DAY), both('报告一处缺陷', 'Report a defect'))
  return {
    log,
    brand: BRAND,
    code: 'CR-7K2M9QPD',
    stream: STREAM,
    gtin: '09520123456788',
    entries: new Map(),
    programme: PROGRAMME,
    ballots: { counted, withheld, open },
  }
}

function openProgramme(programme: Programme): void {
  programme.say('programme.opened', {
    id: PROGRAMME,
    name: both('牧场同行', 'Along with the pasture'),
    brandName: both('示例乳业', 'Sample Dairy'),
    original: 'zh-CN',
    terms: {
      version: 1,
      text: both(
        '积分感谢帮忙监督的人。账户不留姓名；凭两个密码使用。规则和奖励都先公布，再使用。',
        'Points thank those who help to supervise. Accounts hold no name; two codes open them. Rules and rewards are published before they are used.',
      ),
      noCash: both(
        '积分不能换钱，不能买卖，也不能转给别人。',
        'Points cannot be changed into money, traded, or passed on to anybody.',
      ),
      expiry: { months: 24 },
    },
  })
}

function publishRule(
  programme: Programme,
  rule: string,
  version: number,
  validFrom: string,
  title = both('到牧场监督一次', 'Supervise at the pasture'),
): number {
  return programme.say('rule.published', {
    rule,
    version,
    activity: rule === 'supervision' ? 'supervision' : 'defect_report',
    title,
    text: both(
      '按公开的检查表完成一次检查并提交结果，无论结果好坏。',
      'Complete one inspection with the published checklist and hand in the result, whatever it is.',
    ),
    earns: { points: 120 },
    perHolderMax: 600,
    reviewerRole: 'reviewer',
    pendingDays: rule === 'supervision' ? 7 : 0,
    validFrom,
    expiryMonths: 12,
  })
}

function publishVoteRule(programme: Programme, validFrom: string): number {
  return programme.say('rule.published', {
    rule: 'shipped-critic',
    version: 1,
    activity: 'criticism_shipped',
    title: both('批评促成改进', 'Criticism that shipped'),
    text: both('提出的批评促成一项已落地的改进。', 'A criticism that led to an improvement that shipped.'),
    earns: { vote: true },
    perHolderMax: 2,
    reviewerRole: 'staff',
    pendingDays: 0,
    validFrom,
  })
}

function givePoints(programme: Programme, ruleIndex: number, expiresAt: string): number {
  const cited = { rule: 'supervision', version: 1, ruleIndex, source: 2 }
  for (let i = 0; i < 3; i++) programme.say('holder.opened', {})
  const first = programme.move('grant.posted', 'issuance', 'available', 120, { ...cited, amount: 120, expiresAt })
  for (let i = 0; i < 3; i++) {
    const pending = programme.move('grant.pending', 'issuance', 'pending', 120, {
      ...cited,
      amount: 120,
      deadline: expiresAt,
    })
    if (i === 2) programme.move('grant.voided', 'pending', 'issuance', 120, { grant: pending })
    else programme.move('grant.posted', 'pending', 'available', 120, { grant: pending, expiresAt })
  }
  programme.move('grant.reversed', 'available', 'issuance', 20, { grant: first, amount: 20, reason: 'duplicate' })
  return first
}

function publishRewards(programme: Programme, at: (ms: number) => string): number {
  const reward = (
    name: string,
    title: JsonObject,
    capacity: number,
    from: number,
    until: number,
    more: JsonObject = {},
  ): number =>
    programme.say('reward.published', {
      reward: name,
      version: 1,
      title,
      text: both(
        '一位成人可带一名儿童，含讲解和往返接驳。',
        'One adult may bring one child; a guide and the bus are included.',
      ),
      conditions: both('提前三天预约，雨天改期。', 'Book three days ahead; moved when it rains.'),
      cost: 60,
      capacity,
      from: at(from),
      until: at(until),
      valueClass: 'visit',
      allocation: 'first_come',
      ...more,
    })
  const first = reward('pasture-visit', both('参观牧场一次', 'A visit to the pasture'), 40, 0, 300 * DAY, {
    eventOn: '2027-05-01',
  })
  reward('tasting', both('新品试饮会', 'A tasting of new products'), 1, 0, 200 * DAY)
  reward('spring-visit', both('春季开放日', 'The open day in spring'), 30, -30 * DAY, -DAY)
  return first
}

function redeem(programme: Programme, rewardIndex: number, at: (ms: number) => string): void {
  const hold = (reward: string, index: number): number =>
    programme.move('redemption.held', 'available', 'held', 60, {
      reward,
      version: 1,
      rewardIndex: index,
      amount: 60,
      holdUntil: at(5 * DAY),
    })
  const first = hold('pasture-visit', rewardIndex)
  programme.move('redemption.confirmed', 'held', 'redeemed', 60, { redemption: first, reward: 'pasture-visit' })
  hold('tasting', rewardIndex + 1)
}

function suggest(programme: Programme, at: (ms: number) => string, source: number): void {
  const submit = (zh: string, en: string, due: number): number =>
    programme.say(
      'proposal.submitted',
      { answerDue: at(due) },
      { '/title/zh-CN': zh, '/title/en': en, '/text/zh-CN': `${zh}。写得再具体些，方便大家看懂。` },
      'holder',
    )
  const shipped = submit('瓶盖改成单手可开', 'A cap that opens with one hand', 20 * DAY)
  programme.say('proposal.moved', { proposal: shipped, to: 'accepted' })
  programme.say('proposal.moved', { proposal: shipped, to: 'shipped', improvement: source })
  const declined = submit('改用玻璃瓶', 'Glass bottles instead', 20 * DAY)
  programme.say(
    'proposal.moved',
    { proposal: declined, to: 'declined' },
    {
      '/reason/zh-CN': '现有灌装线装不了玻璃瓶，改造要两年。',
      '/reason/en': 'The filling line cannot take glass; a new one takes two years.',
    },
  )
  const missed = submit('公开每批的检测报告', 'Publish the test report of each batch', HOUR)
  programme.say('proposal.answer_missed', { proposal: missed, due: at(HOUR) }, {}, 'system')
  submit('门店设空瓶回收', 'Take empty bottles back in shops', 60 * DAY)
}

function draftBallot(programme: Programme, at: (ms: number) => string): number {
  return programme.say('ballot.drafted', {
    question: both('下一款新品做哪个口味？', 'Which flavour should come next?'),
    options: [
      { id: 'oat', title: both('燕麦', 'Oat') },
      { id: 'osmanthus', title: both('桂花', 'Osmanthus') },
      { id: 'plain', title: both('不做新口味，降糖', 'No new one, but less sugar') },
    ],
    choice: 'single',
    opensAt: at(2 * HOUR),
    closesAt: at(30 * DAY),
    splitMin: 20,
  })
}

type Held = { ruleVote: number; source: number; voters: number }

function holdBallot(programme: Programme, at: (ms: number) => string, { ruleVote, source, voters }: Held): number {
  const ballot = draftBallot(programme, at)
  for (let i = 0; i < voters; i++) {
    programme.say('entitlement.granted', { ballot, rule: 'shipped-critic', version: 1, ruleIndex: ruleVote, source })
  }
  programme.say('ballot.frozen', { ballot, eligible: voters, root: hashText(`root ${voters}`) })
  programme.log.anchor()
  programme.log.wait(60_000)
  programme.say('ballot.opened', { ballot }, {}, 'system')
  for (let i = 0; i < voters; i++) programme.say('ballot.cast', { ballot }, {}, 'holder')
  programme.say('ballot.closed', { ballot }, {}, 'system')
  const tally = {
    ballot,
    casts: voters,
    counted: voters,
    eligible: voters,
    list: createHash('sha256').update(`${voters}`).digest('hex'),
  }
  const counts = [
    { option: 'oat', votes: 12 },
    { option: 'osmanthus', votes: 9 },
    { option: 'plain', votes: 3 },
  ]
  programme.say('ballot.tallied', voters < 20 ? { ...tally, belowMinimum: true } : { ...tally, counts }, {}, 'system')
  if (voters >= 20) programme.say('ballot.finalised', { ballot })
  return ballot
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
