/** Openings: what an entry says of one holder, in one form, and nothing else. */
import t from 'tap'
import { disclosureDigest, formatDisclosure } from '../../ledger/disclosure.ts'
import { formatOpening, parseOpening, sideName } from '../../ledger/holder-opening.ts'
import type { Opening } from '../../ledger/holder-opening.ts'
import type { JsonValue } from '../../ledger/json.ts'

const SALT = 'A'.repeat(22)
const EXPIRES = '2027-06-14T16:00:00.000Z'
const SIDE = { holder: 'H-1', previous: 0, current: 100, version: 1 }
const tranches = [
  { grant: 3, amount: 60, expiresAt: EXPIRES },
  { grant: 4, amount: 40 },
]

const OPENINGS: readonly Opening[] = [
  { kind: 'side', posting: 0, side: 'to', value: SIDE },
  { kind: 'side', posting: 12, side: 'from', value: { ...SIDE, tranches } },
  { kind: 'holder', value: { holder: 'H-1', number: 1 } },
  { kind: 'choice', value: { token: 'abc', choice: ['lid', 'cup'] } },
  { kind: 'choice', value: { token: 'abc', choice: [] } },
]

t.test('what is formatted is read again, with its digest', async (t) => {
  for (const opening of OPENINGS) {
    const text = formatOpening(SALT, opening)
    t.strictSame(parseOpening(text), { ...opening, digest: disclosureDigest(text) })
  }
  t.equal(sideName(3, 'from'), '/postings/3/from')
})

t.test('everything else is refused', async (t) => {
  const refused: readonly [name: string, value: JsonValue][] = [
    ['/holder', 'H-1'],
    ['/holder', { holder: 3, number: 1 }],
    ['/holder', { holder: 'H-1' }],
    ['/holder', { holder: 'H-1', number: 0 }],
    ['/holder', { holder: 'H-1', number: '1' }],
    ['/holder', { holder: 'H-1', number: 1, name: 'x' }],
    ['/choice', { token: '', choice: [] }],
    ['/choice', { token: 3, choice: [] }],
    ['/choice', { token: 'a', choice: 'lid' }],
    ['/choice', { token: 'a', choice: [1] }],
    ['/choice', { token: 'a', choice: [], holder: 'H-1' }],
    ['/postings/0/to', { ...SIDE, holder: 3 }],
    ['/postings/0/to', { ...SIDE, previous: -1 }],
    ['/postings/0/to', { ...SIDE, current: '5' }],
    ['/postings/0/to', { ...SIDE, version: 0 }],
    ['/postings/0/to', { ...SIDE, version: 'x' }],
    ['/postings/0/to', { ...SIDE, note: 'x' }],
    ['/postings/0/to', { ...SIDE, tranches: {} }],
    ['/postings/0/to', { ...SIDE, tranches: ['x'] }],
    ['/postings/0/to', { ...SIDE, tranches: [{ grant: -1, amount: 5 }] }],
    ['/postings/0/to', { ...SIDE, tranches: [{ grant: 1, amount: 0 }] }],
    ['/postings/0/to', { ...SIDE, tranches: [{ grant: 1, amount: '5' }] }],
    ['/postings/0/to', { ...SIDE, tranches: [{ grant: 1, amount: 5, expiresAt: 'soon' }] }],
    ['/postings/0/to', { ...SIDE, tranches: [{ grant: 1, amount: 5, note: 'x' }] }],
    ['/postings/00/to', SIDE],
    ['/postings/0/both', SIDE],
    ['/text/en', 'Thank you.'],
  ]
  for (const [name, value] of refused) {
    const text = formatDisclosure({ salt: SALT, name, value })
    t.throws(() => parseOpening(text), { code: 'opening_malformed' }, `${name} ${JSON.stringify(value)}`)
  }
  t.throws(() => parseOpening('x'), { code: 'disclosure_malformed' })
  t.throws(() => formatOpening(SALT, { kind: 'side', posting: 0, side: 'to', value: { ...SIDE, version: 0 } }), {
    code: 'opening_malformed',
  })
})
