/**
 * Claims: a holder with two codes redeems, suggests and votes over HTTP; the receipt that comes back verifies, and anybody
 * counts the ballot again from public answers alone. Against the service as it is run, with its own database and chain.
 */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { parseBallotList } from '../../../ledger/ballot.ts'
import { parseReceipt } from '../../../ledger/receipt.ts'
import type { DifferenceCode, Recount } from '../../../ledger/recount.ts'
import { verifyReceipt } from '../../../ledger/verify-receipt.ts'
import { runProgram } from '../../support/run.ts'
import { ADMIN_KEY, startService } from '../../support/service.ts'

t.setTimeout(600_000)

const VOTERS = 21
const NAME = { 'zh-CN': '牧场伙伴', en: 'Herd partners' }
const IDEA = { original: 'zh-CN', title: { 'zh-CN': '换个瓶盖' }, text: { 'zh-CN': '老人打不开。' } }

type Body = Record<string, unknown>
type Answer = { status: number; headers: Headers; text: string; body: Body }
type Holder = { id: string; viewCode: string; spendCode: string }

const service = await startService({ dataDir: t.testdir(), env: { ANCHOR_INTERVAL_SECONDS: '1' } })
t.teardown(async () => await service.stop())

async function ask(method: string, path: string, bearer?: string, body?: unknown, key?: string): Promise<Answer> {
  const response = await fetch(`${service.baseUrl}${path}`, {
    method,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as Body) : {} }
}

/** Writes as the operator and gives the answer. */
async function write(path: string, body: unknown = {}): Promise<Body> {
  const answer = await ask('POST', `/admin/v1${path}`, ADMIN_KEY, body, randomUUID())
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`)
  return answer.body
}

/** Asks again until it holds. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return
    await sleep(150)
  }
  throw new Error(`never: ${what}`)
}

const untilAnchored = async (index: number): Promise<void> =>
  await until(`${index} is anchored`, async () => {
    const { body } = await ask('GET', '/v1/anchors?limit=1')
    const [newest] = body['anchors'] as { size: number }[]
    return newest !== undefined && newest.size > index
  })

type Cast = { index: number; opening?: string }

/** What somebody could do to the published list, and what the recount calls it. */
const FAULTS: readonly [code: DifferenceCode, change: (casts: Cast[]) => void][] = [
  ['vote_dropped', (casts) => casts.splice(3, 1)],
  ['vote_added', (casts) => casts.push({ index: casts.at(-1)!.index + 1, opening: casts[0]!.opening! })],
  ['vote_changed', (casts) => (casts[1]!.opening = casts[2]!.opening!)],
]

await write('/brands', { slug: 'dairy', name: NAME })
const terms = { text: NAME, noCash: NAME, expiry: { months: 12 } }
await write('/brands/dairy/programmes', { id: 'herd', name: NAME, original: 'zh-CN', terms })
const rule = { activity: 'supervision', title: NAME, text: NAME, reviewerRole: 'staff', pendingDays: 0 }
await write('/programmes/herd/rules', { ...rule, rule: 'help', earns: { points: 50 } })
const voice = await write('/programmes/herd/rules', { ...rule, rule: 'voice', earns: { vote: true } })
const opened = await write('/programmes/herd/holders', { count: VOTERS })
const holders = opened['holders'] as Holder[]
const first = holders[0]!
const source = (await write('/brands/dairy/products', { gtin: '96385074', name: NAME }))['index']
await untilAnchored(Number(voice['index']))
await write('/programmes/herd/grants', { rule: 'help', source, holder: first.id })

await t.test('a reward is redeemed with the spend code, once for one request', async (t) => {
  const from = new Date(Date.now() - 1000).toISOString()
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const reward = { title: NAME, text: NAME, conditions: NAME, cost: 20, capacity: 2, from, until, valueClass: 'small' }
  await write('/programmes/herd/rewards', { reward: 'visit', ...reward })
  const key = randomUUID()
  const redeem = async (bearer: string, reward = 'visit') =>
    await ask('POST', '/v1/holder/redemptions', bearer, { reward }, key)
  const held = await redeem(first.spendCode)
  t.equal(held.status, 201, held.text)
  t.equal(held.headers.get('cache-control'), 'no-store')
  const again = await redeem(first.spendCode)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(again.body['index'], held.body['index'])
  t.equal((await redeem(first.spendCode, 'other')).status, 422, 'the same key with another body')
  t.match((await redeem(first.viewCode)).body, { status: 403, code: 'spend_code_needed' })
  await write(`/redemptions/${held.body['index'] as number}/confirm`)
  const { body } = await ask('GET', '/admin/v1/programmes/herd/redemptions?state=confirmed', ADMIN_KEY)
  t.match(body, { redemptions: [{ index: held.body['index'], holder: first.id, amount: 20, state: 'confirmed' }] })
})

await t.test('a code that nobody has opens nothing, and is told no more than that', async (t) => {
  const unknown = await ask('GET', '/v1/holder/receipt', `V-${'0'.repeat(26)}`)
  t.equal(unknown.status, 401)
  t.equal(unknown.headers.get('cache-control'), 'no-store')
  t.match(unknown.body, { code: 'holder_code_invalid' })
  t.match((await ask('GET', '/v1/holder/receipt')).body, { status: 401, code: 'holder_code_missing' })
  const spend = await ask('POST', '/v1/holder/redemptions', `S-${'0'.repeat(26)}`, { reward: 'visit' })
  t.match(spend.body, { status: 401, code: 'holder_code_invalid' })
  t.match((await ask('GET', '/v1/holder/receipt', first.spendCode)).body, { status: 403, code: 'view_code_needed' })
  t.equal((await ask('GET', `/v1/holder/receipt?code=${first.viewCode}`)).status, 401, 'not from the address')
})

await t.test('a suggestion is sent with the spend code and its sender stands nowhere', async (t) => {
  const sent = await ask('POST', '/v1/holder/proposals', first.spendCode, IDEA)
  t.equal(sent.status, 201, sent.text)
  const entry = await ask('GET', `/v1/entries/${sent.body['index'] as number}`)
  t.notMatch(Buffer.from(String(entry.body['bytes']), 'base64url').toString(), new RegExp(first.id))
  const { index } = sent.body
  const refused = await ask(
    'POST',
    `/admin/v1/proposals/${index as number}/move`,
    ADMIN_KEY,
    { to: 'declined' },
    randomUUID(),
  )
  t.match(refused.body, { status: 400, code: 'reason_missing' })
  await write(`/proposals/${index as number}/move`, { to: 'accepted' })
})

await t.test('the receipt verifies, and a renewed view code opens the next one', async (t) => {
  const report = async (viewCode: string) => {
    const receipt = await ask('GET', '/v1/holder/receipt', viewCode)
    if (receipt.status !== 200) return receipt.body['code'] as string
    const { body: log } = await ask('GET', '/v1/log')
    const parsed = parseReceipt(Buffer.from(receipt.text))
    // What is not anchored yet is pending; that nobody asked the chain is said last.
    const { verdict } = verifyReceipt(parsed, { viewCode, logId: String(log['logId']), allowTestChain: true })
    t.not(verdict, 'mismatch')
    return verdict
  }
  await until('the receipt holds', async () => (await report(first.viewCode)) === 'not checked')
  const renewed = await ask('POST', '/v1/holder/view-code', first.spendCode)
  t.equal(renewed.status, 200)
  t.match(renewed.body, { viewUrl: /\/me#v=V-/ })
  t.equal(await report(first.viewCode), 'holder_code_invalid', 'the old one is dead at once')
  const viewCode = renewed.body['viewCode'] as string
  await until('the new root is anchored', async () => (await report(viewCode)) === 'not checked')
})

await t.test('a ballot is voted in by codes, and counted again from public answers alone', async (t) => {
  const opensAt = new Date(Date.now() + 6_000).toISOString()
  const closesAt = new Date(Date.now() + 20_000).toISOString()
  const options = ['cap', 'label'].map((id) => ({ id, title: NAME }))
  const ballot = { question: NAME, options, choice: 'single', opensAt, closesAt }
  const index = (await write('/programmes/herd/ballots', ballot))['index'] as number
  for (const { id: holder } of holders) await write(`/ballots/${index}/entitlements`, { rule: 'voice', source, holder })
  await untilAnchored(Number((await write(`/ballots/${index}/freeze`))['index']))
  const read = async () => (await ask('GET', `/v1/ballots/herd/${index}`)).body
  t.match(await read(), { state: 'frozen', entitled: VOTERS, list: null, options })
  const list = `/v1/ballots/herd/${index}/list`
  t.equal((await ask('GET', list)).status, 404, 'nothing before the count')
  await until('it opens', async () => (await read())['state'] === 'opened')
  const vote = async ({ spendCode }: Holder, choice: string[]) =>
    await ask('POST', '/v1/holder/votes', spendCode, { ballot: index, choice })
  for (const holder of holders) t.equal((await vote(holder, ['cap'])).status, 201)
  t.equal((await vote(first, ['label'])).status, 201, 'again: the last one counts')
  t.match((await vote(first, ['lid'])).body, { status: 400, code: 'choice_invalid' })
  await until('it is counted', async () => (await read())['state'] === 'tallied')
  t.match((await vote(first, ['cap'])).body, { status: 409, code: 'ballot_step' })

  const bytes = Buffer.from((await ask('GET', list)).text)
  const folder = t.testdir()
  const bundle = join(folder, 'bundle.json')
  await writeFile(bundle, (await ask('GET', '/v1/streams/points:herd/bundle')).text)
  const recount = async (target: string, ...further: string[]) => {
    const ran = await runProgram('server/bin/recount.ts', [target, ...further, '--allow-test-chain', '--json'])
    const { recount: found } = JSON.parse(ran.stdout) as { recount: Recount }
    return { status: ran.status, counts: found.counts, codes: found.differences.map(({ code }) => code) }
  }
  const counts = [
    { option: 'cap', votes: VOTERS - 1 },
    { option: 'label', votes: 1 },
  ]
  t.same(await recount(`${service.baseUrl}${list}`), { status: 0, counts, codes: [] })
  for (const [code, change] of FAULTS) {
    const changed = structuredClone(parseBallotList(bytes)) as unknown as { casts: Cast[] }
    change(changed.casts)
    const file = join(folder, `${code}.json`)
    await writeFile(file, JSON.stringify(changed))
    const { status, codes } = await recount(file, '--bundle', bundle)
    t.equal(status, 1, code)
    t.ok(codes.includes(code), `${code} is named: ${codes.join()}`)
  }
  t.match(await read(), { tally: { counted: VOTERS, casts: VOTERS + 1, counts }, list })
  const text = bytes.toString()
  t.notOk(
    holders.some(({ id }) => text.includes(id)),
    'nobody is named',
  )
})

await t.test('no code was written into what the service says', async (t) => {
  const output = service.output()
  for (const { viewCode, spendCode } of holders) t.notOk(output.includes(viewCode) || output.includes(spendCode))
})
