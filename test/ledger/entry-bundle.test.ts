import fc from 'fast-check'
import t from 'tap'
import { hex, utf8 } from '../../ledger/bytes.ts'
import { ENTRY_BYTES_MAX, formatEntryBundle, parseEntryBundle } from '../../ledger/entry-bundle.ts'
import { refusalOf } from './reference.ts'

const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 })

t.test('a bundle is two bytes of length and the entry, again and again', async (t) => {
  t.equal(hex(formatEntryBundle([utf8('one'), utf8('three')])), '00036f6e6500057468726565')
})

t.test('entries survive their bundle (I13)', async (t) => {
  fc.assert(
    fc.property(entries, (list) => {
      const read = parseEntryBundle(formatEntryBundle(list))
      return read.length === list.length && read.every((entry, i) => hex(entry) === hex(list[i]!))
    }),
  )
  const largest = new Uint8Array(ENTRY_BYTES_MAX).fill(7)
  t.equal(parseEntryBundle(formatEntryBundle([largest]))[0]!.length, 65_535)
})

t.test('a bundle cut off anywhere but between entries is refused', async (t) => {
  const bundle = formatEntryBundle([utf8('one'), utf8('two')])
  for (let length = 0; length < bundle.length; length++) {
    const code = refusalOf(() => parseEntryBundle(bundle.slice(0, length)))
    t.equal(code, length === 5 ? 'accepted' : 'entry_bundle_malformed', `${length} bytes`)
  }
})

t.test('any bytes are refused or written back the same (I13)', async (t) => {
  const loose = fc.array(fc.constantFrom(0, 1, 2, 3), { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes))
  fc.assert(
    fc.property(loose, (bytes) => {
      let read
      try {
        read = parseEntryBundle(bytes)
      } catch {
        return refusalOf(() => parseEntryBundle(bytes)) === 'entry_bundle_malformed'
      }
      return hex(formatEntryBundle(read)) === hex(bytes)
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

t.test('none, more than 256, and oversize entries are refused', async (t) => {
  t.equal(
    refusalOf(() => formatEntryBundle([])),
    'entry_bundle_malformed',
  )
  t.equal(
    refusalOf(() => parseEntryBundle(new Uint8Array(0))),
    'entry_bundle_malformed',
  )
  const many = Array.from({ length: 257 }, () => utf8('x'))
  t.equal(
    refusalOf(() => formatEntryBundle(many)),
    'entry_bundle_malformed',
  )
  const bytes = Uint8Array.from(many.flatMap(() => [0, 1, 120]))
  t.equal(
    refusalOf(() => parseEntryBundle(bytes)),
    'entry_bundle_malformed',
  )
  t.equal(
    refusalOf(() => formatEntryBundle([new Uint8Array(65_536)])),
    'entry_too_large',
  )
})

t.test('entries outlive the bundle that they were read from', async (t) => {
  const bundle = formatEntryBundle([utf8('one')])
  const [entry] = parseEntryBundle(bundle)
  bundle.fill(0)
  t.equal(hex(entry!), hex(utf8('one')))
})
