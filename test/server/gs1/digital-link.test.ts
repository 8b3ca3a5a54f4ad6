/** The parser against the verdicts of GS1's own engine, and the laws of our formatter. */
import fc from 'fast-check'
import t from 'tap'
import { hasCheckDigit, hasCheckPair } from '../../../server/gs1/check-digits.ts'
import { DigitalLinkError, formatDigitalLink, parseDigitalLink } from '../../../server/gs1/digital-link.ts'

const GTIN = '09520123456788'

const ACCEPTED: [link: string, key: string, qualifiers: Record<string, string>][] = [
  [`/01/${GTIN}`, '01', {}],
  [`/p/01/${GTIN}?17=261231&linkType=gs1:pip`, '01', {}],
  [`/01/${GTIN}/10/B/21/A`, '01', { 10: 'B', 21: 'A' }],
  [`/01/${GTIN}/22/2A/10/B/21/A`, '01', { 22: '2A', 10: 'B', 21: 'A' }],
  [`/01/${GTIN}/235/TPX`, '01', { 235: 'TPX' }],
  [`/01/${GTIN}/10/A%2FB`, '01', { 10: 'A/B' }],
  [`/01/${GTIN}/10/A+B?tl=aaaa`, '01', { 10: 'A+B' }],
  [`/01/${GTIN}/21/${'A'.repeat(20)}`, '01', { 21: 'A'.repeat(20) }],
  ['/8006/095201234567880102/21/S1', '8006', { 21: 'S1' }],
  ['/8013/1987654Ad4X4bL5ttr2310c2K', '8013', {}],
  ['/00/006141411234567890', '00', {}],
  ['/414/9520123456788/254/A', '414', { 254: 'A' }],
]

const REFUSED: [link: string, problem: string][] = [
  ['/01/9520123456788', 'key_length'],
  ['/01/09520123456789', 'check_digit'],
  ['/01/0952012345678X', 'key_characters'],
  [`/01/${GTIN}/21/${'A'.repeat(21)}`, 'qualifier_length'],
  [`/01/${GTIN}/21/A/10/B`, 'qualifier_order'],
  [`/01/${GTIN}/22/A/235/TPX`, 'qualifier_order'],
  [`/01/${GTIN}/17/261231`, 'qualifier_order'],
  [`/01/${GTIN}/10/A/10/B`, 'qualifier_order'],
  [`/01/${GTIN}?10=B`, 'qualifier_in_query'],
  [`/01/${GTIN}/10/%E6%89%B9`, 'qualifier_characters'],
  [`/01/${GTIN}/10/%`, 'encoding'],
  [`/01/${GTIN}/10/`, 'qualifier_length'],
  [`/01/${GTIN}/`, 'no_key'],
  [`/01/${GTIN}/foo`, 'no_key'],
  [`/gtin/${GTIN}`, 'no_key'],
  ['/', 'no_key'],
  ['/8006/095201234567880102/22/V', 'qualifier_order'],
  ['/8006/095201234567880301', 'check_digit'],
  ['/8013/1987654Ad4X4bL5ttr2310c2L', 'check_digit'],
  ['/415/9520123456788', 'qualifier_missing'],
]

t.test('the links that the standard allows are read with their qualifiers', async (t) => {
  for (const [link, key, qualifiers] of ACCEPTED) {
    const parsed = parseDigitalLink(link)
    t.equal(parsed.key, key, link)
    t.same(Object.fromEntries(parsed.qualifiers), qualifiers, link)
  }
})

t.test('the links that the standard forbids are refused, each for its reason', async (t) => {
  for (const [link, problem] of REFUSED) {
    try {
      parseDigitalLink(link)
      t.fail(`${link} was accepted`)
    } catch (error) {
      t.ok(error instanceof DigitalLinkError, link)
      t.equal((error as DigitalLinkError).problem, problem, link)
    }
  }
})

t.test('whatever lot the standard allows comes back from its own link', async (t) => {
  const characters = 'ABCabc019!"%&\'()*+,-./:;<=>?_'.split('')
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 20 }), (lot) => {
      // A path segment of dots alone would be resolved away by every browser before it is sent.
      fc.pre(!/^\.+$/.test(lot))
      const link = formatDigitalLink({ gtin: GTIN, lot })
      return (
        parseDigitalLink(link).qualifiers.get('10') === lot && new URL(link, 'https://id.example.com').pathname === link
      )
    }),
  )
  t.throws(() => formatDigitalLink({ gtin: GTIN, lot: '批次1' }), DigitalLinkError)
})

t.test('one changed digit or character spoils the check', async (t) => {
  for (const key of ['02345673', '416000336108', '1234567890128', '12345678901231']) {
    t.ok(hasCheckDigit(key), key)
    const wrong = key.slice(0, -1) + String((Number(key.slice(-1)) + 1) % 10)
    t.notOk(hasCheckDigit(wrong), wrong)
  }
  t.notOk(hasCheckDigit('12345X78901231'))
  t.ok(hasCheckPair('1987654Ad4X4bL5ttr2310c2K'))
  t.notOk(hasCheckPair('1987654Ad4X4bL5ttr2310d2K'))
  t.notOk(hasCheckPair('2K'))
  t.notOk(hasCheckPair('1 2K'))
})
