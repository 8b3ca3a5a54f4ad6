/** Receipts: exactly these members, each once, and read as they were written. */
import t from 'tap'
import { utf8 } from '../../ledger/bytes.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { formatReceipt, parseReceipt, timelineOf } from '../../ledger/receipt.ts'
import { pointsLog } from './points-log.ts'

const receipt = pointsLog().receipt('H-A')
const whole = JSON.parse(formatReceipt(receipt)) as JsonObject
const parsed = (json: JsonObject): unknown => parseReceipt(utf8(JSON.stringify(json)))
const malformed = { code: 'bundle_malformed' }

t.test('a receipt is read as it was written', async (t) => {
  t.strictSame(parseReceipt(utf8(formatReceipt(receipt))), receipt)
  const { balance: _balance, ...without } = receipt
  t.strictSame(parseReceipt(utf8(formatReceipt(without))), without)
  t.ok(
    receipt.entries.some(({ openings }) => openings === undefined),
    'entries of nobody have no openings',
  )
})

t.test('I30: it has exactly its members', async (t) => {
  for (const name of Object.keys(whole).filter((name) => name !== 'balance')) {
    const { [name]: _gone, ...rest } = whole
    t.throws(() => parsed(rest), malformed, `without ${name}`)
  }
  t.throws(() => parsed({ ...whole, note: 'x' }), malformed)
  t.throws(() => parsed({ ...whole, format: 'trust-ledger/receipt@2' }), malformed)
  t.throws(() => parseReceipt(utf8('[]')), malformed)
  t.throws(() => parseReceipt(utf8('{')), { code: 'json_malformed' })
  const [entry] = whole['entries'] as JsonObject[]
  for (const fault of [{ openings: 'x' }, { openings: [3] }, { disclosures: 3 }, { note: 'x' }]) {
    t.throws(() => parsed({ ...whole, entries: [{ ...entry, ...fault }] }), malformed)
  }
  const balance = whole['balance'] as JsonObject
  for (const fault of [
    { salt: 3 },
    { commitment: 3 },
    { balance: -1 },
    { leaf: '0' },
    { path: ['*'] },
    { path: 'x' },
  ]) {
    t.throws(() => parsed({ ...whole, balance: { ...balance, ...fault } }), malformed)
  }
})

t.test('the checks of a timeline see it as one without heads', async (t) => {
  const bundle = timelineOf(receipt)
  t.equal(bundle.format, 'trust-ledger/timeline@1')
  t.equal(bundle.heads, undefined)
  t.equal(bundle.entries.length, receipt.entries.length)
  t.notOk('balance' in bundle)
})
