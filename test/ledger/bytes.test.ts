import fc from 'fast-check'
import t from 'tap'
import {
  base64,
  base64url,
  compareBytes,
  concat,
  equalBytes,
  hasLoneSurrogate,
  hex,
  parseBase64,
  parseBase64url,
  parseHex,
  text,
  u16be,
  u64be,
  utf8,
} from '../../ledger/bytes.ts'
import { refusalOf } from './reference.ts'

const bytes = fc.uint8Array({ maxLength: 100 })

t.test('every byte string survives each encoding, which agrees with that of Node', async (t) => {
  fc.assert(
    fc.property(bytes, (value) => {
      const node = Buffer.from(value)
      return (
        hex(value) === node.toString('hex') &&
        base64(value) === node.toString('base64') &&
        base64url(value) === node.toString('base64url') &&
        equalBytes(parseHex(hex(value)), value) &&
        equalBytes(parseBase64(base64(value)), value) &&
        equalBytes(parseBase64url(base64url(value)), value)
      )
    }),
    { numRuns: 2000 },
  )
  t.pass('2,000 byte strings')
})

t.test('what a parser accepts is what its formatter writes (I7)', async (t) => {
  const digits = fc.string({ unit: fc.constantFrom(...'AQgwzZ019+/-_=é \n'.split('')), maxLength: 12 })
  fc.assert(
    fc.property(fc.oneof(digits, fc.string()), (value) => {
      for (const [parse, format] of [
        [parseBase64, base64],
        [parseBase64url, base64url],
        [parseHex, hex],
      ] as const) {
        let parsed
        try {
          parsed = parse(value)
        } catch {
          continue
        }
        if (format(parsed) !== value) return false
      }
      return true
    }),
    { numRuns: 5000 },
  )
  t.pass('5,000 texts')
})

t.test('malformed encodings are refused', async (t) => {
  const refused: [string, (value: string) => Uint8Array, string[]][] = [
    ['hex', parseHex, ['0', 'AB', 'g0', '0g', ' 0', 'é0']],
    [
      'base64',
      parseBase64,
      ['A', 'AA', 'AAA', 'AA=', 'A===', '====', 'AB==', 'AAB=', 'AA-A', 'AAé=', 'AA==AAAA', 'AAAA\n'],
    ],
    ['base64url', parseBase64url, ['A', 'AB', 'AAB', 'AA==', 'AA+A', 'AAAAé', 'A A']],
  ]
  for (const [name, parse, values] of refused) {
    for (const value of values)
      t.equal(
        refusalOf(() => parse(value)),
        'bytes_malformed',
        `${name} ${JSON.stringify(value)}`,
      )
  }
})

t.test('text goes through UTF-8 and back, a byte order mark included', async (t) => {
  for (const value of ['', 'plain', '记忆晶体', '\ufeffmark', 'pair \u{1f48e}']) t.equal(text(utf8(value)), value)
  t.equal(hex(utf8('晶')), 'e699b6')
})

t.test('half a surrogate pair and bytes that are not UTF-8 are refused', async (t) => {
  for (const value of ['\ud83d', 'x\udc8e', '\udc8e\ud83d']) {
    t.ok(hasLoneSurrogate(value))
    t.equal(
      refusalOf(() => utf8(value)),
      'bytes_malformed',
    )
  }
  t.notOk(hasLoneSurrogate('\u{1f48e}'))
  for (const value of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe6, 0x99]]) {
    t.equal(
      refusalOf(() => text(Uint8Array.from(value))),
      'bytes_malformed',
    )
  }
})

t.test('bytes compare like Node compares them', async (t) => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const sign = Math.sign(compareBytes(a, b))
      return sign === Buffer.compare(a, b) && equalBytes(a, b) === (sign === 0) && equalBytes(a, a.slice())
    }),
  )
  t.ok(compareBytes(utf8('a'), utf8('ab')) < 0, 'a prefix sorts first')
  t.ok(compareBytes(utf8('b'), utf8('ab')) > 0)
})

t.test('concat puts its parts together in a new array', async (t) => {
  t.equal(hex(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))), '010203')
  t.equal(concat().length, 0)
})

t.test('integers are written with the greatest byte first', async (t) => {
  t.equal(hex(u16be(0)), '0000')
  t.equal(hex(u16be(65_535)), 'ffff')
  t.equal(hex(u16be(258)), '0102')
  t.equal(hex(u64be(2 ** 32 + 5)), '0000000100000005')
  t.equal(hex(u64be(Number.MAX_SAFE_INTEGER)), '001fffffffffffff')
})

t.test('integers out of range are refused', async (t) => {
  for (const value of [-1, 65_536, 1.5, Number.NaN])
    t.equal(
      refusalOf(() => u16be(value)),
      'size_out_of_range',
    )
  for (const value of [-1, 2 ** 53, Number.POSITIVE_INFINITY])
    t.equal(
      refusalOf(() => u64be(value)),
      'size_out_of_range',
    )
})
