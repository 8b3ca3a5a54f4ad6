/** Lateness: the gap between a claim and its recording. */
import t from 'tap'
import { isRecordedLate, recordingGap } from '../../ledger/lateness.ts'
import { CrisisStream } from './crisis-stream.ts'

t.test('recorded late is counted from the latest instant that the claim allows', async (t) => {
  const stream = new CrisisStream()
  const gap = (occurredAt: string, zone: string | undefined, recordedAt: string): number | undefined => {
    stream.milestone({ kind: 'statement', occurredAt, ...(zone === undefined ? {} : { zone }) }, recordedAt)
    return recordingGap(stream.last().entry)
  }
  t.equal(gap('2026-06-14', '+08:00', '2026-06-14T17:00:00.000Z'), 3_600_001)
  t.equal(gap('2026-06-14', '-04:00', '2026-06-14T17:00:00.000Z'), 0, 'the day is not over')
  t.notOk(isRecordedLate(stream.last().entry))
  t.equal(gap('2026-06-13T17:00Z', undefined, '2026-06-14T17:00:59.999Z'), 86_400_000)
  t.notOk(isRecordedLate(stream.last().entry), 'exactly 24 h')
  gap('2026-06-13T17:00Z', undefined, '2026-06-14T17:01:00.000Z')
  t.ok(isRecordedLate(stream.last().entry))
  t.equal(recordingGap(stream.entries[0]!.entry), undefined, 'an opening claims no time')
  t.notOk(isRecordedLate(stream.entries[0]!.entry))
})
