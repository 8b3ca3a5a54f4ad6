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
  ['another format', (b) => ({ ...b, format: 'trust-ledger/timeline@2' }), /bundle: format$/],
  ['an unknown member', (b) => ({ ...b, note: '' }), /bundle: bundle with another member$/],
  ['no origin', (b) => ({ ...b, origin: undefined }), /bundle.origin$/],
  ['an origin that is no text', (b) => ({ ...b, origin: 1 }), /: origin$/],
  ['a list', () => [], /bundle: bundle$/],
  ['a key that is none', (b) => ({ ...b, key: null }), /: key$/],
  ['an index that is none', (b) => ({ ...b, key: { index: -1, bytes: '', proof: [] } }), /: key\.index$/],
  ['bytes that are none', (b) => ({ ...b, key: { index: 0, bytes: '=', proof: [] } }), /: key\.bytes$/],
  ['a proof that is none', (b) => ({ ...b, key: { index: 0, bytes: '', proof: 'x' } }), /: key\.proof$/],
  ['a hash that is none', (b) => ({ ...b, key: { index: 0, bytes: '', proof: ['='] } }), /: key\.proof\[0\]$/],
  ['entries that are no list', (b) => ({ ...b, entries: {} }), /: entries$/],
  ['an entry without disclosures', (b) => ({ ...b, entries: [b['key']] }), /: entries\[0\]\.disclosures$/],
  ['heads without a path', (b) => ({ ...b, heads: { ...(b['key'] as object), leaf: 0 } }), /: heads\.path$/],
  ['an anchor without a last entry', (b) => ({ ...b, anchors: [{}] }), /: anchors\[0\]\.chainId$/],
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
