/** Claims: a screen code opens the thank-you view once, for a minute, with consent; and it can spend nothing. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import fastify from 'fastify'
import { formatScreenCode } from '../../../ledger/screen-code.ts'
import { createLogReader } from '../../../server/services/log/log-reader.ts'
import { reverseGrant } from '../../../server/services/points/resolve-grant.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import { openThanks, setThanks } from '../../../server/services/points/thanks.ts'
import { openProgrammeReads } from '../../../server/services/points/programme-reads.ts'
import { ProgrammeStories } from '../../../server/web/pages/programme-stories.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { thanksRoutes } from '../../../server/web/thanks-routes.ts'
import { isAppError } from '../../support/app-error.ts'
import { PROGRAMME, indexOf, once, recordSource } from '../../support/points.ts'
import { openSpending } from './spending.ts'

t.setTimeout(600_000)

const spending = await openSpending(t, 3)
const { database, log, holders } = spending
const [ada, ben, eve] = holders as [(typeof holders)[0], (typeof holders)[0], (typeof holders)[0]]
const NOW = Date.now()

const codeOf = (viewCode: string, at = NOW): string =>
  formatScreenCode(viewCode, { programme: PROGRAMME, at, nonce: new Uint8Array(randomBytes(8)) })
const spend = (code: string): { kind: 'spend'; code: string } => ({ kind: 'spend', code })

async function nothingToShow(code: string, now = NOW): Promise<boolean> {
  return await openThanks(database, code, now).then(
    () => false,
    (error: unknown) => isAppError(error, 'nothing_to_show'),
  )
}

await setThanks(database, spend(ada.spendCode), true)
const sources = [await recordSource(log), await recordSource(log)]
const granted: number[] = []
for (const source of sources) {
  granted.push(
    indexOf(await log.sequencer.append(grantPoints(once(), PROGRAMME, { rule: 'help', source, holder: ada.id }))),
  )
}

t.test('a code opens what the contributions led to, newest first, and nothing about points', async (t) => {
  const thanks = await openThanks(database, codeOf(ada.viewCode), NOW)
  t.same(thanks, {
    programme: PROGRAMME,
    changes: [...sources].reverse().map((index) => ({ kind: 'source', index, rule: 'help' })),
  })
})

t.test('SC3: a code counts once, also when two screens send it at the same moment', async (t) => {
  const code = codeOf(ada.viewCode)
  const outcomes = await Promise.all(Array.from({ length: 8 }, async () => await nothingToShow(code)))
  t.equal(outcomes.filter((refused) => !refused).length, 1)
  t.ok(await nothingToShow(code), 'replayed')
})

/** With another character in its nonce. */
const changed = (code: string): string => `${code.slice(0, 36)}${code[36] === 'A' ? 'B' : 'A'}${code.slice(37)}`

const REFUSED: readonly [name: string, code: string, now?: number][] = [
  ['a recorded scan, replayed after 60 seconds', codeOf(ada.viewCode), NOW + 60_001],
  ['a code from a clock far ahead', codeOf(ada.viewCode, NOW + 10_001)],
  ['a code of a holder who has not consented', codeOf(ben.viewCode)],
  ['a code of nobody', codeOf(`V-${'0'.repeat(26)}`)],
  [
    'a code for another programme',
    formatScreenCode(ada.viewCode, { programme: 'other', at: NOW, nonce: new Uint8Array(8) }),
  ],
  ['a changed code', changed(codeOf(ada.viewCode))],
  ['a view code', ada.viewCode],
  ['nonsense', 'T-€'],
]
for (const [name, code, now = NOW] of REFUSED) {
  t.test(`${name} shows nothing`, async (t) => {
    t.ok(await nothingToShow(code, now))
  })
}

t.test('what was taken back is not thanked for', async (t) => {
  await log.sequencer.append(
    reverseGrant(once(), { programme: PROGRAMME, index: granted[1]!, holder: ada.id }, 'duplicate'),
  )
  const { changes } = await openThanks(database, codeOf(ada.viewCode), NOW)
  t.same(
    changes.map(({ index }) => index),
    [sources[0]],
  )
})

t.test('consent needs the spend code, either code ends it, and a stranger changes nothing', async (t) => {
  const refused = async (code: Parameters<typeof setThanks>[1], on: boolean, expected: string): Promise<void> => {
    const outcome = await setThanks(database, code, on).catch((error: unknown) => error)
    t.ok(isAppError(outcome, expected), expected)
  }
  await refused({ kind: 'view', code: eve.viewCode }, true, 'spend_code_needed')
  await refused(spend(`S-${'0'.repeat(26)}`), true, 'holder_code_invalid')
  await refused({ kind: 'view', code: `V-${'0'.repeat(26)}` }, false, 'holder_code_invalid')
  await setThanks(database, spend(eve.spendCode), true)
  t.same((await openThanks(database, codeOf(eve.viewCode), NOW)).changes, [])
  await setThanks(database, { kind: 'view', code: eve.viewCode }, false)
  t.ok(await nothingToShow(codeOf(eve.viewCode)))
})

t.test('over HTTP: the linked entries in both languages, and one answer for everything else', async (t) => {
  const app = fastify()
  registerErrorHandler(app)
  const reader = createLogReader(database, log.checkpoints)
  await app.register(thanksRoutes, {
    reader,
    stories: new ProgrammeStories(openProgrammeReads(database)),
    openThanks: async (code) => await openThanks(database, code, Date.now()),
    setThanks: async (code, thanks) => await setThanks(database, code, thanks),
  })
  t.teardown(async () => await app.close())
  const post = async (url: string, payload: object, authorization?: string) =>
    await app.inject({
      method: 'POST',
      url,
      payload,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    })
  const opened = await post('/v1/thanks', { code: codeOf(ada.viewCode, Date.now()) })
  t.equal(opened.statusCode, 200)
  t.equal(opened.headers['cache-control'], 'no-store')
  const body = opened.json<{
    brandName: Record<string, string>
    changes: { index: number; kind: Record<string, string>; ground: Record<string, string> }[]
  }>()
  t.equal(body.changes[0]?.index, sources[0])
  t.same(Object.keys(body.changes[0]?.kind ?? {}), ['zh-CN', 'en'])
  t.same(body.changes[0]?.ground, { 'zh-CN': '质量监督', en: 'Quality supervision' })
  t.notMatch(opened.body, /balance|available|H-/, 'no holder, no points')
  const answers = await Promise.all(
    [codeOf(ada.viewCode, Date.now() - 61_000), codeOf(ben.viewCode, Date.now()), 'T-x'].map(async (code) => {
      const { statusCode, body: text } = await post('/v1/thanks', { code })
      return `${statusCode} ${text}`
    }),
  )
  t.equal(new Set(answers).size, 1, 'too old, no consent and nonsense are answered alike')
  t.match(answers[0], /^404 .*nothing_to_show/)
  t.equal((await post('/v1/holder/consent', { thanks: true }, `Bearer ${ben.spendCode.toLowerCase()}`)).statusCode, 200)
  t.equal((await post('/v1/holder/consent', { thanks: true }, `Bearer ${ben.viewCode}`)).statusCode, 403)
  t.equal((await post('/v1/holder/consent', { thanks: true })).statusCode, 401)
  t.equal((await post('/v1/holder/consent', { thanks: true }, 'Bearer T-nonsense')).statusCode, 401)
})
