/** The file format of bundles. */
import t from 'tap'
import { formatBundle, parseBundle } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import { milestone, openCrisis, openedLog, sampleLog } from './sample-log.ts'

const parse = (value: unknown): unknown => parseBundle(utf8(JSON.stringify(value)))
const sample = (): Record<string, unknown> => JSON.parse(formatBundle(sampleLog().bundle())) as Record<string, unknown>

t.test('what is formatted is parsed as the same bundle', async (t) => {
  const bundle = sampleLog().bundle()
  t.same(parseBundle(utf8(formatBundle(bundle))), bundle)
  const young = openedLog()
  openCrisis(young)
  milestone(young)
  t.same(parseBundle(utf8(formatBundle(young.bundle()))), young.bundle(), 'without heads and anchors')
})

t.test('any JSON text of a bundle is that bundle', async (t) => {
  const pretty = JSON.stringify(sample(), null, 2).replace(/—/g, String.raw`\u2014`)
  t.same(parseBundle(utf8(pretty)), sampleLog().bundle())
})

type Alter = (bundle: Record<string, unknown>) => unknown

const FAULTS: [string, Alter, RegExp][] = [
  ['another format', (b) => ({ ...b, format: 'trust-ledger/timeline@2' }), /the format is not/],
  ['an unknown member', (b) => ({ ...b, note: '' }), /the bundle has an unknown member/],
  ['no origin', (b) => ({ ...b, origin: undefined }), /lacks origin/],
  ['an origin that is no text', (b) => ({ ...b, origin: 1 }), /origin is not a text/],
  ['a list', () => [], /the bundle is not an object/],
  ['a key that is none', (b) => ({ ...b, key: null }), /key is not an object/],
  ['an index that is none', (b) => ({ ...b, key: { index: -1, bytes: '', proof: [] } }), /key.index is not an integer/],
  ['bytes that are none', (b) => ({ ...b, key: { index: 0, bytes: '=', proof: [] } }), /key.bytes is not base64url/],
  ['a proof that is none', (b) => ({ ...b, key: { index: 0, bytes: '', proof: 'x' } }), /key.proof is not a list/],
  [
    'a hash that is none',
    (b) => ({ ...b, key: { index: 0, bytes: '', proof: ['='] } }),
    /key.proof\[0\] is not base64url/,
  ],
  ['entries that are no list', (b) => ({ ...b, entries: {} }), /entries is not a list/],
  ['an entry without disclosures', (b) => ({ ...b, entries: [b['key']] }), /entries\[0\] lacks disclosures/],
  ['heads without a path', (b) => ({ ...b, heads: { ...(b['key'] as object), leaf: 0 } }), /heads lacks path/],
  ['an anchor without a last entry', (b) => ({ ...b, anchors: [{}] }), /anchors\[0\] lacks chainId/],
]

t.test('I30: every fault of the shape is refused with its place', async (t) => {
  for (const [name, alter, message] of FAULTS) {
    t.throws(() => parse(alter(sample())), { code: 'bundle_malformed', message }, name)
  }
  const anchors = (sample()['anchors'] as object[]).map((anchor) => ({ ...anchor, size: 0 }))
  t.throws(() => parse({ ...sample(), anchors }), { code: 'anchor_malformed' })
})

t.test('I30: a member named twice is refused: readers would differ on which one counts', async (t) => {
  const twice = formatBundle(sampleLog().bundle()).replace('"stream":', '"stream":"crisis:other","stream":')
  t.throws(() => parseBundle(utf8(twice)), { code: 'json_malformed', message: /named twice/ })
})
