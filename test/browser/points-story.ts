/** A points story over HTTP: rules, holders, grants, a reward, suggestions and a ballot, as a brand's tools would tell it. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilAllCounted } from '../support/anchored.ts'

export type Holder = { id: string; viewCode: string; spendCode: string; viewUrl: string; spendUrl: string }
/** `open` stays open for an hour; `short` closes soon after it opened. */
export type PointsStory = { programme: string; holders: Holder[]; open: number; short: number }

type Written = { index: number }

export const PROGRAMME = 'pasture'
const both = (zh: string, en: string): Record<string, string> => ({ 'zh-CN': zh, en })
/** As many as must vote before a split is shown. */
const VOTERS = 20

export class Teller {
  readonly #url: string
  readonly #key: string

  constructor(url: string, adminKey: string) {
    this.#url = url
    this.#key = adminKey
  }

  async admin<T = Written>(path: string, body: object): Promise<T> {
    return await this.#post<T>(`/admin/v1${path}`, body, this.#key)
  }

  async holder<T = Written>(path: string, body: object, code: string): Promise<T> {
    return await this.#post<T>(`/v1/holder${path}`, body, code)
  }

  /** Waits until an anchor covers all that is recorded now. */
  async anchored(): Promise<void> {
    await untilAllCounted(this.#url)
  }

  /** Waits until a ballot has taken a step. */
  async ballotHas(ballot: number, step: string): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt++) {
      const { ballots } = await this.#get<{ ballots: { index: number; steps: { type: string }[] }[] }>(
        `/v1/programmes/${PROGRAMME}`,
      )
      const steps = ballots.find(({ index }) => index === ballot)?.steps ?? []
      if (steps.some(({ type }) => type === step)) return
      await sleep(100)
    }
    throw new Error(`the ballot was not ${step} within a minute`)
  }

  async #post<T>(path: string, body: object, bearer: string): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bearer}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  async #get<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.#url}${path}`)).json()) as T
  }
}

/** Tells everything up to two frozen ballots; they open a few seconds later by themselves. */
export async function tellPoints(teller: Teller, votingSeconds: number): Promise<PointsStory> {
  await teller.admin('/brands', { slug: 'dairy', name: both('示例乳业', 'Sample Dairy') })
  await teller.admin('/brands/dairy/programmes', {
    id: PROGRAMME,
    name: both('牧场同行', 'Along with the pasture'),
    original: 'zh-CN',
    terms: {
      text: both('积分感谢帮忙监督的人。规则先公布，再使用。', 'Points thank those who help to supervise.'),
      noCash: both('积分不能换钱，不能买卖，也不能转给别人。', 'Points are no money and cannot be passed on.'),
      expiry: { months: 24 },
    },
  })
  const rule = { reviewerRole: 'staff', pendingDays: 0 }
  await teller.admin(`/programmes/${PROGRAMME}/rules`, {
    ...rule,
    rule: 'supervision',
    activity: 'supervision',
    title: both('到牧场监督一次', 'Supervise at the pasture'),
    text: both('完成一次检查并提交结果，无论结果好坏。', 'Complete one inspection, whatever the result.'),
    earns: { points: 120 },
  })
  await teller.admin(`/programmes/${PROGRAMME}/rules`, {
    ...rule,
    rule: 'critic',
    activity: 'criticism_shipped',
    title: both('批评促成改进', 'Criticism that shipped'),
    text: both('批评促成一项改进。', 'A criticism that led to an improvement.'),
    earns: { vote: true },
  })
  const { holders } = await teller.admin<{ holders: Holder[] }>(`/programmes/${PROGRAMME}/holders`, { count: VOTERS })
  const [source, other] = [await recordProduct(teller, '09520123456788'), await recordProduct(teller, '09520123456795')]
  await teller.anchored()
  await spendable(teller, holders, source)
  const opensAt = Date.now() + 8_000
  const short = await prepareBallot(teller, holders, source, { opensAt, votingSeconds })
  const open = await prepareBallot(teller, holders.slice(0, 2), other, { opensAt, votingSeconds: 3600 })
  return { programme: PROGRAMME, holders, open, short }
}

/** An entry that points and votes can be given for. */
async function recordProduct(teller: Teller, gtin: string): Promise<number> {
  const { index } = await teller.admin('/brands/dairy/products', { gtin, name: both('鲜牛奶', 'Fresh milk') })
  return index
}

async function spendable(teller: Teller, holders: readonly Holder[], source: number): Promise<void> {
  for (const { id } of holders.slice(0, 3)) {
    await teller.admin(`/programmes/${PROGRAMME}/grants`, { rule: 'supervision', source, holder: id })
  }
  await teller.admin(`/programmes/${PROGRAMME}/rewards`, {
    reward: 'visit',
    title: both('参观牧场一次', 'A visit to the pasture'),
    text: both('一位成人可带一名儿童，含讲解。', 'One adult may bring one child; with a guide.'),
    conditions: both('提前三天预约，雨天改期。', 'Book three days ahead; moved when it rains.'),
    cost: 60,
    capacity: 5,
    from: new Date(Date.now() - 60_000).toISOString(),
    until: new Date(Date.now() + 90 * 86_400_000).toISOString(),
    eventOn: '2027-05-01',
    valueClass: 'visit',
  })
}

async function prepareBallot(
  teller: Teller,
  holders: readonly Holder[],
  source: number,
  { opensAt, votingSeconds }: { opensAt: number; votingSeconds: number },
): Promise<number> {
  const closesAt = opensAt + votingSeconds * 1000
  const { index: ballot } = await teller.admin(`/programmes/${PROGRAMME}/ballots`, {
    question: both('下一款新品做哪个口味？', 'Which flavour should come next?'),
    options: [
      { id: 'oat', title: both('燕麦', 'Oat') },
      { id: 'osmanthus', title: both('桂花', 'Osmanthus') },
    ],
    choice: 'single',
    opensAt: new Date(opensAt).toISOString(),
    closesAt: new Date(closesAt).toISOString(),
  })
  await Promise.all(
    holders.map(
      async ({ id }) => await teller.admin(`/ballots/${ballot}/entitlements`, { rule: 'critic', source, holder: id }),
    ),
  )
  await teller.admin(`/ballots/${ballot}/freeze`, {})
  return ballot
}
