/**
 * What the system writes by itself: each miss exactly once, and never for what was kept in time (W4), whatever the number
 * of instances, through jumps of the clock, hours of downtime, and kill −9 at each step of the sweep.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import type { Test } from 'tap'
import type { IndexedEntry } from '../../../ledger/milestone.ts'
import { missingMisses } from '../../../ledger/promises.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { installDatabaseClock, setDatabaseClock } from '../../support/database-clock.ts'
import { createPostgresDatabase, stopPostgres } from '../../support/postgres.ts'
import { crisisCode, openBrand } from '../../support/log.ts'
import { entriesOf, openInstance, openTimed, recordTimed } from '../../support/timed-log.ts'
import type { Instance } from '../../support/timed-log.ts'
import type { Step } from '../../support/killed-sweep.ts'

const KILLED_SWEEP = fileURLToPath(new URL('../../support/killed-sweep.ts', import.meta.url))
const HOUR_MS = 3_600_000
const STEPS: readonly Step[] = ['found', 'locked', 'read', 'written', 'committing', 'committed', 'signed']

t.setTimeout(600_000)
t.teardown(stopPostgres)

/** A world with one clock, which the test sets; instances come and go in it. */
class World {
  aheadMs = 0
  readonly url: string
  readonly dataDir: string

  constructor(url: string, dataDir: string) {
    this.url = url
    this.dataDir = dataDir
  }

  /** Sets the clock of the database and of all instances. */
  async setTime(instant: string): Promise<void> {
    this.aheadMs = Date.parse(instant) - Date.now()
    await setDatabaseClock(this.url, this.aheadMs)
  }

  async jump(ms: number): Promise<void> {
    this.aheadMs += ms
    await setDatabaseClock(this.url, this.aheadMs)
  }

  async start(name: string): Promise<Instance> {
    return await openInstance({ url: this.url, dataDir: this.dataDir, name }, () => this.aheadMs)
  }
}

async function openWorld(t: Test): Promise<World> {
  const clone = await createPostgresDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'tl-misses-'))
  await installDatabaseClock(clone.url)
  t.teardown(async () => {
    await clone.drop()
    await rm(dataDir, { recursive: true })
  })
  return new World(clone.url, dataDir)
}

/** The kinds that end each clock, written out a second time. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  acknowledge: ['acknowledged'],
  first_statement: ['statement'],
  update: ['acknowledged', 'statement', 'cause_identified', 'scope_published'],
  scope: ['scope_published'],
}

/** By another way than the fold: for every due time, what came first, and how many misses there are. */
function accountFor(t: Test, entries: readonly IndexedEntry[]): number {
  let misses = 0
  for (const { entry: started } of entries) {
    const dues = (started.data['dues'] ?? []) as unknown as { clock: string; due: { at: string } }[]
    for (const { clock, due } of dues) {
      const later = entries.filter(({ entry }) => entry.seq > started.seq)
      const end = later.find(({ entry }) => ENDS[clock]?.includes(String(entry.data['kind'])))
      const found = later.filter(({ entry: { data } }) => data['promise'] === `${clock}_${started.seq}`)
      const isKept = end !== undefined && end.entry.recordedAt < due.at
      const isMissed = !isKept && entries.at(-1)!.entry.recordedAt >= due.at
      t.equal(found.length, isMissed ? 1 : 0, `${clock}_${started.seq}, due ${due.at}`)
      for (const { entry } of found) {
        t.match(entry.data, { kind: 'clock_missed', clock, occurredAt: due.at, due })
        t.same([entry.actor, entry.recordedAt >= due.at], [{ kind: 'system' }, true], 'by the system, when it noticed')
      }
      misses += found.length
    }
  }
  t.same(missingMisses(entries, entries.at(-1)!.entry.recordedAt), [], 'a reader finds none missing (L7)')
  return misses
}

t.test('two instances that look at once write each miss once, and none for what was kept in time (W4)', async (t) => {
  const world = await openWorld(t)
  const [a, b] = [await world.start('a'), await world.start('b')]
  await a.log.sequencer.append(openBrand())
  const codes = Array.from({ length: 130 }, (_, number) => crisisCode(number))
  await Promise.all(codes.map(async (code) => await a.log.sequencer.append(openTimed(code, 'S1'))))
  await world.jump(HOUR_MS / 2)
  const kept = codes.slice(0, 10)
  for (const code of kept) await b.log.sequencer.append(recordTimed(code, { kind: 'acknowledged' }))
  await world.jump(HOUR_MS / 2 + 1000)
  const rounds = await Promise.all([a.sweep(), b.sweep(), a.sweep(), b.sweep()])
  t.ok(Math.max(...rounds) >= 100, 'more than one page of crises')
  t.same([await a.sweep(), await b.sweep()], [0, 0], 'nothing is left')
  let misses = 0
  for (const code of codes) misses += accountFor(t, await entriesOf(a, code))
  t.equal(misses, codes.length - kept.length)
  t.same((await checkLog(a.database)).problems, [])
  await a.close()
  await b.close()
})

t.test('after hours of downtime the miss says when it was due and when that was noticed', async (t) => {
  const world = await openWorld(t)
  const first = await world.start('a')
  await first.log.sequencer.append(openBrand())
  await first.log.sequencer.append(openTimed(crisisCode(1), 'S1'))
  await first.close()
  await world.jump(30 * HOUR_MS)
  const again = await world.start('a')
  t.equal(await again.sweep(), 1)
  const entries = await entriesOf(again, crisisCode(1))
  t.equal(accountFor(t, entries), 2)
  for (const { entry } of entries.slice(1)) {
    const gap = Date.parse(entry.recordedAt) - Date.parse(String(entry.data['occurredAt']))
    t.ok(gap > 25 * HOUR_MS, 'hours lie between them')
  }
  // Nobody swept: whoever writes next finds the misses before it (S4).
  await again.log.sequencer.append(openTimed(crisisCode(2), 'S1'))
  await world.jump(30 * HOUR_MS)
  await again.log.sequencer.append(recordTimed(crisisCode(2), { kind: 'acknowledged' }))
  const late = await entriesOf(again, crisisCode(2))
  t.same(
    late.map(({ entry }) => entry.data['kind']),
    [undefined, 'clock_missed', 'clock_missed', 'acknowledged'],
  )
  accountFor(t, late)
  await again.close()
})

t.test('over a holiday week a working day is one that is worked, and before its end nothing is missed', async (t) => {
  const world = await openWorld(t)
  // Friday before the spring festival of 2026; Saturday 14 February makes up for a day of it.
  await world.setTime('2026-02-13T06:00:00.000Z')
  const [a, b] = [await world.start('a'), await world.start('b')]
  const code = crisisCode(3)
  await a.log.sequencer.append(openBrand())
  await a.log.sequencer.append(openTimed(code, 'S4'))
  for (const instant of ['2026-02-18T06:00:00.000Z', '2026-02-24T06:00:00.000Z', '2026-02-25T15:59:30.000Z']) {
    await world.setTime(instant)
    t.same([await a.sweep(), await b.sweep()], [0, 0], instant)
  }
  await world.setTime('2026-02-25T16:00:00.000Z')
  await Promise.all([a.sweep(), b.sweep()])
  const entries = await entriesOf(b, code)
  t.equal(accountFor(t, entries), 1)
  t.equal(entries[1]?.entry.data['occurredAt'], '2026-02-25T16:00:00.000Z', 'Saturday, Tuesday, Wednesday')
  await a.close()
  await b.close()
})

t.test('a clock that goes back writes nothing twice, and one that goes far back stops the writing (S3)', async (t) => {
  const world = await openWorld(t)
  const [a, b] = [await world.start('a'), await world.start('b')]
  const code = crisisCode(4)
  await a.log.sequencer.append(openBrand())
  await a.log.sequencer.append(openTimed(code, 'S1'))
  await world.jump(HOUR_MS + 1000)
  t.equal(await a.sweep(), 1)
  await world.jump(-2 * 60_000)
  t.same([await a.sweep(), await b.sweep()], [0, 0])
  await b.log.sequencer.append(recordTimed(code, { kind: 'acknowledged' }))
  await world.jump(-HOUR_MS)
  await t.rejects(b.log.sequencer.append(recordTimed(code, { kind: 'statement' })), { code: 'clock' })
  await world.jump(5 * HOUR_MS)
  await Promise.all([a.sweep(), b.sweep()])
  const entries = await entriesOf(a, code)
  t.equal(accountFor(t, entries), 2)
  const times = entries.map(({ entry }) => entry.recordedAt)
  t.same(times, times.toSorted())
  await a.close()
  await b.close()
})

t.test('whatever the clock does and whoever writes: each miss once, none for what was kept', async (t) => {
  const world = await openWorld(t)
  const instances = [await world.start('a'), await world.start('b')]
  await instances[0]!.log.sequencer.append(openBrand())
  const jump = fc.record({
    do: fc.constant('jump' as const),
    // Twelve steps back are less than the five minutes after which nothing is written (S3).
    ms: fc.oneof(fc.integer({ min: -20_000, max: 0 }), fc.integer({ min: 0, max: 40 * HOUR_MS })),
  })
  const write = fc.record({
    do: fc.constant('write' as const),
    by: fc.integer({ min: 0, max: 1 }),
    kind: fc.constantFrom('acknowledged', 'statement', 'cause_identified', 'scope_published', 'apology'),
  })
  const sweep = fc.record({ do: fc.constant('sweep' as const), both: fc.boolean() })
  const story = fc.array(fc.oneof(jump, write, sweep), { minLength: 4, maxLength: 12 })
  let number = 100
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('S1', 'S2', 'S3', 'S4'), story, async (severity, steps) => {
      const code = crisisCode(number++)
      // The clock may have gone back a little: it must not stay behind for ever.
      await world.jump(10 * 60_000)
      await instances[0]!.log.sequencer.append(openTimed(code, severity))
      for (const step of steps) {
        if (step.do === 'jump') await world.jump(step.ms)
        else if (step.do === 'sweep') await Promise.all(instances.slice(0, step.both ? 2 : 1).map((one) => one.sweep()))
        else await instances[step.by]!.log.sequencer.append(recordTimed(code, { kind: step.kind, scope: [] }))
      }
      await world.jump(10 * 60_000)
      await Promise.all(instances.map(async (one) => await one.sweep()))
      accountFor(t, await entriesOf(instances[1]!, code))
    }),
    { numRuns: Number(process.env['RUNS'] ?? 25), interruptAfterTimeLimit: 60_000 },
  )
  t.same((await checkLog(instances[0]!.database)).problems, [])
  for (const one of instances) await one.close()
})

t.test('kill −9 at each step of the sweep: whoever comes next writes what is left, once', async (t) => {
  for (const [number, step] of STEPS.entries()) {
    const world = await openWorld(t)
    const codes = Array.from({ length: 70 }, (_, i) => crisisCode(number * 70 + i))
    const before = await world.start('a')
    await before.log.sequencer.append(openBrand())
    await Promise.all(codes.map(async (code) => await before.log.sequencer.append(openTimed(code, 'S1'))))
    await world.jump(HOUR_MS + 1000)
    const child = spawn(process.execPath, [KILLED_SWEEP, world.dataDir, world.url, String(world.aheadMs), step], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    const [, signal] = (await once(child, 'close')) as [number | null, string | null]
    t.equal(signal, 'SIGKILL', step)
    const left = await before.sweep()
    const expected = step === 'found' ? 70 : step === 'committed' || step === 'signed' ? 0 : 6
    t.ok(left === expected || step === 'committing', `${step}: ${left} crises were left`)
    t.equal(await before.sweep(), 0)
    let misses = 0
    for (const code of codes) misses += accountFor(t, await entriesOf(before, code))
    t.equal(misses, codes.length, step)
    t.same((await checkLog(before.database)).problems, [], step)
    await before.close()
  }
})
