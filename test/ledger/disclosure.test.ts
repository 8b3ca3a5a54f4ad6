/** Disclosures: texts outside the log, each with a place in its entry's data. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { base64url, utf8 } from '../../ledger/bytes.ts'
import {
  DISCLOSURE_BYTES_MAX,
  applyDisclosures,
  disclosureDigest,
  formatDisclosure,
  parseDisclosure,
} from '../../ledger/disclosure.ts'
import type { Disclosure } from '../../ledger/disclosure.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'

const SALT = 'AAECAwQFBgcICQoLDA0ODw'
const at = (name: string, value: JsonValue): Disclosure => ({ salt: SALT, name, value })

t.test('what is formatted is parsed as the same parts', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.stringMatching(/^(\/[a-z0-9-]{1,6}){1,3}$/),
      fc.stringMatching(/^[ -~\n中文]{0,50}$/),
      (salt, name, value) => {
        const disclosure = { salt: base64url(salt), name, value }
        t.same(parseDisclosure(formatDisclosure(disclosure)), disclosure)
      },
    ),
    { numRuns: 200 },
  )
})

t.test('text and digest are those of the specification, byte for byte', async (t) => {
  const text = formatDisclosure(at('/text/en', 'Stop using it.'))
  t.equal(text, base64url(utf8(`["${SALT}","/text/en","Stop using it."]`)))
  t.equal(disclosureDigest(text), createHash('sha256').update(text, 'ascii').digest('base64url'))
})

const json = (value: string): string => base64url(utf8(value))

const FAULTS: [string, string][] = [
  ['not base64url', '===='],
  ['not JSON', json('nothing')],
  ['not canonical', json(`["${SALT}", "/a",1]`)],
  ['no list', json('{}')],
  ['two parts', json(`["${SALT}","/a"]`)],
  ['four parts', json(`["${SALT}","/a",1,2]`)],
  ['a short salt', json('["AAAA","/a",1]')],
  ['a salt that is no base64url', json('["AAECAwQFBgcICQoLDA0OD!","/a",1]')],
  ['a salt that is no text', json('[1,"/a",1]')],
  ['a name without a slash', json(`["${SALT}","a",1]`)],
  ['the name of the whole', json(`["${SALT}","",1]`)],
  ['a malformed escape in the name', json(`["${SALT}","/a~2",1]`)],
  ['a name that is no text', json(`["${SALT}",1,1]`)],
  ['null', json(`["${SALT}","/a",null]`)],
  ['null inside', json(`["${SALT}","/a",{"b":[null]}]`)],
  ['too long', json(`["${SALT}","/a","${'x'.repeat(DISCLOSURE_BYTES_MAX)}"]`)],
]

t.test('I22, I25: whatever is not a disclosure is refused', async (t) => {
  for (const [name, text] of FAULTS) t.throws(() => parseDisclosure(text), { code: 'disclosure_malformed' }, name)
  t.throws(() => formatDisclosure(at('a', 1)), { code: 'disclosure_malformed' })
  t.throws(() => formatDisclosure(at('/a', 0.5)), { code: 'disclosure_malformed' })
  t.throws(() => formatDisclosure(at('/a', 'x'.repeat(DISCLOSURE_BYTES_MAX))), { code: 'disclosure_malformed' })
})

t.test('values come to the places that their names say, and nothing given is changed', async (t) => {
  const data: JsonObject = { kind: 'statement', commitment: { id: 'cm-1' }, markets: ['*'] }
  const frozen = JSON.stringify(data)
  const whole = applyDisclosures(data, [
    at('/text/zh-CN', '停用'),
    at('/text/en', 'Stop'),
    at('/commitment/measure/en', 'Refund'),
    at('/sources/1', { title: 'B' }),
    at('/sources/0', { title: 'A' }),
    at('/a~1b/c~0d', 1),
    at('/markets/1', 'US'),
  ])
  t.same(whole, {
    kind: 'statement',
    commitment: { id: 'cm-1', measure: { en: 'Refund' } },
    markets: ['*', 'US'],
    text: { 'zh-CN': '停用', en: 'Stop' },
    sources: [{ title: 'A' }, { title: 'B' }],
    'a/b': { 'c~d': 1 },
  })
  t.equal(JSON.stringify(data), frozen)
})

t.test('an element that nobody discloses is null', async (t) => {
  t.same(applyDisclosures({}, [at('/sources/2', 'C'), at('/sources/0', 'A')]), { sources: ['A', null, 'C'] })
  t.same(applyDisclosures({}, [at('/a/1/b', 'B'), at('/a/0/b', 'A')]), { a: [{ b: 'A' }, { b: 'B' }] })
  t.same(applyDisclosures({}, [at('/a/1/b', 'B'), at('/a/0/c', 'A'), at('/a/3/0', 'D')]), {
    a: [{ c: 'A' }, { b: 'B' }, null, ['D']],
  })
})

const TAKEN: [string, JsonObject, Disclosure[]][] = [
  ['a public value', { a: 1 }, [at('/a', 2)]],
  ['a public element', { a: [1] }, [at('/a/0', 2)]],
  ['a place below a value', { a: 1 }, [at('/a/b', 2)]],
  ['two values for one place', {}, [at('/a', 1), at('/a', 2)]],
  ['a place below a disclosed value', {}, [at('/a', 1), at('/a/b', 2)]],
  ['a name in an array', { a: [] }, [at('/a/b', 2)]],
  ['a name below an array', { a: [] }, [at('/a/b/c', 2)]],
  ['an element far beyond any array', {}, [at('/a/0', 1), at('/a/4000000000', 2)]],
  ['an element beyond what an entry can hold', {}, [at('/a/0', 1), at('/a/1500', 2)]],
]

t.test('I26: a value never replaces another, and never makes an array grow beyond reason', async (t) => {
  for (const [name, data, disclosures] of TAKEN) {
    t.throws(() => applyDisclosures(data, disclosures), { code: 'disclosure_malformed' }, name)
  }
})

t.test(
  'a short file cannot ask for long arrays: there are no more empty elements than its digests account for',
  async (t) => {
    t.same(applyDisclosures({}, [at('/a/16', 1)], 1), { a: [...Array.from({ length: 16 }, () => null), 1] })
    t.throws(() => applyDisclosures({}, [at('/a/17', 1)], 1), { code: 'disclosure_malformed' })
    t.throws(() => applyDisclosures({}, [at('/a/16', 1), at('/b/17', 1)], 2), { code: 'disclosure_malformed' })
    const deepest = '/a'.repeat(15)
    t.ok(formatDisclosure(at(deepest, 1)))
    t.throws(() => formatDisclosure(at(`${deepest}/a`, 1)), { code: 'disclosure_malformed' }, 'deeper than data can be')
  },
)

t.test('a name that every object inherits reaches no prototype', async (t) => {
  const whole = applyDisclosures({}, [at('/__proto__/polluted', 1), at('/constructor/prototype/polluted', 2)])
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
  t.strictSame(Object.keys(whole).toSorted(), ['__proto__', 'constructor'])
})
