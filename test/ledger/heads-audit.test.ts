/** Counting every heads entry again. */
import t from 'tap'
import { base64url } from '../../ledger/bytes.ts'
import { leafHash } from '../../ledger/hash.ts'
import { HeadsAudit } from '../../ledger/heads-audit.ts'
import type { CheckFailure } from '../../ledger/verdict.ts'
import type { SampleLog } from './sample-log.ts'
import { CRISIS, milestone, openCrisis, openedLog, sampleLog } from './sample-log.ts'

/** The code of each heads entry's fault, or held. */
function judged(log: SampleLog): string[] {
  const audit = new HeadsAudit()
  const counts = new Map<string, number>()
  const found: string[] = []
  for (const [index, bytes] of log.bytes.entries()) {
    const entry = log.entry(index)
    if (audit.isHeads(entry)) {
      try {
        audit.recount(index, entry)
        found.push('held')
      } catch (error) {
        found.push((error as CheckFailure).code)
      }
    }
    const count = (counts.get(entry.stream) ?? 0) + 1
    counts.set(entry.stream, count)
    audit.count(index, { stream: entry.stream, count, head: base64url(leafHash(bytes)) })
  }
  return found
}

t.test('true heads hold, also when they count a size before their own', async (t) => {
  t.strictSame(judged(sampleLog()), ['held', 'held', 'held'])
  const log = openedLog()
  log.addHeads()
  const size = log.size
  openCrisis(log)
  log.addHeads(size)
  log.addHeads(size + 1)
  log.addHeads()
  t.strictSame(judged(log), ['held', 'held', 'held', 'held'])
})

t.test('false heads are named, and do not hide later ones', async (t) => {
  const log = openedLog()
  openCrisis(log)
  log.addHeads(log.size, log.headsBelow(log.size - 1))
  log.addHeads(log.size, undefined, { root: 'A'.repeat(43) })
  milestone(log)
  log.addHeads(log.size, undefined, { streams: 2 })
  log.addHeads(2)
  log.addHeads(log.size, undefined, { root: 5 })
  log.addHeads()
  t.strictSame(judged(log), [
    'heads_mismatch',
    'heads_mismatch',
    'heads_mismatch',
    'heads_order',
    'heads_malformed',
    'held',
  ])
})

t.test('only the stream ledger has heads', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const index = milestone(log, {}, { type: 'ledger.heads' })
  t.notOk(new HeadsAudit().isHeads(log.entry(index)))
  t.equal(log.entry(index).stream, CRISIS)
})
