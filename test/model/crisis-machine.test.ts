/**
 * Random commands on a fake clock against a slow model: one claim, over tens of thousands of steps. A failure names the
 * seed; `SEED=… node test/model/crisis-machine.test.ts` plays the same again.
 */
import t from 'tap'
import { ORDER_RULES } from '../../ledger/crisis-rules.ts'
import { Dice } from './commands.ts'
import { Machine, prepare } from './machine.ts'
import { MemoryLog } from './memory-log.ts'
import { ServiceLog } from './service-log.ts'

const STEPS = 22_000
/** Chance may leave a rule untried for long: the play goes on until each has refused something, but no longer than this. */
const STEPS_MAX = 5 * STEPS
const STEPS_OF_A_CRISIS = 70
const START = Date.parse('2026-06-01T00:00:00.000Z')
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

t.test(`C1 C2 C3 M1 M2 M3 M4 W1 W2 W3 W4 R1 R2 R3 RC1: ${STEPS} random steps agree with the model`, async (t) => {
  t.comment(`seed ${SEED}`)
  const dice = new Dice(SEED)
  const log = new MemoryLog()
  await prepare(log, new Date(START).toISOString())
  const refusals = new Set<string>()
  const total = { accepted: 0, refused: 0, marked: 0, missed: 0 }
  let now = START
  let steps = 0
  const isUntried = (): boolean => ORDER_RULES.some((rule) => !refusals.has(rule))
  for (let number = 0; steps < STEPS || (steps < STEPS_MAX && isUntried()); number++) {
    const machine = await Machine.open(log, dice, number, now)
    machine.stateNow = () => log.snapshot.crisis(machine.code)!.state
    for (let step = 0; step < STEPS_OF_A_CRISIS; step++, steps++) {
      try {
        await machine.play()
        machine.compare()
      } catch (error) {
        t.comment(JSON.stringify(machine.history.slice(-40)))
        throw new Error(`seed ${SEED}, crisis ${number}, step ${step}: ${(error as Error).message}`, { cause: error })
      }
    }
    now = machine.now
    for (const code of machine.refusals) refusals.add(code)
    for (const name of ['accepted', 'refused', 'marked', 'missed'] as const) total[name] += machine.counts[name]
  }
  t.comment(JSON.stringify(total))
  t.ok(total.accepted > STEPS / 4, 'many commands are accepted')
  t.ok(total.refused > STEPS / 10, 'many are refused')
  t.ok(total.marked > 100 && total.missed > 100, 'many are marked or missed')
  for (const rule of ORDER_RULES) t.ok(refusals.has(rule), `${rule} refused something`)
})

const SLICE = 6

t.test('the service on a database plays a slice of the same commands to the same end', async (t) => {
  t.comment(`seed ${SEED}`)
  const memory = new MemoryLog()
  const service = await ServiceLog.open(t, START)
  await prepare(memory, new Date(START).toISOString())
  await prepare(service, new Date(START).toISOString())
  const dice = [new Dice(SEED), new Dice(SEED)] as const
  let now = START
  for (let number = 0; number < SLICE; number++) {
    const judged = await Machine.open(memory, dice[0], number, now)
    const served = await Machine.open(service, dice[1], number, now)
    judged.stateNow = () => memory.snapshot.crisis(judged.code)!.state
    served.stateNow = () => service.states.get(served.code)!
    for (let step = 0; step < STEPS_OF_A_CRISIS; step++) {
      const [first, second] = [await judged.play(), await served.play()]
      if (first.code !== second.code || first.kinds.join() !== second.kinds.join()) {
        t.fail(`seed ${SEED}, crisis ${number}, step ${step}: ${JSON.stringify([first, second])}`)
        return
      }
      judged.compare()
      served.compare()
    }
    t.equal(served.entries.length, judged.entries.length, `crisis ${number} has as many entries`)
    now = judged.now
  }
})
