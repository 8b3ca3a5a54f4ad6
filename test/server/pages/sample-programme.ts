/**
 * A points programme told with the core alone: two rules (one not anchored yet), rewards open, full and ended,
 * suggestions answered, declined, missed and shipped, one ballot counted and one whose split is withheld.
 */
import { createHash } from 'node:crypto'
import { parseEntry } from '../../../ledger/entry.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import { expiryOf } from '../../../ledger/points-rules.ts'
import { outstandingOf } from '../../../ledger/postings.ts'
import { foldProgramme } from '../../../ledger/programme.ts'
import type { ProgrammeState } from '../../../ledger/programme.ts'
import { SampleLog } from './sample-log.ts'
import type { SampleOptions, Told } from './sample-log.ts'

export type ToldProgramme = Told & { programme: string; ballots: { counted: number; withheld: number; open: number } }

const BRAND = 'sample-dairy'
const PROGRAMME = 'dairy-circle'
const STREAM = `points:${PROGRAMME}`
const HOUR = 3_600_000
const DAY = 24 * HOUR

const both = (zh: string, en: string): JsonObject => ({ 'zh-CN': zh, en })

/** Writes entries of one programme, and knows what they come to. */
class Programme {
  readonly log: SampleLog
  state: ProgrammeState | undefined

  constructor(log: SampleLog) {
    this.log = log
  }

  say(type: string, data: JsonObject, redactable: Record<string, JsonValue> = {}, kind = 'staff'): number {
    const actor = kind === 'staff' ? { kind, id: 'k_1' } : { kind }
    const index = this.log.append(STREAM, type, data, {
      brand: BRAND,
      actor,
      redactable,
      hidden: type === 'ballot.cast' ? [hashText(`vote ${this.log.items.length}`)] : [],
    })
    this.state = foldProgramme(this.state, parseEntry(this.log.items[index]!.bytes), index)
    return index
  }

  move(type: string, from: string, to: string, amount: number, data: JsonObject): number {
    const kind = type === 'redemption.held' ? 'holder' : 'staff'
    return this.say(type, { ...data, postings: [{ from, to, amount }] }, {}, kind)
  }

  /** States what is owed, and anchors; then an hour passes. */
  anchor(): void {
    const { totals, holders } = this.state!
    const sum = outstandingOf(totals)
    if (sum > 0) {
      const size = this.log.items.length
      const root = hashText(`liabilities ${size}`)
      this.say('points.liabilities', { programme: PROGRAMME, size, leaves: holders, root, sum }, {}, 'system')
    }
    this.log.anchor()
    this.log.wait(HOUR)
  }

  /** An instant so long after the next entry. */
  after(ms: number): string {
    return new Date(Date.parse(this.log.nextAt) + ms).toISOString()
  }

  /** When points expire that are given now under a rule. */
  expiry(rule: string): string {
    const known = this.state!.rules.find((other) => other.rule === rule)!
    return expiryOf(this.state!, known, this.log.nextAt)!
  }
}

/** Tells it so that a page made at `now` sees every state. */
export function tellProgramme(options: SampleOptions = {}): ToldProgramme {
  const startMs = options.startMs ?? Date.parse('2026-11-01T00:00:00.000Z')
  const log = new SampleLog({ ...options, startMs })
  log.append('ledger', 'stream.opened', { opens: `brand:${BRAND}` })
  const by = { brand: BRAND, actor: { kind: 'staff', id: 'k_1' } }
  log.append(`brand:${BRAND}`, 'brand.opened', { slug: BRAND, name: both('示例乳业', 'Sample Dairy') }, by)
  log.append(`brand:${BRAND}`, 'stream.opened', { opens: STREAM }, by)
  const programme = new Programme(log)
  openProgramme(programme)
  const rule = publishRule(programme, 'supervision')
  const ruleVote = publishVoteRule(programme)
  programme.anchor()
  const source = givePoints(programme, rule)
  const reward = publishRewards(programme)
  programme.anchor()
  redeem(programme, reward)
  suggest(programme, source)
  const counted = holdBallot(programme, { ruleVote, source, voters: 24 })
  const withheld = holdBallot(programme, { ruleVote, source, voters: 7 })
  programme.anchor()
  const open = draftBallot(programme, 2 * HOUR, 300 * HOUR)
  entitle(programme, { ballot: open, ruleVote, source, voters: 31 })
  programme.say('ballot.frozen', { ballot: open, eligible: 31, root: hashText('root') })
  programme.anchor()
  log.wait(HOUR)
  programme.say('ballot.opened', { ballot: open }, {}, 'system')
  for (let i = 0; i < 9; i++) programme.say('ballot.cast', { ballot: open }, {}, 'holder')
  publishRule(programme, 'defect-report', both('报告一处缺陷', 'Report a defect'))
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
  title = both('到牧场监督一次', 'Supervise at the pasture'),
): number {
  return programme.say('rule.published', {
    rule,
    version: 1,
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
    validFrom: programme.log.nextAt,
    expiryMonths: 12,
  })
}

function publishVoteRule(programme: Programme): number {
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
    validFrom: programme.log.nextAt,
  })
}

function givePoints(programme: Programme, ruleIndex: number): number {
  const cited = { rule: 'supervision', version: 1, ruleIndex, source: 2, amount: 120 }
  for (let i = 0; i < 3; i++) programme.say('holder.opened', {})
  const pending = [1, 2, 3, 4].map(() =>
    programme.move('grant.pending', 'issuance', 'pending', 120, { ...cited, deadline: programme.after(7 * DAY) }),
  )
  const last = pending.pop()!
  programme.move('grant.voided', 'pending', 'issuance', 120, { grant: last })
  for (const grant of pending) {
    const expiresAt = programme.expiry('supervision')
    programme.move('grant.posted', 'pending', 'available', 120, { grant, expiresAt })
  }
  const first = pending[0]!
  programme.move('grant.reversed', 'available', 'issuance', 20, { grant: first, amount: 20, reason: 'duplicate' })
  return first
}

function publishRewards(programme: Programme): number {
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
      from: programme.after(from),
      until: programme.after(until),
      valueClass: 'visit',
      allocation: 'first_come',
      ...more,
    })
  const first = reward('pasture-visit', both('参观牧场一次', 'A visit to the pasture'), 40, 0, 300 * DAY, {
    eventOn: '2027-05-01',
  })
  reward('tasting', both('新品试饮会', 'A tasting of new products'), 1, 0, 200 * DAY)
  reward('spring-visit', both('春季开放日', 'The open day in spring'), 30, 0, HOUR)
  return first
}

function redeem(programme: Programme, rewardIndex: number): void {
  const hold = (reward: string, index: number): number =>
    programme.move('redemption.held', 'available', 'held', 60, {
      reward,
      version: 1,
      rewardIndex: index,
      amount: 60,
      holdUntil: programme.after(5 * DAY),
    })
  const first = hold('pasture-visit', rewardIndex)
  programme.move('redemption.confirmed', 'held', 'redeemed', 60, { redemption: first, reward: 'pasture-visit' })
  hold('tasting', rewardIndex + 1)
}

function suggest(programme: Programme, source: number): void {
  const submit = (zh: string, en: string, due: number): number =>
    programme.say(
      'proposal.submitted',
      { answerDue: programme.after(due) },
      { '/title/zh-CN': zh, '/title/en': en, '/text/zh-CN': `${zh}。写得再具体些，方便大家看懂。` },
      'holder',
    )
  const shipped = submit('瓶盖改成单手可开', 'A cap that opens with one hand', 20 * DAY)
  for (const to of ['under_review', 'accepted', 'in_progress'])
    programme.say('proposal.moved', { proposal: shipped, to })
  programme.say('proposal.moved', { proposal: shipped, to: 'shipped', improvement: source })
  const declined = submit('改用玻璃瓶', 'Glass bottles instead', 20 * DAY)
  programme.say('proposal.moved', { proposal: declined, to: 'under_review' })
  programme.say(
    'proposal.moved',
    { proposal: declined, to: 'declined' },
    {
      '/reason/zh-CN': '现有灌装线装不了玻璃瓶，改造要两年。',
      '/reason/en': 'The filling line cannot take glass; a new one takes two years.',
    },
  )
  const missed = submit('公开每批的检测报告', 'Publish the test report of each batch', HOUR)
  const due = programme.state!.proposals.find(({ index }) => index === missed)!.answerDue
  programme.log.wait(HOUR)
  programme.say('proposal.answer_missed', { proposal: missed, due }, {}, 'system')
  submit('门店设空瓶回收', 'Take empty bottles back in shops', 60 * DAY)
}

function draftBallot(programme: Programme, opens: number, closes: number): number {
  return programme.say('ballot.drafted', {
    question: both('下一款新品做哪个口味？', 'Which flavour should come next?'),
    options: [
      { id: 'oat', title: both('燕麦', 'Oat') },
      { id: 'osmanthus', title: both('桂花', 'Osmanthus') },
      { id: 'plain', title: both('不做新口味，降糖', 'No new one, but less sugar') },
    ],
    choice: 'single',
    opensAt: programme.after(opens),
    closesAt: programme.after(closes),
    splitMin: 20,
  })
}

function entitle(programme: Programme, { ballot, ruleVote, source, voters }: Held & { ballot: number }): void {
  for (let i = 0; i < voters; i++) {
    programme.say('entitlement.granted', { ballot, rule: 'shipped-critic', version: 1, ruleIndex: ruleVote, source })
  }
}

type Held = { ruleVote: number; source: number; voters: number }

function holdBallot(programme: Programme, { ruleVote, source, voters }: Held): number {
  const ballot = draftBallot(programme, HOUR / 2, 2 * HOUR)
  entitle(programme, { ballot, ruleVote, source, voters })
  programme.say('ballot.frozen', { ballot, eligible: voters, root: hashText(`root ${voters}`) })
  programme.anchor()
  programme.say('ballot.opened', { ballot }, {}, 'system')
  for (let i = 0; i < voters; i++) programme.say('ballot.cast', { ballot }, {}, 'holder')
  programme.log.wait(2 * HOUR)
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
