/**
 * An instance of the log under a clock that the test sets, and commands that start and end clocks of crises with the
 * functions of the service: for tests of what the system writes by itself.
 */
import { join } from 'node:path'
import type { JsonObject } from '../../ledger/json.ts'
import type { Milestone } from '../../ledger/milestone.ts'
import { parseEntry } from '../../ledger/entry.ts'
import type { IndexedEntry } from '../../ledger/milestone.ts'
import { openDatabase } from '../../server/db/database.ts'
import type { Database } from '../../server/db/database.ts'
import { milestoneClocks, openingClocks } from '../../server/services/clocks/clock-terms.ts'
import type { Command } from '../../server/services/log/command.ts'
import { writeDueMisses } from '../../server/services/log/due-timer.ts'
import type { Log } from '../../server/services/log/open-log.ts'
import { openSigner } from '../../server/services/log/signer.ts'
import { BRAND, ORIGIN, milestone, openCrisis, openTestLog } from './log.ts'

export type Instance = {
  database: Database
  log: Log
  /** One round of the timer. */
  sweep(): Promise<number>
  close(): Promise<void>
}

/**
 * Opens an instance.
 *
 * @param name tells the data folders of instances apart
 * @param aheadMs how far its clock is ahead of the machine's at this moment
 */
export async function openInstance(
  { url, dataDir, name }: { url: string; dataDir: string; name: string },
  aheadMs: () => number,
): Promise<Instance> {
  const database = await openDatabase({ url, dataDir })
  const signer = await openSigner(join(dataDir, 'log.key'), ORIGIN)
  const clock = (): number => Date.now() + aheadMs()
  const log = await openTestLog({ database, dataDir: join(dataDir, name), signer, clock })
  return {
    database,
    log,
    sweep: async () => await writeDueMisses(database.kysely, log.sequencer),
    close: async () => {
      await log.close()
      await database.close()
    },
  }
}

/** Opens a live crisis whose clocks run, as the API does. */
export function openTimed(code: string, severity: string): Command {
  const opening = openCrisis(code, { severity })
  return {
    needs: opening.needs,
    judge: (snapshot, recordedAt) =>
      Array.from(opening.judge(snapshot, recordedAt), (draft) => {
        const brand = snapshot.brand(BRAND)
        if (draft.type !== 'crisis.opened' || brand === undefined) return draft
        return { ...draft, data: { ...draft.data, ...openingClocks(brand, severity, recordedAt) } }
      }),
  }
}

/** Records a milestone with the clocks that it starts, as the API does. */
export function recordTimed(code: string, members: JsonObject & { kind: string }): Command {
  return {
    needs: { crises: [code] },
    judge: (snapshot, recordedAt) => {
      const state = snapshot.crisis(code)?.state
      if (state === undefined) return []
      const said = { occurredAt: recordedAt, assertedBy: ['brand'], original: 'en', ...members }
      const draft = milestone(code, said)
      const { zone: _, ...data } = draft.data
      return [{ ...draft, data: { ...data, ...milestoneClocks(state, said as unknown as Milestone, recordedAt) } }]
    },
  }
}

/** The entries of a crisis, by seq. */
export async function entriesOf({ log }: Instance, code: string): Promise<IndexedEntry[]> {
  const stored = await log.reader.streamEntries(`crisis:${code}`)
  return stored.map(({ index, bytes }) => ({ index, entry: parseEntry(bytes) }))
}
