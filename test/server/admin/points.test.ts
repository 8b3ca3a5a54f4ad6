import t from 'tap'
import { parseAdminKey } from '../../../server/services/keys/admin-key.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { confirmAnchor } from '../../support/points.ts'
import { NAME, openSite } from './site.ts'
import type { Body, Site } from './site.ts'

const PROGRAMME = {
  id: 'herd',
  name: { 'zh-CN': '牧场伙伴', en: 'Herd partners' },
  original: 'zh-CN',
  terms: {
    text: { 'zh-CN': '积分按公开规则发放。', en: 'Points follow published rules.' },
    noCash: { 'zh-CN': '积分不是钱。', en: 'Points are no money.' },
    expiry: { months: 12 },
  },
}
const RULE = {
  rule: 'supervise',
  activity: 'supervision',
  title: { 'zh-CN': '质量监督', en: 'Quality supervision' },
  text: { 'zh-CN': '提交一份完整的检查记录。', en: 'For a complete record of an inspection.' },
  earns: { points: 10 },
  reviewerRole: 'staff',
  pendingDays: 0,
}

type Opened = { id: string; viewCode: string; spendCode: string; viewUrl: string; spendUrl: string }

async function openHolders(site: Site, body: Body | null = null): Promise<Opened[]> {
  const response = await site.post('/programmes/herd/holders', body)
  if (response.statusCode !== 201) throw new Error(response.body)
  return response.json<{ holders: Opened[] }>().holders
}

/** A site with the programme, the rule and a source. */
async function openPoints(site: Site, rules: readonly Body[] = [RULE]): Promise<{ source: number }> {
  await site.write('/brands/dairy/programmes', PROGRAMME)
  for (const rule of rules) await site.write('/programmes/herd/rules', rule)
  const source = await site.milestone(await site.crisis(), {})
  await confirmAnchor(site.database)
  return { source }
}

async function linesOf(site: Site, type: string, payload: string): Promise<Body[]> {
  const response = await site.post('/programmes/herd/grants/bulk', payload, { headers: { 'content-type': type } })
  return response.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Body)
}

t.test('programmes over HTTP', async (t) => {
  const site = await openSite(t)
  const { source } = await openPoints(site, [
    RULE,
    { ...RULE, rule: 'reviewed', reviewerRole: 'reviewer', pendingDays: 3 },
  ])
  const [holder, other] = await openHolders(site, { count: 2 })

  await t.test('a programme is opened once in the whole log', async (t) => {
    await site.write('/brands', { slug: 'other', name: NAME })
    t.equal((await site.post('/brands/other/programmes', PROGRAMME)).json<Body>()['code'], 'programme_exists')
  })

  await t.test('ER2: a rule has no place for a rating, and its words are looked through', async (t) => {
    const rated = await site.post('/programmes/herd/rules', { ...RULE, rating: 5 })
    t.equal(rated.json<Body>()['code'], 'validation_failed')
    const text = { 'zh-CN': '发布五 星 好评可得积分。', en: 'For a review.' }
    const praised = await site.post('/programmes/herd/rules', { ...RULE, text })
    t.match(praised.json<Body>(), { status: 400, code: 'rule_pays_for_praise', word: '好评' })
    const named = await site.post('/programmes/herd/rules', { ...RULE, rule: 'good-review' })
    t.match(named.json<Body>(), { status: 400, code: 'rule_pays_for_praise', word: 'good review' })
    const open = { from: '2026-01-01T00:00:00.000Z', until: '2999-01-01T00:00:00.000Z', cost: 5, capacity: 1 }
    const reward = { ...open, reward: 'visit', title: NAME, text: NAME, conditions: NAME }
    const asked = await site.post('/programmes/herd/rewards', {
      ...reward,
      valueClass: 'small, for a five-star review',
    })
    t.match(asked.json<Body>(), { status: 400, code: 'reward_asks_for_praise', word: 'five-star' })
  })

  await t.test('ER1: a rule that no anchor covers grants nothing, and then it does', async (t) => {
    await site.write('/programmes/herd/rules', { ...RULE, rule: 'young' })
    const grant = { rule: 'young', source, holder: holder?.id }
    t.match((await site.post('/programmes/herd/grants', grant)).json<Body>(), {
      status: 409,
      code: 'rule_not_anchored',
    })
    await confirmAnchor(site.database)
    t.equal((await site.post('/programmes/herd/grants', grant)).statusCode, 201)
  })

  await t.test('a time that no calendar has is refused at its place, whatever it is for', async (t) => {
    const open = { from: '2026-01-01T00:00:00.000Z', until: '2999-01-01T00:00:00.000Z', valueClass: 'small' }
    const reward = { reward: 'visit', title: NAME, text: NAME, conditions: NAME, cost: 5, capacity: 1, ...open }
    const options = ['a', 'b'].map((id) => ({ id, title: NAME }))
    const ballot = { question: NAME, options, choice: 'single', opensAt: open.until, closesAt: open.until }
    const idea = { original: 'en', title: { en: 'A cap' }, text: { en: 'Easier to open.' } }
    for (const time of ['2026-02-29T00:00:00.000Z', '2026-13-01T00:00:00.000Z', '0000-01-01T00:00:00.000Z']) {
      const sent: readonly [path: string, body: Body, at: string][] = [
        ['rules', { ...RULE, validFrom: time }, '/validFrom'],
        ['rules', { ...RULE, validUntil: time }, '/validUntil'],
        ['terms', { ...PROGRAMME.terms, validFrom: time }, '/validFrom'],
        ['rewards', { ...reward, from: time }, '/from'],
        ['ballots', { ...ballot, closesAt: time }, '/closesAt'],
        ['proposals', { ...idea, answerDue: time }, '/answerDue'],
      ]
      for (const [path, body, at] of sent) {
        const refused = await site.post(`/programmes/herd/${path}`, body)
        t.match(refused.json<Body>(), { status: 400, code: 'validation_failed', errors: [{ at }] }, `${path} ${time}`)
      }
    }
  })

  await t.test('codes are shown once, only behind #, and stored nowhere', async (t) => {
    const idempotencyKey = 'holders-1'
    const first = await site.post('/programmes/herd/holders', {}, { idempotencyKey })
    const [shown] = first.json<{ holders: Opened[] }>().holders
    t.match(shown?.viewUrl, /\/me#v=V-[0-9A-Z]{26}$/)
    t.match(shown?.spendUrl, /\/me#s=S-[0-9A-Z]{26}$/)
    const again = await site.post('/programmes/herd/holders', {}, { idempotencyKey })
    t.match(again.json<Body>(), { index: first.json<Body>()['index'], codesShown: false })
    t.notMatch(again.body, /[VS]-[0-9A-Z]{26}/)
    const stored = await site.database.kysely.selectFrom('idempotency').select('answer').execute()
    t.notMatch(JSON.stringify(stored), /[HVS]-[0-9A-Z]{20}/)
  })

  await t.test('GR3: a source counts once for a rule and a holder', async (t) => {
    const grant = { rule: 'supervise', source, holder: holder?.id }
    t.equal((await site.post('/programmes/herd/grants', grant)).statusCode, 201)
    t.match((await site.post('/programmes/herd/grants', grant)).json<Body>(), { status: 409, code: 'grant_exists' })
    const more = { ...grant, amount: 11 }
    t.match((await site.post('/programmes/herd/grants', more)).json<Body>(), { status: 409, code: 'grant_differs' })
  })

  await t.test('the role that the rule names decides', async (t) => {
    const reviewer = await site.key('reviewer', 'dairy')
    const staff = await site.key('staff', 'dairy')
    const grant = { rule: 'reviewed', source, holder: holder?.id }
    const refused = await site.post('/programmes/herd/grants', grant, { key: staff })
    t.match(refused.json<Body>(), { status: 403, code: 'reviewer_role' })
    const pending = await site.write('/programmes/herd/grants', grant, { key: reviewer })
    await site.write(`/grants/${String(pending['index'])}/post`, null, { key: reviewer })
    const late = await site.post(`/grants/${String(pending['index'])}/void`, {}, { key: reviewer })
    t.match(late.json<Body>(), { status: 409, code: 'grant_not_pending' })
    const back = await site.post(
      `/grants/${String(pending['index'])}/reverse`,
      { reason: 'counted twice' },
      { key: reviewer },
    )
    t.equal(back.statusCode, 201)
    const twice = await site.post(`/grants/${String(pending['index'])}/reverse`, { reason: 'again' }, { key: reviewer })
    t.match(twice.json<Body>(), { status: 409, code: 'reversal_too_large' })
  })

  await t.test('GR2: nobody grants to the holder that is himself', async (t) => {
    const key = await site.key('staff', 'dairy')
    const [own] = await openHolders(site, { staffKey: parseAdminKey(key)?.id ?? '' })
    const grant = { rule: 'supervise', source, holder: own?.id }
    const refused = await site.post('/programmes/herd/grants', grant, { key })
    t.match(refused.json<Body>(), { status: 409, code: 'reviewer_is_beneficiary' })
    t.equal((await site.post('/programmes/herd/grants', grant)).statusCode, 201, 'somebody else may')
  })

  await t.test('GR1: the source is an entry of the same brand', async (t) => {
    for (const foreign of [0, 99_999]) {
      const refused = await site.post('/programmes/herd/grants', {
        rule: 'supervise',
        source: foreign,
        holder: other?.id,
      })
      t.match(refused.json<Body>(), { status: 409, code: 'source_unknown' })
    }
  })

  await t.test('a holder of another programme, and a key of another brand, get nothing', async (t) => {
    const unknown = { rule: 'supervise', source, holder: 'H-00000000000000000000' }
    t.match((await site.post('/programmes/herd/grants', unknown)).json<Body>(), { code: 'holder_unknown' })
    const key = await site.key('staff', 'other')
    t.equal((await site.post('/programmes/herd/grants', unknown, { key })).statusCode, 403)
    t.equal((await site.post('/programmes/nothing/grants', unknown, { key })).statusCode, 403)
    t.equal((await site.post('/programmes/nothing/grants', unknown)).statusCode, 404)
  })

  await t.test('contact data is kept beside the log, and erased on request', async (t) => {
    const [told] = await openHolders(site, { contact: 'Zhang, 138 0000 0000' })
    const read = async () => await site.database.kysely.selectFrom('holder_contact').selectAll().execute()
    t.match(await read(), [{ holder: told?.id, contact: 'Zhang, 138 0000 0000' }])
    const erased = await site.post(`/holders/${told?.id ?? ''}/contact/erase`, null)
    t.same(erased.json(), { erased: true })
    t.same(await read(), [])
  })

  await t.test('staff see programmes, holders and grants, and no secret', async (t) => {
    const programme = await site.get('/programmes/herd')
    t.match(programme.json(), { id: 'herd', brand: 'dairy', state: { rules: [{ rule: 'supervise' }] } })
    const { totals } = programme.json<{ totals: Record<string, number> }>()
    t.equal(
      Object.values(totals).reduce((sum, value) => sum + value, 0),
      0,
      'P1',
    )
    t.match((await site.get('/brands/dairy/programmes')).json(), { programmes: [{ id: 'herd' }], next: null })
    const holders = (await site.get('/programmes/herd/holders?limit=2')).json<{ holders: Body[]; next: string }>()
    t.equal(holders.holders.length, 2)
    t.equal(holders.next, holders.holders[1]?.['id'])
    t.match((await site.get('/programmes/herd/grants?state=posted')).json<Body>(), { grants: [{ state: 'posted' }] })
    t.equal((await site.get('/programmes/nothing')).statusCode, 404)
  })

  t.same((await checkLog(site.database)).problems, [], 'every table is what the entries say')
})

t.test('grants in bulk', async (t) => {
  const site = await openSite(t)
  const { source } = await openPoints(site)
  const holders = await openHolders(site, { count: 100 })
  const more = await openHolders(site, { count: 100 })
  const all = [...holders, ...more].map(({ id }) => id)
  const ndjson = all.map((holder) => JSON.stringify({ rule: 'supervise', source, holder })).join('\n')

  await t.test('each line has its result, and a second sending says exists for each', async (t) => {
    const first = await linesOf(site, 'application/x-ndjson', ndjson)
    t.match(first.at(-1), { done: true, granted: 200, exists: 0, refused: 0 })
    t.match(first.at(-1)?.['checkpoint'], /^log\.example\/log\n/)
    t.ok(first.slice(0, -1).every(({ line, result }, i) => line === i + 1 && result === 'granted'))
    const second = await linesOf(site, 'application/x-ndjson', `${ndjson}\n`)
    t.match(second.at(-1), { done: true, granted: 0, exists: 200, refused: 0 })
    t.same(
      second.slice(0, -1).map(({ index }) => index),
      first.slice(0, -1).map(({ index }) => index),
    )
  })

  await t.test('a wrong line is a refused line with its number', async (t) => {
    const good = { rule: 'supervise', source: source - 1, holder: all[0] }
    const twice = JSON.stringify(good).replace('{', '{"rule":"other",')
    const lines = [good, 'not json', { ...good, stars: 5 }, { ...good, holder: all[1], rule: 'nothing' }, good, twice]
    const file = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\r\n')
    const results = await linesOf(site, 'application/x-ndjson', `${file}\n\n${'x'.repeat(9_000)}\n`)
    t.match(results, [
      { line: 1, result: 'granted' },
      { line: 2, result: 'refused', code: 'validation_failed' },
      { line: 3, result: 'refused', code: 'validation_failed' },
      { line: 4, result: 'refused', code: 'rule_unknown' },
      { line: 5, result: 'exists' },
      { line: 6, result: 'refused', message: /twice|again|duplicate/ },
      { line: 8, result: 'refused', code: 'validation_failed' },
      { done: true, granted: 1, exists: 1, refused: 5 },
    ])
  })

  await t.test('CSV says the same, with quotes or without', async (t) => {
    const rows = [
      `rule,source,holder,amount`,
      `supervise,${source - 2},${all[0]},10`,
      `"supervise", ${source - 2} ,"${all[1]}",`,
    ]
    const wrong = ['supervise,1', `supervise,${source - 2},"H`, `supervise,${source - 2},${all[2]},007`]
    const results = await linesOf(site, 'text/csv', [...rows, ...wrong].join('\n'))
    t.match(results, [
      { line: 2, result: 'granted' },
      { line: 3, result: 'granted' },
      { line: 4, result: 'refused' },
      { line: 5, result: 'refused' },
      { line: 6, result: 'refused' },
      { done: true, granted: 2, refused: 3 },
    ])
    const [refusal] = await linesOf(site, 'text/csv', 'rule,stars\nsupervise,5')
    t.match(refusal, { done: false, code: 'validation_failed', message: /column "stars"/ })
  })

  await t.test('a file of another kind, and one without an Idempotency-Key, are refused', async (t) => {
    const other = await site.post('/programmes/herd/grants/bulk', { rule: 'supervise' })
    t.equal(other.statusCode, 415)
    const gbk = { 'content-type': 'text/csv; charset=GBK' }
    t.equal((await site.post('/programmes/herd/grants/bulk', 'rule', { headers: gbk })).statusCode, 415)
    const headers = { 'content-type': 'text/csv; charset="UTF-8"' }
    const keyless = await site.post('/programmes/herd/grants/bulk', 'rule', { headers, idempotencyKey: null })
    t.equal(keyless.json<Body>()['code'], 'idempotency_key_missing')
  })

  await t.test('a dry run tells what would be and writes nothing', async (t) => {
    const size = await site.size()
    const line = JSON.stringify({ rule: 'supervise', source: source - 3, holder: all[0] })
    const headers = { 'content-type': 'application/x-ndjson' }
    const told = await site.post('/programmes/herd/grants/bulk?dryRun=true', line, { headers })
    t.match(told.body, /"granted":1/)
    t.equal(await site.size(), size)
  })

  t.same((await checkLog(site.database)).problems, [])
})
