/** Consents as a stream tells them. */
import t from 'tap'
import { consentFor, countConsents, foldConsents } from '../../ledger/consent.ts'
import type { ConsentState } from '../../ledger/consent.ts'
import type { Entry } from '../../ledger/entry.ts'

const entryOf = (type: string, data: Entry['data'], xd?: string[]): Entry => ({
  v: 1,
  type,
  brand: 'acme',
  stream: 'crisis:CR-22222222',
  seq: 2,
  prev: null,
  recordedAt: '2026-06-14T08:00:00.000Z',
  actor: { kind: 'staff', id: 'k_1' },
  data,
  ...(xd === undefined ? {} : { xd }),
})
const given = entryOf('consent.given', { purpose: 'public_display', of: [3, 99, 'x'] }, ['subject'])

t.test('N1: a consent is for one purpose, of one person whom only a digest names', async (t) => {
  t.same(
    foldConsents(undefined, given, 5),
    [{ index: 5, purpose: 'public_display', subject: 'subject', covers: [3] }],
    'it covers earlier entries only',
  )
  t.same(foldConsents(undefined, entryOf('consent.given', { purpose: 'contact' }, ['s']), 5)![0]!.covers, [])
  t.equal(foldConsents(undefined, entryOf('consent.given', { purpose: 'contact' }), 5), undefined, 'of nobody')
  t.equal(foldConsents(undefined, entryOf('consent.given', {}, ['s']), 5), undefined, 'for nothing')
})

t.test('N2: a withdrawn consent covers nothing that comes later, and is withdrawn once', async (t) => {
  const known = foldConsents(
    foldConsents(undefined, given, 5),
    entryOf('consent.given', { purpose: 'contact' }, ['s']),
    6,
  )
  const used = foldConsents(known, entryOf('milestone.recorded', { consent: 5 }), 7)
  t.match(used, [{ covers: [3, 7] }, { covers: [] }])
  t.equal(consentFor(used, 7)?.index, 5)
  t.equal(consentFor(used, 8), undefined)
  t.equal(consentFor(undefined, 8), undefined)
  const withdrawn = foldConsents(used, entryOf('consent.withdrawn', { consent: 5 }), 8)
  t.match(withdrawn, [{ withdrawn: 8, covers: [3, 7] }, {}])
  t.equal(foldConsents(withdrawn, entryOf('consent.withdrawn', { consent: 5 }), 9), withdrawn)
  t.equal(foldConsents(withdrawn, entryOf('milestone.recorded', { consent: 5 }), 9), withdrawn)
  t.equal(foldConsents(used, entryOf('correction.recorded', { consent: 5 }), 9), used)
  t.equal(foldConsents(undefined, entryOf('consent.withdrawn', { consent: 5 }), 9), undefined)
  t.same(countConsents(withdrawn), [
    { purpose: 'public_display', given: 1, withdrawn: 1 },
    { purpose: 'contact', given: 1, withdrawn: 0 },
  ])
  const two: ConsentState[] = [{ index: 1, purpose: 'contact', subject: 's', covers: [] }]
  t.same(countConsents([...two, { ...two[0]!, index: 2 }]), [{ purpose: 'contact', given: 2, withdrawn: 0 }])
  t.same(countConsents(undefined), [])
})
