/** SE1: a seal opens with the text that was sealed, and with no other. */
import fc from 'fast-check'
import t from 'tap'
import { base64url } from '../../ledger/bytes.ts'
import { disclosureDigest, formatDisclosure } from '../../ledger/disclosure.ts'
import type { Entry } from '../../ledger/entry.ts'
import { SealAudit, foldSeals, isDigest, sealedDigest } from '../../ledger/seal.ts'

const RECORDED_AT = '2026-06-14T08:00:00.000Z'

const entryOf = (type: string, data: Entry['data'], sd?: string[]): Entry => ({
  v: 1,
  type,
  brand: 'acme',
  stream: 'crisis:CR-22222222',
  seq: 2,
  prev: null,
  recordedAt: RECORDED_AT,
  actor: { kind: 'staff', id: 'k_1' },
  data,
  ...(sd === undefined ? {} : { sd }),
})
const salt = base64url(new Uint8Array(16))
const digestOf = (text: string): string => disclosureDigest(formatDisclosure({ salt, name: '/text', value: text }))
const sealing = (digest: string): Entry => entryOf('seal.recorded', { digest })
const opening = (seal: number, sd?: string[]): Entry => entryOf('seal.opened', { seal }, sd)

t.test('SE1: whatever two texts are, one opens the seal of the other only when they are the same', async () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.boolean(), (one, another, isSame) => {
      const [sealed, shown] = [digestOf(one), digestOf(isSame ? one : another)]
      const audit = new SealAudit()
      const fault = [
        audit.add({ index: 5, entry: sealing(sealed) }),
        audit.add({ index: 6, entry: opening(5, [shown]) }),
      ]
      return fault[0] === undefined && (fault[1] === undefined) === (isSame || one === another)
    }),
    { verbose: true },
  )
})

t.test('SE1: what opens no seal is named, and leaves the seal closed', async (t) => {
  const digest = digestOf('we knew')
  const seals = foldSeals(undefined, sealing(digest), 5)
  t.same(seals, [{ index: 5, digest, recordedAt: RECORDED_AT }])
  const faults: [Entry, string | undefined][] = [
    [opening(5, [digest]), undefined],
    [opening(4, [digest]), 'seal_unknown'],
    [opening(5, [digestOf('we did not')]), 'seal_differs'],
    [opening(5, [digest, digestOf('x')]), 'seal_differs'],
    [opening(5), 'seal_differs'],
    [entryOf('statement', { seal: 4 }), undefined],
  ]
  for (const [entry, fault] of faults) {
    const audit = new SealAudit()
    t.equal(audit.add({ index: 5, entry: sealing(digest) }), undefined)
    t.equal(audit.add({ index: 9, entry }), fault, JSON.stringify(entry.data))
    if (fault !== undefined) t.equal(foldSeals(seals, entry, 9), seals, 'still closed')
  }
})

t.test('SE2: a seal is opened once, and the first opening counts', async (t) => {
  const digest = digestOf('we knew')
  const closed = foldSeals(undefined, sealing(digest), 5)
  const opened = foldSeals(closed, opening(5, [digest]), 7)
  t.match(opened, [{ index: 5, opened: 7 }])
  t.match(foldSeals(opened, opening(5, [digest]), 8), [{ opened: 7 }])
  t.equal(foldSeals(opened, entryOf('milestone.recorded', {}), 9), opened)
  t.equal(foldSeals(undefined, opening(5, [digest]), 9), undefined)
  t.equal(
    foldSeals(foldSeals(closed, sealing(digestOf('b')), 6), opening(6, [digestOf('b')]), 9)![0]!.opened,
    undefined,
  )
})

t.test('a digest is 32 bytes in base64url, and a seal without one seals nothing', async (t) => {
  t.ok(isDigest(digestOf('x')))
  for (const wrong of [undefined, 7, '', 'AAAA', 'not base64!', `${digestOf('x')}=`]) t.notOk(isDigest(wrong))
  t.equal(sealedDigest(sealing('AAAA')), undefined)
  t.equal(sealedDigest(entryOf('seal.opened', { digest: digestOf('x') })), undefined)
})
