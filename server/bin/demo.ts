/**
 * `npm run demo [-- --once]`: the whole main job in a minute. A fresh ledger with its embedded database and chain in a
 * temporary folder; a real crisis of the past and an invented one of today played in over HTTP; anchored; checked by the
 * command-line verifier; a forged copy caught. Then it prints where to look and serves until Ctrl-C. Nothing is left
 * behind. `--once` ends after the checks.
 *
 * The crisis of today takes seven weeks: until it is over, this process's clock is set back (server/demo/story-clock.ts).
 *
 * PORT, HOST and PUBLIC_URL are heeded; everything else is the demo's own, whatever the environment says.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { AdminClient } from '../demo/admin-client.ts'
import { LogWatch } from '../demo/log-watch.ts'
import type { LogFacts } from '../demo/log-watch.ts'
import { MILK_STORY } from '../demo/milk-story.ts'
import { narrate } from '../demo/narrator.ts'
import { playRecord } from '../demo/play-record.ts'
import type { Played } from '../demo/play-record.ts'
import { playPoints } from '../demo/points-story.ts'
import type { PlayedPoints } from '../demo/points-story.ts'
import { StoryCalendar, openDesk, openStory, playStory } from '../demo/play-story.ts'
import type { PlayedStory } from '../demo/play-story.ts'
import { readNote7Record } from '../demo/record.ts'
import type { DemoRecord } from '../demo/record.ts'
import { StoryClock } from '../demo/story-clock.ts'
import { tamperWith } from '../demo/tamper.ts'
import { startService } from '../start.ts'
import { isHelpAsked } from './usage.ts'

const USAGE = `usage: npm run demo [-- options]

  --once   end after the checks instead of serving
  --help   print this

A fresh ledger in a temporary folder, played in, anchored, checked and served. Reads PORT, HOST and PUBLIC_URL only.

exit status: 0 done, 1 failed, 2 usage`

const VERIFY = join(import.meta.dirname, 'verify.ts')
const RECOUNT = join(import.meta.dirname, 'recount.ts')

/** Before a jump of the clock of more than this, what was written is anchored: as it would have been. */
const JUMP_MS = 3_600_000

const values = readOptions()
const say = narrate(console.log, performance.now())
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopped.abort())
const dataDir = await mkdtemp(join(tmpdir(), 'trust-ledger-demo-'))
try {
  await demo()
} catch (error) {
  if (!stopped.signal.aborted) {
    console.error(error)
    process.exitCode = 1
  }
} finally {
  await rm(dataDir, { recursive: true, force: true })
}

/** Ends the program when that is all that was asked for, or when it was asked wrongly. */
function readOptions(): { once: boolean } {
  if (isHelpAsked(process.argv.slice(2))) {
    console.log(USAGE)
    process.exit(0)
  }
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    process.exit(2)
  }
}

async function demo(): Promise<void> {
  const adminKey = randomBytes(32).toString('base64url')
  const { PORT, HOST, PUBLIC_URL } = process.env
  const port = PORT ?? String(await freePort())
  const config = readConfig({
    ...(HOST === undefined ? {} : { HOST }),
    PORT: port,
    PUBLIC_URL: PUBLIC_URL ?? `http://localhost:${port}`,
    DATA_DIR: dataDir,
    ADMIN_KEY: adminKey,
    OPERATOR_NAME: 'Demo',
    ANCHOR_INTERVAL_SECONDS: '1',
    LOG_LEVEL: 'warn',
    // Everybody who tries it out comes from one address, checkers of whole logs too.
    RATE_LIMIT_PER_MINUTE: '6000',
  })
  const clock = new StoryClock()
  const calendar = new StoryCalendar(Date.now(), MILK_STORY.days)
  clock.start(calendar.instantOf('0 07:30'))

  say.chapter('Starting a fresh ledger: embedded database, embedded chain, contract, keys')
  const service = await startService(config, {
    info: () => {},
    warn: (facts, message) =>
      say.line(`note: ${message ?? (typeof facts === 'string' ? facts : JSON.stringify(facts))}`),
    error: (facts, message) => console.error(message ?? '', facts),
  })
  try {
    const baseUrl = `http://127.0.0.1:${port}`
    const { rpcUrl } = service.chain
    const watch = new LogWatch(baseUrl, stopped.signal)
    say.line(`serving ${config.publicUrl}, everything in ${dataDir}`)

    const record = readNote7Record()
    say.chapter(`Recording a real crisis over HTTP: ${record.product.name.en}, 2016, from public reports`)
    const past = await playRecord(record, { baseUrl, adminKey, runId: 'demo-note7', report: say.line })

    say.chapter(
      `Living through an invented one: ${MILK_STORY.brand.name.en}, ${MILK_STORY.days} days by a clock set back`,
    )
    const operator = new AdminClient({ baseUrl, key: adminKey, runId: 'demo-milk' })
    await openStory(MILK_STORY, operator)
    const advanceTo = async (atMs: number): Promise<void> => {
      if (atMs - clock.now() > JUMP_MS) await watch.untilAllAnchored()
      await clock.advanceTo(atMs, rpcUrl)
    }
    const clients = await openDesk(MILK_STORY, operator)
    const today = await playStory(MILK_STORY, {
      clients,
      calendar,
      advanceTo,
      untilErased: async () => await watch.untilErased(),
      report: say.line,
    })

    say.chapter('Thanking those who helped: rules first, then points, a visit, a suggestion that shipped, a vote')
    const { staff, reviewer } = clients
    const inspected = today.entries.get('improvement') ?? today.lastIndex
    const pointsDesk = { operator, staff, reviewer, calendar, watch, advanceTo, report: say.line }
    const points = await playPoints(MILK_STORY.brand.slug, inspected, pointsDesk)
    await advanceTo(clock.realNow())
    clock.stop()

    say.chapter('Anchoring the root of the log on the chain')
    const anchored = await watch.untilQuiet()
    say.line(`block ${anchored.block} holds the root of ${anchored.size} entries, transaction ${anchored.transaction}`)

    const log = await watch.readLog()
    const streams = [`crisis:${past.code}`, `crisis:${today.code}`, `points:${points.programme}`]
    await showVerification(baseUrl, rpcUrl, log, streams)
    await showRecount(baseUrl, rpcUrl, log, points)
    showWhereToLook(config.publicUrl, log, record, past, today, points)
    if (values.once) return
    say.chapter('Serving until Ctrl-C')
    await untilStopped()
    say.chapter('Stopping; the temporary folder is removed')
  } finally {
    clock.stop()
    await service.close()
  }
}

/** Lets the command-line verifier judge the streams, then a forged copy of the first. */
async function showVerification(
  baseUrl: string,
  rpcUrl: string,
  log: LogFacts,
  streams: readonly string[],
): Promise<void> {
  const options = ['--log', log.logId, '--rpc', rpcUrl, '--allow-test-chain']
  const urls = streams.map((stream) => `${baseUrl}/v1/streams/${stream}/bundle`)

  say.chapter('Checking them as an auditor would, with the command-line verifier')
  for (const url of urls) {
    say.line(`npm run verify -- ${[url, ...options].join(' ')}`)
    const honest = await run(VERIFY, [url, ...options])
    say.quote(honest.output)
    if (honest.status !== 0) throw new Error(`the verifier ended with ${honest.status}, not with 0 (verified)`)
  }

  const response = await fetch(urls[0]!)
  const forged = tamperWith(new Uint8Array(await response.arrayBuffer()))
  const file = join(dataDir, 'forged.json')
  await writeFile(file, forged.bundle)
  say.chapter(`Changing one digit of entry ${forged.index} in a copy`)
  say.line(`was: ${forged.before}`)
  say.line(`now: ${forged.after}`)
  const caught = await run(VERIFY, [file, ...options])
  say.quote(caught.output)
  if (caught.status !== 1) throw new Error(`the verifier ended with ${caught.status}, not with 1 (mismatch)`)
  say.line('The forged copy was caught, as it must be.')
}

/** Counts the votes again from what is public. */
async function showRecount(
  baseUrl: string,
  rpcUrl: string,
  log: LogFacts,
  { programme, ballot }: PlayedPoints,
): Promise<void> {
  const args = [
    `${baseUrl}/v1/ballots/${programme}/${ballot}`,
    '--log',
    log.logId,
    '--rpc',
    rpcUrl,
    '--allow-test-chain',
  ]
  say.chapter('Counting the votes again from public data alone')
  say.line(`npm run recount -- ${args.join(' ')}`)
  const { status, output } = await run(RECOUNT, args)
  say.quote(output)
  if (status !== 0) throw new Error(`the recount ended with ${status}, not with 0`)
}

function showWhereToLook(
  publicUrl: string,
  log: LogFacts,
  record: DemoRecord,
  { code, gtin, entries }: Played,
  today: PlayedStory,
  points: PlayedPoints,
): void {
  const batches = record.batches.map(({ lot }) => [`batch ${lot}`, `${publicUrl}/p/${gtin}/${lot}`] as const)
  const overtaken = record.events.find(({ overtakes }) => overtakes !== undefined)?.overtakes?.[0] ?? 'n01'
  say.chapter('Where to look')
  say.table([
    ['the past: timeline, Chinese', `${publicUrl}/c/${code}?lang=zh-CN`],
    ['the past: timeline, English', `${publicUrl}/c/${code}?lang=en`],
    ...batches,
    ['an entry that was overtaken', `${publicUrl}/e/${entries.get(overtaken)}`],
    ['today: timeline, Chinese', `${publicUrl}/c/${today.code}?lang=zh-CN`],
    ['today: timeline, English', `${publicUrl}/c/${today.code}?lang=en`],
    ['today: batch L0611', `${publicUrl}/p/${today.gtin}/L0611`],
    ['a promise that was moved', `${publicUrl}/e/${today.entries.get('moved')}`],
    ['the brand and its promises', `${publicUrl}/b/${MILK_STORY.brand.slug}`],
    ['corrections and erasures', `${publicUrl}/redactions`],
    ['the points programme', `${publicUrl}/points/${points.programme}`],
    ['a ballot, counted', `${publicUrl}/points/${points.programme}/ballots/${points.ballot}`],
    ["a holder's page (view code)", points.visitor.viewUrl],
    ["the same holder's spend code", points.visitor.spendUrl],
    ['the screen of a store', `${publicUrl}/thanks`],
    ['what the QR code says', `${publicUrl}/01/${gtin}?tl=${log.logId}`],
    ['QR code of the product', `${publicUrl}/qr/p/${gtin}.svg`],
    ['QR code of the timeline', `${publicUrl}/qr/c/${code}.png`],
    ['check it in the browser', `${publicUrl}/verify`],
    ['how to read it', `${publicUrl}/how`],
    ['the log, for any tlog client', `${publicUrl}/log/checkpoint`],
    ['admin API, interactive', `${publicUrl}/docs`],
    ['check code, 核对码', log.logId],
  ])
  say.line('')
  say.line('The chain is a test chain on this machine, so pages say at best "publisher not confirmed".')
}

/** Runs a program of ours as a process of its own, in the environment of a stranger: it shares nothing with this one. */
async function run(program: string, args: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, output }))
  })
}

async function untilStopped(): Promise<void> {
  if (stopped.signal.aborted) return
  await new Promise<void>((resolve) => stopped.signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
