/** Strict JSON: what is canonical and what is refused. */
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import t from 'tap'
import { text, utf8 } from '../../ledger/bytes.ts'
import {
  DEPTH_MAX,
  defineMember,
  formatCanonical,
  hasNull,
  isJsonObject,
  member,
  parseCanonical,
  parseJson,
} from '../../ledger/json.ts'
import type { JsonValue } from '../../ledger/json.ts'

/** Texts that may be recorded: no control character but LF, whole pairs of surrogates. */
const recordableText = fc
  .string({ unit: 'grapheme' })
  // oxlint-disable-next-line no-control-regex
  .filter((value) => !/[\u0000-\u0009\u000b-\u001f\u007f]/.test(value) && value.isWellFormed())
const recordable = fc.letrec<{ value: JsonValue; object: JsonValue; array: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.maxSafeInteger(),
    recordableText,
    fc.boolean(),
    fc.constant(null),
    tie('array'),
    tie('object'),
  ),
  object: fc.dictionary(fc.stringMatching(/^[ -~]{0,8}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  array: fc.array(tie('value'), { maxLength: 4 }),
})).value

t.test('I20: what is formatted is parsed as the same value, and nothing else is its text', async (t) => {
  fc.assert(
    fc.property(recordable, (value) => {
      const bytes = formatCanonical(value)
      t.strictSame(JSON.stringify(parseCanonical(bytes)), JSON.stringify(JSON.parse(text(bytes))))
      t.strictSame(formatCanonical(parseCanonical(bytes)), bytes)
    }),
    { numRuns: 200 },
  )
})

t.test('the canonical text is the one that an implementation of RFC 8785 writes', async (t) => {
  fc.assert(
    fc.property(recordable, (value) => {
      t.equal(text(formatCanonical(value)), canonicalize(value))
    }),
    { numRuns: 200 },
  )
  t.equal(text(formatCanonical([-0, { b: '"\\/\n', a: '\u2028€😀' }])), '[0,{"a":"\u2028€😀","b":"\\"\\\\/\\n"}]')
})

t.test('parseJson agrees with the engine on every JSON text without repeated members', async (t) => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.boolean(), (json, pretty) => {
      const source = pretty ? JSON.stringify(JSON.parse(json), null, '\t') : json
      t.strictSame(JSON.stringify(parseJson(utf8(source))), JSON.stringify(JSON.parse(source)))
    }),
    { numRuns: 300 },
  )
  const escapes = String.raw`"\"\\\/\b\f\n\r\t\u0041\uD83D\uDE00é中"`
  t.equal(parseJson(utf8(escapes)), JSON.parse(escapes))
})

const NOT_JSON: [string, string, RegExp][] = [
  ['nothing', '', /byte 0: cut off/],
  ['a comma too many', '[1,]', /byte 3: no value/],
  ['a comma too few', '[1 2]', /byte 3: no ]/],
  ['no colon', '{"a" 1}', /byte 5: no :/],
  ['a name that is no string', '{a:1}', /byte 1: no "/],
  ['a member named twice', '{"a":1,"b":2,"a":3}', /named twice/],
  ['something after the value', '1 2', /byte 2: more follows/],
  ['a byte order mark', '\uFEFF1', /byte 0: no value/],
  ['an object cut off', '{"a":1', /byte 6: cut off/],
  ['a list cut off', '[', /byte 1: cut off/],
  ['a string cut off', '["中', /byte 5: cut off/],
  ['a string cut off after an escape', '"\\n', /byte 3: cut off/],
  ['a string whose end is escaped', '"a\\"', /byte 4: cut off/],
  ['a control character', '["a\tb"]', /byte 1: a malformed string/],
  ['a malformed escape', String.raw`"\x"`, /a malformed string/],
  ['an escape named as what objects inherit', String.raw`"\constructor"`, /a malformed string/],
  ['a malformed unicode escape', String.raw`"\u12g4"`, /a malformed string/],
  ['a member named twice, null at first', '{"a":null,"a":1}', /named twice/],
  ['a wrong word', 'nul', /byte 0: no value/],
  ['a number with a leading zero', '[01]', /byte 2: no ]/],
  ['a number with a plus', '+1', /no value/],
  ['too many levels', '['.repeat(DEPTH_MAX + 1), /byte 16: more than 16 levels/],
  ['very many levels', '['.repeat(1_000_000), /more than 16 levels/],
]

t.test('what is not JSON is refused with the byte position', async (t) => {
  for (const [name, source, message] of NOT_JSON) {
    t.throws(() => parseJson(utf8(source)), { code: 'json_malformed', message }, name)
  }
  t.throws(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22)), { code: 'json_malformed', message: /not UTF-8/ })
  t.throws(() => parseJson(utf8('["😀" x]')), { message: /byte 8/ }, 'a character beyond 16 bits counts four bytes')
})

const NOT_CANONICAL = [
  ' 1',
  '1 ',
  '{"b":1,"a":2}',
  '{"a": 1}',
  '1.0',
  '1e2',
  '-0',
  String.raw`"\u0061"`,
  String.raw`"\/"`,
]

t.test('another text of a value that may be recorded is not canonical', async (t) => {
  for (const source of NOT_CANONICAL) {
    t.throws(() => parseCanonical(utf8(source)), { code: 'json_not_canonical' }, source)
  }
})

const NOT_RECORDABLE: [string, string][] = [
  ['a fraction', '1.5'],
  ['an integer above 2^53-1', '9007199254740992'],
  ['an integer below -(2^53-1)', '-9007199254740992'],
  ['an integer that no double holds', '9007199254740993'],
  ['a large power', '1e21'],
  ['infinity', '1e999'],
  ['a tab', String.raw`"\t"`],
  ['a NUL', String.raw`"\u0000"`],
  ['a DEL', '"\u007f"'],
  ['a lone surrogate', String.raw`"\ud800"`],
  ['a lone low surrogate', String.raw`"a\udc00"`],
  ['a name that is not ASCII', '{"é":1}'],
  ['a name with a tab', String.raw`{"\t":1}`],
]

t.test('I20: numbers, strings and names that may not be recorded are refused when read and when written', async (t) => {
  for (const [name, source] of NOT_RECORDABLE) {
    t.throws(() => parseCanonical(utf8(source)), { code: 'json_malformed' }, name)
    t.throws(() => formatCanonical(JSON.parse(source) as JsonValue), { code: 'json_malformed' }, `${name}, written`)
  }
  const bottomless: JsonValue[] = []
  bottomless.push(bottomless)
  t.throws(() => formatCanonical(bottomless), { code: 'json_malformed' }, 'a value inside itself')
  t.throws(() => formatCanonical({ a: undefined } as unknown as JsonValue), { code: 'json_malformed' }, 'undefined')
  t.equal(text(formatCanonical('a\nb')), String.raw`"a\nb"`, 'a line feed may')
  t.equal(text(formatCanonical([9007199254740991, -9007199254740991])), '[9007199254740991,-9007199254740991]')
})

t.test('sixteen levels may be recorded, seventeen may not', async (t) => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  t.ok(parseCanonical(utf8(nested(16))))
  t.throws(() => parseCanonical(utf8(nested(17))), { code: 'json_malformed' })
})

t.test('names that every object inherits are names like others', async (t) => {
  const source = '{"__proto__":{"polluted":1},"constructor":2,"toString":3}'
  const value = parseCanonical(utf8(source))
  t.equal(text(formatCanonical(value)), source)
  if (!isJsonObject(value)) throw new Error('an object')
  t.same(Object.getPrototypeOf(value), Object.prototype)
  t.equal(member(value, 'constructor'), 2)
  t.equal(member({}, 'constructor'), undefined)
  defineMember(value, '__proto__', 4)
  t.equal(member(value, '__proto__'), 4)
})

t.test('null, lists and objects are told apart, and a null is found at any depth', async (t) => {
  t.strictSame([null, [], 'a', 1, undefined].map(isJsonObject), [false, false, false, false, false])
  t.ok(isJsonObject({}))
  t.strictSame([null, [1, [null]], { a: { b: [null] } }].map(hasNull), [true, true, true])
  t.strictSame(['null', 0, false, [], {}, { a: [1] }].map(hasNull), [false, false, false, false, false, false])
})
