/**
 * A process that sweeps due times and kills itself by SIGKILL at one step of its second transaction: nothing of ours runs
 * after it, as when the machine takes the process away. There must be more crises due than one transaction takes.
 *
 *     node killed-sweep.ts DATA_DIR DATABASE_URL AHEAD_MS STEP
 */
import { join } from 'node:path'
import { openDatabase } from '../../server/db/database.ts'
import type { Database } from '../../server/db/database.ts'
import type { Session } from '../../server/db/session.ts'
import { writeDueMisses } from '../../server/services/log/due-timer.ts'
import { openSigner } from '../../server/services/log/signer.ts'
import { ORIGIN, openTestLog } from './log.ts'

/**
 * In the order of the sweep. `found`: none began; `locked`: before anything is sent behind the lock; `written`: the write
 * was sent, but not COMMIT; `committing`: COMMIT is on its way, and nobody waits for its answer.
 */
export const STEPS = ['found', 'locked', 'read', 'written', 'committing', 'committed', 'signed'] as const
export type Step = (typeof STEPS)[number]

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('still alive')
}

async function sweepAndDie(dataDir: string, url: string, aheadMs: number, step: Step): Promise<void> {
  let transactions = 0
  const at = (reached: Step): void => {
    if (transactions === 2 && reached === step) die()
  }
  const real = await openDatabase({ url, dataDir })
  const watched = (session: Session): Session => ({
    query: async (statement, parameters) => {
      const rows = await session.query<never>(statement, parameters)
      at('read')
      return rows
    },
    send: (statement, parameters) => {
      session.send(statement, parameters)
      at('written')
      if (transactions === 2 && step === 'committing') setImmediate(die)
    },
  })
  let isSweeping = false
  const database: Database = {
    ...real,
    transaction: async (beginning, work) => {
      if (isSweeping) transactions += 1
      const result = await real.transaction(beginning, async (session) => {
        at('locked')
        return await work(watched(session))
      })
      at('committed')
      return result
    },
  }
  const signer = await openSigner(join(dataDir, 'log.key'), ORIGIN)
  const clock = (): number => Date.now() + aheadMs
  const { sequencer } = await openTestLog({ database, dataDir: join(dataDir, 'killed'), signer, clock })
  isSweeping = true
  await writeDueMisses(real.kysely, {
    append: async (command) => {
      if (step === 'found') die()
      const result = await sequencer.append(command)
      at('signed')
      return result
    },
  })
}

const [dataDir = '', url = '', aheadMs = '0', step = 'found'] = process.argv.slice(2)
await sweepAndDie(dataDir, url, Number(aheadMs), step as Step)
process.stdout.write('the sweep came to its end\n')
