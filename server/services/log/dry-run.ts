/**
 * A command judged as if it were written, for people who want to see first what they are about to do: the same read,
 * the same guards, the same bytes, but from a read-only transaction without the lock of the log. No index is used up,
 * no answer is stored, no state of a crisis is kept. What is true now may be otherwise when the request is sent for good.
 */

import { applyDisclosures, parseDisclosure } from '../../../ledger/disclosure.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { Session } from '../../db/session.ts'
import { readAt } from './append.ts'
import type { AppendContext } from './append.ts'
import { judgeAlone } from './batch.ts'
import type { Command, CrisisRow } from './command.ts'

/** An entry as it would be written. `disclosures`: in the order of its digests. */
export type WouldBeEntry = {
  index: number
  type: string
  stream: string
  seq: number
  bytes: Uint8Array
  disclosures: string[]
  /** With the texts in their places, without salts. */
  data: JsonObject
}

export type DryRun = {
  /** The size of the log that it was judged by. */
  size: number
  entries: readonly WouldBeEntry[]
  /** Crises as they would be after it. */
  crises: readonly CrisisRow[]
  /** Streams that would grow, and to how many entries. */
  streams: readonly { name: string; count: number }[]
  /** Disclosures that would be erased. */
  erased: readonly { entryIndex: number; digest: string }[]
}

/**
 * Judges a command without writing, and without the lock: a dry run must never make a writer wait.
 *
 * @throws AppError whatever the command would be refused with, and clock
 */
export async function judgeDry(context: AppendContext, command: Command): Promise<DryRun> {
  return await context.database.transaction({ isolation: 'snapshot' }, async (session) =>
    judgeOn(context, session, command),
  )
}

async function judgeOn(context: AppendContext, session: Session, command: Command): Promise<DryRun> {
  const { state, recordedAt } = await readAt(context, session, [command])
  const { judged, entries } = judgeAlone(command, state, recordedAt, context.dueMisses)
  const [outcome] = judged
  if (outcome?.outcome === 'refused') throw outcome.error
  const { rows } = state.snapshot
  return {
    size: state.head.size,
    entries: entries.map(({ index, bytes, disclosures }) => {
      const { type, stream, seq, data, sd = [] } = parseEntry(bytes)
      const bodies = sd.flatMap((digest) => disclosures.find((row) => row.digest === digest)?.body ?? [])
      const whole = applyDisclosures(data, bodies.map(parseDisclosure))
      return { index, type, stream, seq, bytes, disclosures: bodies, data: whole }
    }),
    crises: rows.crisis.changed(),
    streams: rows.stream
      .changed()
      .filter(({ count }) => count > 0)
      .map(({ name, count }) => ({ name, count })),
    erased: rows.erased.changed(),
  }
}
