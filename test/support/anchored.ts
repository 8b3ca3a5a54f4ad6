/**
 * Waiting for anchors by the public addresses alone. An anchor that covers an entry need not count it: what arrives while
 * the log is counted stands before the heads entry, and is counted by the next one. Until then verifiers call it pending.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseBase64url } from '../../ledger/bytes.ts'
import { parseEntry } from '../../ledger/entry.ts'

const WAIT_MS = 60_000
const POLL_MS = 100

/**
 * Waits until the newest anchor counts everything that is in the log.
 *
 * @throws Error when that takes longer than a minute
 */
export async function untilAllCounted(baseUrl: string): Promise<void> {
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (await fetch(`${baseUrl}${path}`)).json()) as Answer
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const { anchors } = await ask<{ anchors: { size: number }[] }>('/v1/anchors?limit=1')
    const { size } = await ask<{ size: number }>('/v1/log')
    if (anchors[0]?.size === size) {
      const { bytes } = await ask<{ bytes: string }>(`/v1/entries/${size - 1}`)
      if (parseEntry(parseBase64url(bytes)).data['size'] === size - 1) return
    }
    await sleep(POLL_MS)
  }
  throw new Error('not everything was counted and anchored within a minute')
}
