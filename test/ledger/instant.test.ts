/** Instants, days and due times. */
import fc from 'fast-check'
import t from 'tap'
import {
  dayEndAfterMonths,
  dueInstant,
  formatInstant,
  isDay,
  isDue,
  isInstant,
  isZone,
  parseInstant,
  parseOccurredAt,
} from '../../ledger/instant.ts'

const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

t.test('every instant of the years 0 to 9999 is written and read as the engine does', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST, max: LAST }), (ms) => {
      const instant = new Date(ms).toISOString()
      t.equal(formatInstant(ms), instant)
      t.equal(parseInstant(instant), ms)
    }),
    { numRuns: 2000 },
  )
  for (const ms of [FIRST, -1, 0, LAST, Date.UTC(2000, 1, 29), Date.UTC(1900, 2, 1), Date.UTC(2100, 1, 28)]) {
    t.equal(formatInstant(ms), new Date(ms).toISOString())
  }
})

t.test('an instant beyond these years, or between two milliseconds, cannot be written', async (t) => {
  for (const ms of [FIRST - 1, LAST + 1, 0.5, NaN, Infinity]) {
    t.throws(() => formatInstant(ms), { code: 'instant_malformed' }, String(ms))
  }
})

const NOT_INSTANTS = [
  '2026-11-22T06:00:00Z',
  '2026-11-22T06:00:00.000',
  '2026-11-22T06:00:00.000+00:00',
  '2026-11-22 06:00:00.000Z',
  '2026-02-29T00:00:00.000Z',
  '2026-13-01T00:00:00.000Z',
  '2026-00-01T00:00:00.000Z',
  '2026-01-00T00:00:00.000Z',
  '2026-04-31T00:00:00.000Z',
  '2026-01-01T24:00:00.000Z',
  '2026-01-01T00:60:00.000Z',
  '2026-01-01T00:00:60.000Z',
  '+002026-01-01T00:00:00.000Z',
  '2026-11-22T06:00:00.000Z\n',
]

t.test('I23: every other form, and every day and time that does not exist, is refused', async (t) => {
  for (const value of NOT_INSTANTS) {
    t.throws(() => parseInstant(value), { code: 'instant_malformed' }, JSON.stringify(value))
    t.notOk(isInstant(value))
  }
  t.ok(isInstant('2024-02-29T23:59:59.999Z'))
  t.notOk(isInstant(0))
})

t.test('I24: a claim allows every instant of the precision that it is made with', async (t) => {
  t.same(parseOccurredAt('2016-09-02', '+09:00'), {
    precision: 'day',
    earliest: Date.parse('2016-09-01T15:00:00.000Z'),
    latest: Date.parse('2016-09-02T14:59:59.999Z'),
  })
  t.same(parseOccurredAt('2016-09-02T14:30Z'), {
    precision: 'minute',
    earliest: Date.parse('2016-09-02T14:30:00.000Z'),
    latest: Date.parse('2016-09-02T14:30:59.999Z'),
  })
  const ms = Date.parse('2016-09-02T14:30:10.005Z')
  t.same(parseOccurredAt('2016-09-02T14:30:10.005Z'), { precision: 'millisecond', earliest: ms, latest: ms })
})

t.test('I24: a day needs a zone, and nothing else may have one', async (t) => {
  t.throws(() => parseOccurredAt('2016-09-02'), { code: 'instant_malformed' })
  t.throws(() => parseOccurredAt('2016-09-02T14:30Z', '+09:00'), { code: 'instant_malformed' })
  t.throws(() => parseOccurredAt('2016-09-02T25:30Z'), { code: 'instant_malformed' })
  t.throws(() => parseOccurredAt('yesterday'), { code: 'instant_malformed' })
})

t.test('days and zones are told from what only looks like them', async (t) => {
  t.strictSame(['2016-02-29', '2015-02-29', '2016-9-2', '', 5].map(isDay), [true, false, false, false, false])
  const zones = ['+00:00', '-05:30', '+14:00', '+14:01', '-14:00', '+05:60', '-00:00', 'Z', '+9:00', 9]
  t.strictSame(zones.map(isZone), [true, true, true, false, true, false, false, false, false, false])
})

t.test('a due day ends at 24:00 in its zone, which is +08:00 unless it names one', async (t) => {
  t.equal(dueInstant({ date: '2026-11-22' }), '2026-11-22T16:00:00.000Z')
  t.equal(dueInstant({ date: '2026-11-22', zone: '-05:00' }), '2026-11-23T05:00:00.000Z')
  t.equal(dueInstant({ at: '2026-11-22T06:00:00.000Z' }), '2026-11-22T06:00:00.000Z')
  t.throws(() => dueInstant({ at: '2026-11-22' }), { code: 'instant_malformed' })
  const table: [unknown, boolean][] = [
    [{ date: '2026-11-22' }, true],
    [{ date: '2026-11-22', zone: '-05:00' }, true],
    [{ at: '2026-11-22T06:00:00.000Z' }, true],
    [{ date: '2026-11-31' }, false],
    [{ date: '2026-11-22', zone: 'UTC' }, false],
    [{}, false],
    [[], false],
    ['2026-11-22', false],
    [null, false],
    [undefined, false],
  ]
  for (const [value, is] of table) t.equal(isDue(value), is, JSON.stringify(value))
})

t.test('the end of a day some months later, in a zone; the last day of a shorter month', async (t) => {
  t.equal(dayEndAfterMonths('2026-01-31T00:00:00.000Z', 1), '2026-02-28T16:00:00.000Z')
  t.equal(dayEndAfterMonths('2026-01-31T16:00:00.000Z', 1), '2026-03-01T16:00:00.000Z', 'already 1 February there')
  t.equal(dayEndAfterMonths('2027-12-31T00:00:00.000Z', 2, '+00:00'), '2028-03-01T00:00:00.000Z', 'a leap year')
  t.equal(dayEndAfterMonths('2026-06-14T00:00:00.000Z', 12, '-05:00'), '2027-06-14T05:00:00.000Z')
  t.throws(() => dayEndAfterMonths('9999-06-14T00:00:00.000Z', 12), { code: 'instant_malformed' })
})

t.test('what was found to be an instant is one again, and no number of them changes what is none', (t) => {
  for (let round = 0; round < 2; round++) {
    for (let second = 0; second < 40; second++) {
      t.ok(isInstant(formatInstant(second * 1000)))
      t.ok(isInstant(formatInstant(second * 1000)))
      t.notOk(isInstant(`1970-01-01T00:00:${String(second).padStart(2, '0')}Z`))
    }
  }
  t.notOk(isInstant(0))
  t.end()
})
