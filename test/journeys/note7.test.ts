/**
 * The whole main job on a real record: a crisis from the public record is played in through the admin API of a running
 * service, anchored on a real chain, answered by page and by API as the record expects, checked by the core and by the
 * command line, and a forged copy is caught. Afterwards fsck recomputes everything.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { ChainAnswers, ChainQuestions } from '../../ledger/anchor.ts'
import { parseBundle } from '../../ledger/bundle.ts'
import { parseEntry } from '../../ledger/entry.ts'
import { chainQuestions } from '../../ledger/findings.ts'
import { verifyBundle } from '../../ledger/verify.ts'
import { openAnchorContract } from '../../server/chain/anchor-contract.ts'
import { readConfig } from '../../server/config.ts'
import { playRecord } from '../../server/demo/play-record.ts'
import type { Played } from '../../server/demo/play-record.ts'
import { readNote7Record } from '../../server/demo/record.ts'
import { tamperWith } from '../../server/demo/tamper.ts'
import { startService } from '../../server/start.ts'
import { untilAllCounted } from '../support/anchored.ts'
import { runProgram } from '../support/run.ts'
import { ADMIN_KEY, freePort } from '../support/service.ts'

type Log = { origin: string; logId: string; size: number }
type AnswerBody = { answer: string; by: number | null; history: number[] }

/** What the batch page says first, by answer, in both languages. */
const HEADLINES: Readonly<Record<string, { 'zh-CN': string; en: string }>> = {
  stop_use: { 'zh-CN': '请停止使用', en: 'stop using it' },
  return: { 'zh-CN': '在召回范围内', en: 'Recalled' },
  stated_unaffected: { 'zh-CN': '称不受影响', en: 'says it is not affected' },
  unknown_batch: { 'zh-CN': '没有这个批次的登记', en: 'This batch is not on record' },
}

t.setTimeout(600_000)

const record = readNote7Record()
const dataDir = await mkdtemp(join(tmpdir(), 'tl-note7-'))
const port = await freePort()
const baseUrl = `http://127.0.0.1:${port}`
const config = readConfig({
  DATA_DIR: dataDir,
  PORT: String(port),
  ADMIN_KEY,
  ANCHOR_INTERVAL_SECONDS: '2',
  LOG_LEVEL: 'error',
})
const service = await startService(config, { info: () => {}, warn: console.error, error: console.error })
t.teardown(async () => {
  await service.close()
  await rm(dataDir, { recursive: true, force: true })
})
const played = await play()
const log = await getJson<Log>('/v1/log')

t.test('every event of the record is an entry, and playing it again adds nothing', async (t) => {
  t.equal(played.entries.size, record.events.length)
  const before = await getJson<Log>('/v1/log')
  const again = await play()
  t.same([...again.entries], [...played.entries])
  t.equal(again.code, played.code)
  t.equal(await entriesOfRecord(), await entriesOfRecord(before.size))
})

t.test('the API answers as the record expects, as of each day', async (t) => {
  for (const { asOf, lot, answer, by, mustShow = [] } of record.expect.answers) {
    const body = await getJson<AnswerBody>(`/v1/products/${played.gtin}/answer?batch=${lot}&asOf=${asOf}`)
    t.equal(body.answer, answer, `${lot} as of ${asOf}`)
    t.equal(body.by, by === undefined ? null : indexOf(by), `${lot} as of ${asOf} rests on ${by}`)
    for (const id of mustShow) t.ok(body.history.includes(indexOf(id)), `${lot} as of ${asOf} shows ${id}`)
  }
})

t.test('the batch page answers as the record expects, in both languages', async (t) => {
  for (const { asOf, lot, answer, by, mustShow = [] } of record.expect.answers) {
    for (const lang of ['zh-CN', 'en'] as const) {
      const page = await getText(`/p/${played.gtin}/${lot}?asOf=${asOf}&lang=${lang}`)
      const headline = HEADLINES[answer]![lang]
      const lead = /<h1 id="answer-lead">(.*?)<\/h1>/s.exec(page)?.[1] ?? ''
      t.ok(lead.includes(headline), `${lot} as of ${asOf} in ${lang} says "${headline}"`)
      for (const id of [...(by === undefined ? [] : [by]), ...mustShow]) {
        t.ok(page.includes(`/e/${indexOf(id)}`), `${lot} as of ${asOf} in ${lang} shows ${id}`)
      }
    }
  }
})

t.test('the timeline marks the withdrawn remedy and what no longer holds', async (t) => {
  const page = await getText(`/c/${played.code}?lang=en`)
  const [firstScreen = ''] = page.split('All entries')
  t.match(firstScreen, /1 remedy withdrawn/)
  t.match(firstScreen, /\d claims lapsed/)
  t.match(page, /No longer in force/)
  for (const id of ['n13', 'n15', 'n20', 'n05']) t.ok(page.includes(`/e/${indexOf(id)}`), `${id} is on the page`)
  for (const { overtakes = [] } of record.events) {
    for (const id of overtakes) {
      const entry = await getText(`/e/${indexOf(id)}?lang=en`)
      t.match(entry, /No longer in force/, `${id} says so above its text`)
    }
  }
})

t.test('the reconstructed record has no system entry, no clock and no rate', async (t) => {
  const report = await verifyHere()
  const bySystem = report.entries.filter(({ entry }) => entry?.actor.kind === 'system')
  t.equal(bySystem.length, record.expect.systemEntries)
  for (const lang of ['zh-CN', 'en']) {
    const page = await getText(`/c/${played.code}?lang=${lang}`)
    t.notMatch(page, /\bday \d+\b|第 \d+ 天/, 'no clock')
    t.notMatch(page, /\d+ missed|逾期 \d|该更新了|Overdue/, 'no miss')
    t.match(page, /Not counted in any rate|不计入守诺率/)
  }
  const page = await getText(`/c/${played.code}?lang=en`)
  t.match(page, /4 promises: 2 kept/, 'the outcomes are those that the record claims')
})

t.test('the checking program that is handed out is the one on record, and /verify says where', async (t) => {
  for (const lang of ['zh-CN', 'en']) {
    const sha256 = createHash('sha256')
      .update(await getText(`/verify.html?lang=${lang}`))
      .digest('hex')
    const page = await getText(`/verify?lang=${lang}`)
    t.ok(page.includes(sha256), 'the page tells its fingerprint')
    const index = /href="\/e\/(\d+)/.exec(page)?.[1]
    const { bytes } = await getJson<{ bytes: string }>(`/v1/entries/${index}`)
    t.match(parseEntry(Buffer.from(bytes, 'base64url')), { type: 'ledger.verifier', data: { sha256, lang } })
    const entry = await getText(`/e/${index}?lang=${lang}`)
    t.ok(entry.includes(sha256), 'the page of the entry tells it too')
    const seq = /(?:账本第 |the ledger, entry )(\d+)/.exec(page)?.[1]
    t.match(entry, lang === 'en' ? `The ledger: Entry ${seq}` : `账本：第 ${seq} 条`, 'under the same number')
  }
})

t.test('the core verifies the bundle with what the contract itself answers', async (t) => {
  const report = await verifyHere()
  t.equal(report.verdict, 'verified', report.checks.find(({ ok }) => ok === 'failed')?.code ?? '')
  t.equal(report.entries.length, record.events.length + 1, 'the opening and every event')
})

t.test('the command line verifies it, and says less when it is told less', async (t) => {
  const url = `${baseUrl}/v1/crises/${played.code}/bundle`
  const whole = ['--log', log.logId, '--rpc', service.chain.rpcUrl, '--allow-test-chain']
  t.match(await verify([url, ...whole]), { status: 0 }, 'verified')
  t.match(await verify([url, '--log', log.logId, '--allow-test-chain']), { status: 3 }, 'nobody asked the chain')
  t.match(await verify([url, '--rpc', service.chain.rpcUrl, '--allow-test-chain']), { status: 4 }, 'no log id')
  t.match(await verify([url, '--log', log.logId, '--rpc', service.chain.rpcUrl]), { status: 4 }, 'a test chain')
  t.match(await verify([`${baseUrl}/log`, ...whole]), { status: 0 }, 'the whole log, replayed')
})

t.test('one changed digit is caught, offline', async (t) => {
  const file = join(dataDir, 'forged.json')
  const forged = tamperWith(await bundleBytes())
  await writeFile(file, forged.bundle)
  const ran = await verify([file, '--log', log.logId, '--rpc', service.chain.rpcUrl, '--allow-test-chain'])
  t.equal(ran.status, 1)
  t.ok(ran.stdout.includes(String(forged.index)), 'the entry is named')
})

t.test('fsck recomputes the whole store and finds nothing', async (t) => {
  await service.close()
  const ran = await runProgram('server/bin/fsck.ts', [], { DATA_DIR: dataDir, PORT: String(port) })
  t.equal(ran.status, 0, ran.stdout + ran.stderr)
})

/** Plays the record and waits until it is anchored. */
async function play(): Promise<Played> {
  const played = await playRecord(record, { baseUrl, adminKey: ADMIN_KEY, runId: 'note7' })
  await untilAllCounted(baseUrl)
  return played
}

function indexOf(id: string): number {
  const index = played.entries.get(id)
  if (index === undefined) throw new Error(`no event ${id}`)
  return index
}

/** How many entries the log has besides the heads that anchoring adds. */
async function entriesOfRecord(size?: number): Promise<number> {
  const end = size ?? (await getJson<Log>('/v1/log')).size
  let count = 0
  for (let index = 0; index < end; index++) {
    const { bytes } = await getJson<{ bytes: string }>(`/v1/entries/${index}`)
    const { type } = JSON.parse(Buffer.from(bytes, 'base64url').toString()) as { type: string }
    if (type !== 'ledger.heads') count++
  }
  return count
}

async function verifyHere(): Promise<ReturnType<typeof verifyBundle>> {
  const bytes = await bundleBytes()
  const chain = await askChain(chainQuestions(parseBundle(bytes))!)
  return verifyBundle(bytes, { logId: log.logId, chain, allowTestChain: true })
}

async function bundleBytes(): Promise<Uint8Array> {
  const response = await fetch(`${baseUrl}/v1/crises/${played.code}/bundle`)
  return new Uint8Array(await response.arrayBuffer())
}

/** Asks the contract itself, as a verifier does. */
async function askChain({ chainId, contract, sizes }: ChainQuestions): Promise<ChainAnswers> {
  const opened = openAnchorContract({ rpcUrl: service.chain.rpcUrl, chainId, address: contract })
  try {
    const anchors = await Promise.all(sizes.map(async (size) => await opened.anchorAt(size)))
    return {
      chainId,
      contract,
      origin: await opened.origin(),
      latest: await opened.latest(),
      first: await opened.anchorByNumber(0),
      asked: sizes,
      anchors: anchors.filter((anchor) => anchor !== undefined),
    }
  } finally {
    opened.close()
  }
}

async function verify(args: readonly string[]): ReturnType<typeof runProgram> {
  return await runProgram('server/bin/verify.ts', args)
}

async function getText(path: string): Promise<string> {
  const response = await fetch(baseUrl + path)
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
  return await response.text()
}

async function getJson<T>(path: string): Promise<T> {
  return JSON.parse(await getText(path)) as T
}
