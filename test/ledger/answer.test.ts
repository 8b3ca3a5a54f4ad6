/** Answers: the vectors of the real record, and the order of strictness. */
import t from 'tap'
import { answerFor, wasOnRecord } from '../../ledger/answer.ts'
import type { Answer } from '../../ledger/answer.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { CrisisStream, GTIN, note7Stream } from './crisis-stream.ts'

t.test('the real record answers every vector', async (t) => {
  const { record, stream, indexes } = note7Stream()
  const idAt = new Map([...indexes].map(([id, index]) => [index, id]))
  for (const { asOf, lot, answer, by, mustShow = [] } of record.expect.answers) {
    const given = answerFor({ crises: [stream], gtin: record.product.gtin, lot, asOf })
    t.equal(given.answer, answer, `${lot} as of ${asOf}`)
    t.equal(given.by === null ? undefined : idAt.get(given.by), by, `${lot} as of ${asOf} rests on ${by}`)
    const shown = given.history.map((index) => idAt.get(index))
    for (const id of mustShow) t.ok(shown.includes(id), `${lot} as of ${asOf} shows ${id}, and ${shown.join(' ')}`)
  }
  t.ok(record.expect.answers.length >= 7)
})

const lotScope = (lot: string): JsonObject[] => [{ by: 'batch', gtin: GTIN, lot }]
const ask = (stream: CrisisStream, lot?: string, more: { market?: string; asOf?: string } = {}): Answer =>
  answerFor({ crises: [stream], gtin: GTIN, ...(lot === undefined ? {} : { lot }), ...more })

t.test('R2: a version that narrows for a reason ends the earlier ones, and no advice', async (t) => {
  const stream = new CrisisStream()
  const first = stream.milestone({ kind: 'scope_published', scope: [...lotScope('L1'), ...lotScope('L2')] })
  const silent = stream.milestone({ kind: 'scope_published', scope: lotScope('L2') })
  t.match(ask(stream, 'L1'), { answer: 'check', by: first }, 'without a reason nothing is taken away')
  const said = stream.milestone({
    kind: 'scope_published',
    scope: lotScope('L2'),
    narrowingReason: 'ruled_out_by_test',
  })
  t.match(ask(stream, 'L1'), { answer: 'not_in_published_scope', by: said, scopeVersion: 3 })
  t.match(ask(stream, 'L1', { asOf: String(said) }), { answer: 'check', by: first }, 'as it was before')
  t.match(ask(stream, 'L2'), { answer: 'check', by: said, history: [first, silent, said] })
  const stop = stream.milestone({ kind: 'safety_instruction', advice: { level: 'stop_use', scope: lotScope('L1') } })
  stream.milestone({ kind: 'scope_published', scope: [], narrowingReason: 'ordered' })
  t.match(ask(stream, 'L1'), { answer: 'stop_use', by: stop })
})

t.test(
  'what is overtaken claims nothing any more, but its advice and scope hold until they are replaced',
  async (t) => {
    const stream = new CrisisStream()
    const stop = stream.milestone({ kind: 'safety_instruction', advice: { level: 'stop_use', scope: lotScope('L1') } })
    const claim = stream.milestone({ kind: 'statement', statedUnaffected: lotScope('L2') })
    t.equal(ask(stream, 'L2').answer, 'stated_unaffected')
    stream.milestone({ kind: 'statement', overtakes: [stop, claim, 9_999] })
    t.match(ask(stream, 'L1'), { answer: 'stop_use', by: stop })
    t.equal(ask(stream, 'L2').answer, 'not_in_published_scope')
  },
)

t.test('a closed remedy and a completed recall mend nothing: the goods are still out there', async (t) => {
  const stream = new CrisisStream()
  const remedy = stream.milestone({ kind: 'remedy_announced', remedy: 'r1', scope: lotScope('L1') })
  stream.milestone({ kind: 'remedy_opened', remedy: 'r1' })
  stream.milestone({ kind: 'remedy_closed', remedy: 'r1', closingReason: 'period_over' })
  t.match(ask(stream, 'L1'), { answer: 'check', by: remedy })
  const advice = { level: 'return', scope: lotScope('L2') }
  const recall = stream.milestone({ kind: 'recall_initiated', recall: 'cn', advice })
  stream.milestone({ kind: 'recall_completed', recall: 'cn' })
  t.match(ask(stream, 'L2'), { answer: 'return', by: recall })
})

t.test('a batch that nothing names is not in the published scope, or no scope is published yet', async (t) => {
  const stream = new CrisisStream()
  t.match(ask(stream, 'L1'), { answer: 'not_in_published_scope', by: null, scopeVersion: null })
  const scope = stream.milestone({ kind: 'scope_published', scope: lotScope('L2') })
  t.match(ask(stream, 'L1'), { answer: 'not_in_published_scope', by: scope, scopeVersion: 1 })
  t.match(ask(stream, 'L2'), { answer: 'check', by: scope })
  t.match(ask(stream, 'L9'), { answer: 'unknown_batch', by: null })
  t.match(ask(stream), { answer: 'product_only', by: null })
})

t.test('the strictest advice in force wins, and of equals the later', async (t) => {
  const stream = new CrisisStream()
  const stop = stream.milestone({ kind: 'safety_instruction', advice: { level: 'stop_use', scope: lotScope('L1') } })
  const back = stream.milestone({
    kind: 'recall_initiated',
    recall: 'r1',
    advice: { level: 'return', scope: lotScope('L1') },
  })
  t.match(ask(stream, 'L1'), { answer: 'stop_use', by: stop })
  const again = stream.milestone({ kind: 'safety_instruction', advice: { level: 'stop_use', scope: lotScope('L1') } })
  t.match(ask(stream, 'L1'), { answer: 'stop_use', by: again, history: [stop, back, again] })
  stream.milestone({
    kind: 'safety_instruction',
    replaces: [stop, again],
    advice: { level: 'check', scope: lotScope('L2') },
  })
  t.match(ask(stream, 'L1'), { answer: 'return', by: back })
})

t.test('a correction takes away the force of what did not occur, not of what is only incomplete', async (t) => {
  const stream = new CrisisStream()
  const stop = stream.milestone({ kind: 'safety_instruction', advice: { level: 'stop_use', scope: lotScope('L1') } })
  stream.add('correction.recorded', { corrects: stop, reason: 'incomplete' }, '2026-06-14T09:00:00.000Z')
  t.equal(ask(stream, 'L1').answer, 'stop_use')
  stream.add('correction.recorded', { corrects: stop, reason: 'did_not_occur' }, '2026-06-14T10:00:00.000Z')
  t.equal(ask(stream, 'L1').answer, 'not_in_published_scope')
  t.equal(ask(stream, 'L1', { asOf: String(stream.last().index) }).answer, 'stop_use', 'as of the size before it')
})

t.test('a withdrawn remedy no longer asks for a check, whichever of its entries is named', async (t) => {
  for (const named of [0, 1]) {
    const stream = new CrisisStream()
    const steps = [
      stream.milestone({ kind: 'remedy_announced', remedy: 'r1', scope: lotScope('L1') }),
      stream.milestone({ kind: 'remedy_opened', remedy: 'r1', scope: lotScope('L1') }),
    ]
    t.match(ask(stream, 'L1'), { answer: 'check', by: steps[1] })
    stream.milestone({ kind: 'remedy_withdrawn', withdraws: [steps[named]!], reason: 'hazard_not_removed' })
    t.equal(ask(stream, 'L1').answer, 'not_in_published_scope')
  }
})

t.test('a market counts when the entry is about it; without one all do', async (t) => {
  const stream = new CrisisStream()
  const advice = { level: 'stop_use', scope: lotScope('L1') }
  stream.milestone({ kind: 'safety_instruction', advice, markets: ['*', '-CN'] })
  t.equal(ask(stream, 'L1', { market: 'CN' }).answer, 'not_in_published_scope')
  t.equal(ask(stream, 'L1', { market: 'US' }).answer, 'stop_use')
  t.equal(ask(stream, 'L1').answer, 'stop_use')
})

t.test('all of a product covers batches that are on no record; versions and serials ask for a check', async (t) => {
  const all = new CrisisStream()
  all.milestone({ kind: 'safety_instruction', advice: { level: 'return', scope: [{ by: 'all', gtin: GTIN }] } })
  t.equal(ask(all, 'X-UNKNOWN').answer, 'return')
  t.equal(ask(all).answer, 'return')
  const serials = new CrisisStream()
  const scope = [{ by: 'serial', gtin: GTIN, from: 'A1', to: 'A9' }]
  serials.milestone({ kind: 'safety_instruction', advice: { level: 'stop_use', scope } })
  t.equal(ask(serials, 'L1').answer, 'check')
})

t.test('several crises answer gravest first, and a batch known to one is known to all', async (t) => {
  const quiet = new CrisisStream({ products: [{ gtin: GTIN, batches: [] }], code: 'CR-AAAAAAAA' })
  const grave = new CrisisStream()
  grave.milestone({ kind: 'safety_instruction', advice: { level: 'stop_use', scope: lotScope('L1') } })
  const given = answerFor({ crises: [quiet, grave], gtin: GTIN, lot: 'L1' })
  t.match(given, { answer: 'stop_use', crisis: 'CR-7K2M9QPD' })
  const both = answerFor({ crises: [quiet, new CrisisStream()], gtin: GTIN })
  t.same([both.answer, both.perCrisis.length], ['product_only', 2])
  const torn = { entries: grave.entries.slice(1) }
  t.equal(answerFor({ crises: [torn, { entries: [] }], gtin: GTIN }).answer, 'nothing_recorded')
  t.same(
    given.perCrisis.map(({ answer }) => answer),
    ['stop_use', 'not_in_published_scope'],
  )
})

t.test('a product without a crisis has nothing recorded, also before anything had happened', async (t) => {
  t.match(answerFor({ crises: [], gtin: GTIN, lot: 'L1' }), { answer: 'nothing_recorded', perCrisis: [] })
  t.equal(answerFor({ crises: [new CrisisStream()], gtin: '09520123456795' }).answer, 'nothing_recorded')
  const { stream } = note7Stream()
  t.equal(ask(stream, 'A-ORIGINAL', { asOf: '2016-01-01' }).answer, 'nothing_recorded')
  t.equal(ask(stream, 'A-ORIGINAL', { asOf: '2016-10-10T12:00:00.000Z' }).answer, 'stop_use')
})

t.test('a batch counts from the size on at which it was registered; a day asks for what had happened', async (t) => {
  t.same(
    [undefined, '2016-09-02', '7', '6'].map((asOf) => wasOnRecord(6, asOf)),
    [true, true, true, false],
  )
})

t.test('a time that is neither size nor day nor instant is refused', async (t) => {
  for (const asOf of ['yesterday', '2016-13-01', '2016-09-02T14:30Z']) {
    t.throws(() => ask(new CrisisStream(), 'L1', { asOf }), { code: 'instant_malformed' })
  }
})
