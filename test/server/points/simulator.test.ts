/**
 * Random commands against a model in memory: grants, outcomes, reversals, redemptions, new rules, anchors, jumps of the
 * clock, requests that arrive twice, answers that nobody got. The database is real, its clock is the test's. Says its
 * seed; SIMULATOR_SEED repeats a run, SIMULATOR_STEPS makes it longer.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { ProgrammeReplay } from '../../../ledger/programme-replay.ts'
import { openDatabase } from '../../../server/db/database.ts'
import type { Database } from '../../../server/db/database.ts'
import { AppError } from '../../../server/errors.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import type { AppendResult, Command, Idempotency } from '../../../server/services/log/command.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import { writeDuePoints } from '../../../server/services/points/points-timer.ts'
import { publishReward } from '../../../server/services/points/publish-reward.ts'
import {
  confirmRedemption,
  redeemReward,
  refundRedemption,
  releaseRedemption,
} from '../../../server/services/points/redeem-reward.ts'
import { postGrant, reverseGrant, voidGrant } from '../../../server/services/points/resolve-grant.ts'
import { publishRule, withdrawRule } from '../../../server/services/points/rules.ts'
import { HOUR_MS, PointsModel } from '../../model/points-model.ts'
import type { ModelRule, Step } from '../../model/points-model.ts'
import { writeDueSpending } from '../../../server/services/points/spending-timer.ts'
import { installDatabaseClock, setDatabaseClock } from '../../support/database-clock.ts'
import { idempotencyOf, openTestLog } from '../../support/log.ts'
import {
  PROGRAMME,
  STAFF,
  as,
  confirmAnchor,
  once,
  openTestProgramme,
  recordSource,
  supervision,
} from '../../support/points.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'

const STEPS = Number(process.env['SIMULATOR_STEPS'] ?? 20_000)
const SEED = Number(process.env['SIMULATOR_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const HOLDERS = 40
const SOURCES = 400
const BATCH = 64
const REWARD = { cost: 25, capacity: 60 }

/** Mulberry32: a small generator whose whole state is the seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Sent = { step: Step; command: Command; expected: string }

class Simulation {
  readonly #random = randomOf(SEED)
  readonly model = new PointsModel(REWARD)
  readonly indexes = new Map<number, number>()
  readonly holders: string[]
  readonly sources: number[]
  readonly url: string
  readonly database: Database
  readonly #open: () => Promise<Log>
  log: Log
  steps = 0
  granted = 0
  #ref = 0
  #aheadMs: number
  #grants: number[] = []
  #redemptions: number[] = []

  constructor(
    world: { url: string; database: Database; log: Log; open: () => Promise<Log>; aheadMs: number },
    holders: string[],
    sources: number[],
  ) {
    this.url = world.url
    this.database = world.database
    this.log = world.log
    this.#open = world.open
    this.#aheadMs = world.aheadMs
    this.holders = holders
    this.sources = sources
  }

  get now(): number {
    return Date.now() + this.#aheadMs
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  /** Some commands at once; the order in which they are sent is the order in which they are judged. */
  async batch(): Promise<void> {
    const now = this.now
    const sent: Sent[] = []
    for (let i = 0; i < BATCH; i++) {
      const step = this.#anyStep()
      const expected = this.model.judge(step, now)
      sent.push({ step, command: this.#commandOf(step, idempotencyOf('body', `step-${step.ref}`)), expected })
    }
    const twice = sent.map(({ command, expected }) => (expected === 'ok' && this.chance(0.05) ? command : undefined))
    const answers = sent.flatMap(({ command }, i) =>
      [command, ...(twice[i] === undefined ? [] : [twice[i]])].map(async (it) => await outcomeOf(this.log, it)),
    )
    const outcomes = await Promise.all(answers)
    let at = 0
    for (const [i, { step, expected }] of sent.entries()) {
      const outcome = outcomes[at++]!
      this.steps++
      this.#compare(step, expected, outcome)
      if (twice[i] !== undefined) this.#compareAgain(step, outcomes[at++]!)
    }
    for (const { step, expected } of sent) if (expected === 'ok') this.#remember(step)
    if (this.chance(0.05)) await this.#loseAnswers(sent)
  }

  #compare(step: Step, expected: string, { code, result }: Outcome): void {
    if (code !== expected) throw new Error(`step ${JSON.stringify(step)}: expected ${expected}, was ${code}`)
    if (result === undefined) return
    const index = Number(result.body['index'])
    this.indexes.set(step.ref, index)
  }

  #compareAgain(step: Step, { result }: Outcome): void {
    const isSame = result?.replayed === true && result.body['index'] === this.indexes.get(step.ref)
    if (!isSame) throw new Error(`step ${step.ref} was written twice`)
  }

  /** The service dies after COMMIT; everybody asks again, with the same key and with another body. */
  async #loseAnswers(sent: readonly Sent[]): Promise<void> {
    await this.log.close()
    this.log = await this.#open()
    for (const { step, command, expected } of sent) {
      if (expected !== 'ok') continue
      this.#compareAgain(step, await outcomeOf(this.log, command))
      const other = this.#commandOf(step, idempotencyOf('another body', `step-${step.ref}`))
      if (this.chance(0.1) && (await outcomeOf(this.log, other)).code !== 'idempotency_conflict') {
        throw new Error(`step ${step.ref}: another body was taken for the same request`)
      }
    }
  }

  async jump(): Promise<void> {
    const hours = this.chance(0.2) ? 24 * (1 + this.below(40)) : 1 + this.below(30)
    this.#aheadMs += hours * HOUR_MS
    await setDatabaseClock(this.url, this.#aheadMs)
  }

  async sweep(): Promise<void> {
    this.model.sweep(this.now)
    while ((await writeDueSpending(this.database, this.log.sequencer)) > 0);
    while ((await writeDuePoints(this.database.kysely, this.log.sequencer)) > 0);
  }

  async anchor(): Promise<void> {
    await confirmAnchor(this.database)
    for (const rule of this.model.rules) rule.isAnchored = true
  }

  /** Publishes another version of a rule, or withdraws the newest. */
  async changeRule(): Promise<void> {
    const names = ['fixed', 'ranged', 'waits', 'capped']
    const name = names[this.below(names.length)]!
    const newest = this.model.rules.filter(({ rule }) => rule === name).at(-1)!
    if (this.chance(0.3) && !newest.isWithdrawn) {
      await this.log.sequencer.append(withdrawRule(once(), PROGRAMME, name))
      newest.isWithdrawn = true
    } else {
      await this.publish({ ...RULES[name]!, rule: name, version: newest.version + 1 })
    }
  }

  async publish(rule: RuleOf): Promise<void> {
    const { points, pointsMax = 0, version: _version, ...members } = rule
    const earns = points === undefined ? { pointsMax } : { points }
    await this.log.sequencer.append(publishRule(once(), PROGRAMME, supervision({ ...members, earns })))
    this.model.rules.push({ ...rule, isAnchored: false, isWithdrawn: false })
  }

  /** Balances of everybody, and the trial balance, as the database has them. */
  async compareBalances(): Promise<void> {
    const rows = await this.database.kysely.selectFrom('account').selectAll().execute()
    const found = new Map(rows.map((row) => [row.holder, row]))
    this.holders.forEach((id, holder) => {
      const row = found.get(id)
      const is = [row?.available ?? 0, row?.pending ?? 0, row?.held ?? 0].join(' ')
      const should = [this.model.available(holder), this.model.pending(holder), this.model.held(holder)].join(' ')
      if (is !== should) throw new Error(`holder ${holder} has ${is}, the model says ${should}`)
    })
    const balance = await this.database.kysely.selectFrom('programme_balance').selectAll().executeTakeFirst()
    const { redeemed, expired, forfeited } = this.model
    const is = [balance?.redeemed ?? 0, balance?.expired ?? 0, balance?.forfeited ?? 0].join(' ')
    if (is !== [redeemed, expired, forfeited].join(' ')) throw new Error(`the trial balance is ${is}`)
  }

  #remember(step: Step): void {
    if (step.kind === 'grant') this.#grants.push(step.ref)
    if (step.kind === 'redeem') this.#redemptions.push(step.ref)
  }

  /** Only what has its index already can be named: what came before this batch. */
  #anyStep(): Step {
    const ref = this.#ref++
    const grant = this.#knownOf(this.#grants)
    const redemption = this.#knownOf(this.#redemptions)
    const dice = this.below(100)
    if (dice < 50 || grant === undefined) return this.#anyGrant(ref)
    if (dice < 62) return { kind: 'redeem', ref, holder: this.below(HOLDERS) }
    if (dice < 72) return { kind: 'post', ref, grant }
    if (dice < 77) return { kind: 'void', ref, grant }
    if (dice < 85) return { kind: 'reverse', ref, grant, ...(this.chance(0.5) ? {} : { amount: 1 + this.below(12) }) }
    if (redemption === undefined) return this.#anyGrant(ref)
    return { kind: (['confirm', 'release', 'refund'] as const)[this.below(3)]!, ref, redemption }
  }

  #anyGrant(ref: number): Step {
    const rule = ['fixed', 'ranged', 'waits', 'capped', 'nothing'][this.below(100) < 2 ? 4 : this.below(4)]!
    const amount = rule === 'ranged' || this.chance(0.05) ? { amount: 1 + this.below(22) } : {}
    return { kind: 'grant', ref, rule, source: this.below(SOURCES), holder: this.below(HOLDERS), ...amount }
  }

  /** Recent ones are likelier, so that something can still happen to them. */
  #knownOf(known: readonly number[]): number | undefined {
    if (known.length === 0) return undefined
    const from = this.chance(0.7) ? Math.max(0, known.length - 80) : 0
    return known[from + this.below(known.length - from)]
  }

  #commandOf(step: Step, idempotency: Idempotency): Command {
    const request = as(STAFF, idempotency)
    const placeOf = (ref: number, holder: number) => ({
      index: this.indexes.get(ref) ?? -1,
      programme: PROGRAMME,
      holder: this.holders[holder] ?? '',
    })
    switch (step.kind) {
      case 'grant': {
        const { rule, source, holder, amount } = step
        const grant = { rule, source: this.sources[source] ?? -1, holder: this.holders[holder] ?? '' }
        return grantPoints(request, PROGRAMME, { ...grant, ...(amount === undefined ? {} : { amount }) })
      }
      case 'redeem':
        return redeemReward({ programme: PROGRAMME, holder: this.holders[step.holder] ?? '', idempotency }, 'visit')
      case 'confirm':
      case 'release':
      case 'refund': {
        const place = placeOf(step.redemption, this.model.redemptions.get(step.redemption)?.holder ?? -1)
        if (step.kind === 'confirm') return confirmRedemption(request, place)
        return step.kind === 'release' ? releaseRedemption(request, place) : refundRedemption(request, place)
      }
      default: {
        const place = placeOf(step.grant, this.model.grants.get(step.grant)?.holder ?? -1)
        if (step.kind === 'post') return postGrant(request, place)
        if (step.kind === 'void') return voidGrant(request, place)
        return reverseGrant(request, place, 'counted twice', 'amount' in step ? step.amount : undefined)
      }
    }
  }
}

type Outcome = { code: string; result?: AppendResult }

async function outcomeOf(log: Log, command: Command): Promise<Outcome> {
  try {
    return { code: 'ok', result: await log.sequencer.append(command) }
  } catch (error) {
    if (error instanceof AppError) return { code: error.code }
    throw error
  }
}

type RuleOf = Omit<ModelRule, 'isAnchored' | 'isWithdrawn'>
const RULES: Readonly<Record<string, Omit<RuleOf, 'rule' | 'version'>>> = {
  fixed: { points: 10, pendingDays: 0 },
  ranged: { pointsMax: 20, pendingDays: 0, expiryMonths: 2 },
  waits: { points: 8, pendingDays: 3, expiryMonths: 1 },
  capped: { points: 7, perHolderMax: 30, pendingDays: 0 },
}

t.test(`a simulator of ${STEPS} steps and its model agree`, { timeout: 280_000 }, async (t) => {
  t.comment(`SIMULATOR_SEED=${SEED}`)
  const clone = await createPostgresDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-data-'))
  await installDatabaseClock(clone.url)
  const database = await openDatabase({ url: clone.url, dataDir })
  // Ten minutes past the hour: with jumps of whole hours, nothing is ever due in the middle of a batch.
  const start = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS / 6
  const aheadMs = start - Date.now()
  await setDatabaseClock(clone.url, aheadMs)
  const simulation: { current?: Simulation } = {}
  const errors: unknown[] = []
  const open = async (): Promise<Log> =>
    await openTestLog({
      database,
      dataDir,
      clock: () => simulation.current?.now ?? Date.now() + aheadMs,
      onError: (error) => errors.push(error),
    })
  const log = await open()
  t.teardown(async () => {
    await simulation.current?.log.close()
    await database.close()
    await clone.drop()
    await rm(dataDir, { recursive: true })
  })
  const opened = await openTestProgramme(log, database, [], HOLDERS)
  const sources: number[] = []
  for (let i = 0; i < SOURCES; i += 50) {
    sources.push(...(await Promise.all(Array.from({ length: 50 }, async () => await recordSource(log)))))
  }
  const world = { url: clone.url, database, log, open, aheadMs }
  const simulator = new Simulation(
    world,
    opened.map(({ id }) => id),
    sources,
  )
  simulation.current = simulator
  for (const [rule, members] of Object.entries(RULES)) await simulator.publish({ ...members, rule, version: 1 })
  await log.sequencer.append(publishReward(once(), PROGRAMME, reward(simulator.now)))
  await simulator.anchor()

  while (simulator.steps < STEPS) {
    await simulator.batch()
    if (simulator.chance(0.3)) await simulator.jump()
    if (simulator.chance(0.2)) await simulator.sweep()
    if (simulator.chance(0.05)) await simulator.changeRule()
    if (simulator.chance(0.1)) await simulator.anchor()
    if (simulator.chance(0.1)) await simulator.compareBalances()
  }
  await simulator.sweep()
  await simulator.compareBalances()
  t.same(errors, [], 'no batch failed')
  t.same((await checkLog(database)).problems, [], 'fsck holds, and with it the trial balance')
  t.same(await replayed(database), [], 'and so does a reader of the whole log, who has public data alone')
  const { grants, redemptions, expired, forfeited } = simulator.model
  t.ok(grants.size > 100 && redemptions.size > 100, 'much was granted and redeemed')
  t.ok(expired > 0 && forfeited < 0, 'points expired, and the brand bore some mistakes')
  t.comment(`${grants.size} grants, ${redemptions.size} redemptions, ${expired} expired, ${forfeited} forfeited`)
})

/** What L9 finds wrong with the programme, if every state of the log was anchored. */
async function replayed({ kysely }: Database): Promise<string[]> {
  const rows = await kysely.selectFrom('entry').select(['index', 'bytes']).orderBy('index').execute()
  const replay = new ProgrammeReplay()
  const faults: string[] = []
  for (const { index, bytes } of rows) {
    const entry = parseEntry(bytes)
    if (entry.stream !== `points:${PROGRAMME}`) continue
    replay.add({ index, entry }, { anchorable: index, brandOf: () => entry.brand }, ({ code }) => faults.push(code))
  }
  return faults
}

function reward(now: number) {
  const words = { 'zh-CN': '参观牧场', en: 'A visit of the ranch' }
  return {
    reward: 'visit',
    title: words,
    text: words,
    conditions: words,
    ...REWARD,
    from: new Date(now - HOUR_MS).toISOString(),
    until: '2999-01-01T00:00:00.000Z',
    valueClass: 'experience',
  }
}
