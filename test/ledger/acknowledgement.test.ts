/** Time to acknowledge: a figure only where both ends are known to the minute and recorded live, else why not (CL5). */
import t from 'tap'
import { timeToAcknowledge } from '../../ledger/acknowledgement.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { CrisisStream, note7Stream } from './crisis-stream.ts'

const at = (time: string): string => `2026-06-14T${time}:00.000Z`

/** A signal, and its acknowledgement at 09:30. */
function told(signal: JsonObject, acknowledged: JsonObject = {}, recordedAt = at('09:31'), mode = 'live') {
  const stream = new CrisisStream({ mode }, at('08:00'))
  const trigger = stream.milestone({ kind: 'signal_noted', ...signal }, at('09:00'))
  const index = stream.milestone(
    { kind: 'acknowledged', trigger, occurredAt: at('09:30'), ...acknowledged },
    recordedAt,
  )
  return { stream, trigger, index, time: timeToAcknowledge(stream.entries) }
}

t.test('between two times that are known to the minute, in whole minutes', async (t) => {
  const { time, trigger, index } = told({ occurredAt: '2026-06-14T08:47Z' })
  t.same(time, { minutes: 43, trigger, acknowledged: index })
  t.match(told({ occurredAt: '2026-06-14T09:29:30.000Z' }).time, { minutes: 0 })
  t.match(told({ occurredAt: '2026-06-14T09:30Z' }, { occurredAt: '2026-06-14T09:30Z' }).time, { minutes: 0 })
  t.match(told({ occurredAt: '2026-06-14T09:30:40.000Z' }, { occurredAt: '2026-06-14T09:30Z' }).time, { minutes: 0 })
})

t.test('without such times there is a reason and no figure (CL5)', async (t) => {
  const minute = { occurredAt: '2026-06-14T08:47Z' }
  const day = { occurredAt: '2026-06-14', zone: '+08:00' }
  t.match(told(minute, {}, at('09:31'), 'reconstructed').time, { reason: 'reconstructed' })
  t.match(told(minute, { trigger: 999 }).time, { reason: 'no_trigger' })
  t.match(told(minute, { trigger: 10 }).time, { reason: 'no_trigger' }, 'the opening is no signal')
  t.match(told(day).time, { reason: 'trigger_not_to_the_minute' })
  t.match(told(minute, day).time, { reason: 'acknowledged_not_to_the_minute' })
  t.match(told(minute, {}, at('09:46')).time, { reason: 'recorded_late' })
  t.match(told(minute, {}, at('09:45')).time, { minutes: 43 })
  t.match(told({ occurredAt: '2026-06-14T09:40Z' }).time, { reason: 'before_trigger' })
})

t.test('nothing is said while nobody has acknowledged, and the first acknowledgement counts', async (t) => {
  t.equal(timeToAcknowledge(new CrisisStream().entries), undefined)
  const { stream, index } = told({ occurredAt: '2026-06-14T08:47Z' })
  stream.milestone({ kind: 'acknowledged' }, at('12:00'))
  t.match(timeToAcknowledge(stream.entries), { acknowledged: index })
  t.match(timeToAcknowledge(note7Stream().stream.entries), { reason: 'reconstructed' })
})
