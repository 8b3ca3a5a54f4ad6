/** The rules of streams, one entry at a time. */
import t from 'tap'
import type { Entry } from '../../ledger/entry.ts'
import { leafHash } from '../../ledger/hash.ts'
import { StreamAudit } from '../../ledger/stream-audit.ts'
import type { CheckFailure } from '../../ledger/verdict.ts'
import { CRISIS, SampleLog, openCrisis, openedLog, sampleLog } from './sample-log.ts'

/** Every rule that the entries of a log break, as "index code". */
function faults(log: SampleLog): string[] {
  const audit = new StreamAudit()
  const found: string[] = []
  for (const [index, bytes] of log.bytes.entries()) {
    const entry = log.entry(index)
    try {
      audit.open(index, entry)
    } catch (error) {
      found.push(`${index} ${(error as CheckFailure).code}`)
    }
    audit.follow(index, entry, leafHash(bytes), (failure) => found.push(`${index} ${failure.code}`))
  }
  return found
}

t.test('a true log breaks none', async (t) => {
  t.strictSame(faults(sampleLog()), [])
})

t.test('after a fault a stream is counted on, so that one fault is not many', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const at = log.add({ type: 'milestone.recorded', stream: CRISIS, with: { seq: 7 } })
  log.add({ type: 'milestone.recorded', stream: CRISIS })
  t.strictSame(faults(log), [`${at} seq_broken`])
})

t.test('links, brands and openings are judged', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const from = log.size
  log.add({ type: 'milestone.recorded', stream: CRISIS, with: { prev: 'A'.repeat(43) } })
  log.add({ type: 'milestone.recorded', stream: CRISIS, with: { brand: 'zeta' } })
  log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: CRISIS } })
  log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: 'brand:zeta' } })
  log.add({ type: 'stream.opened', stream: 'ledger', data: { opens: 'crisis:CR-2' } })
  log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: 'ledger' } })
  log.add({ type: 'milestone.recorded', stream: 'crisis:CR-3' })
  log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: 'crisis:CR-4' } })
  log.add({ type: 'milestone.recorded', stream: 'crisis:CR-4', with: { brand: 'zeta' } })
  log.add({ type: 'ledger.opened', stream: 'ledger' })
  log.add({ type: 'stream.opened', stream: 'ledger', data: {} })
  t.strictSame(faults(log), [
    `${from} prev_broken`,
    `${from + 1} brand_differs`,
    `${from + 2} stream_opened_twice`,
    `${from + 3} opened_elsewhere`,
    `${from + 4} opened_elsewhere`,
    `${from + 5} stream_not_opened`,
    `${from + 6} stream_not_opened`,
    `${from + 8} brand_differs`,
    `${from + 9} stream_not_opened`,
    `${from + 10} stream_not_opened`,
  ])
})

t.test('a log begins by opening itself, and counts its streams', async (t) => {
  const log = new SampleLog()
  log.add({ type: 'ledger.key', stream: 'ledger' })
  t.strictSame(faults(log), ['0 stream_not_opened'])
  const audit = new StreamAudit()
  t.equal(audit.size, 0)
  const entry: Entry = log.entry(0)
  t.match(
    audit.follow(0, entry, new Uint8Array(32), () => t.fail()),
    { stream: 'ledger', count: 1 },
  )
  t.equal(audit.size, 1)
})
