/** Remedies: announced, opened, then withdrawn or closed. */
import t from 'tap'
import type { Milestone } from '../../ledger/milestone.ts'
import { foldRemedies, voidStep, withdrawRemedies } from '../../ledger/remedy.ts'
import type { RemedyState } from '../../ledger/remedy.ts'
import { GTIN } from './crisis-stream.ts'

const says = (kind: Milestone['kind'], more: Partial<Milestone> = {}): Milestone => ({
  kind,
  remedy: 'r',
  occurredAt: '2026-06-14',
  assertedBy: ['brand'],
  ...more,
})
const fold = (...steps: Milestone[]): readonly RemedyState[] =>
  steps.reduce<readonly RemedyState[]>((known, step, at) => foldRemedies(known, step, at + 1), [])
const scope = [{ by: 'batch', gtin: GTIN, lot: 'L1', label: { en: 'x' } }] as const

t.test('a remedy goes from announced to opened to closed', async (t) => {
  t.same(fold(says('remedy_announced', { scope, markets: ['CN'], until: { date: '2026-12-31' } })), [
    {
      id: 'r',
      state: 'announced',
      announced: 1,
      reach: { selectors: [{ by: 'batch', gtin: GTIN, lot: 'L1' }], markets: ['CN'] },
      until: { date: '2026-12-31' },
    },
  ])
  t.match(fold(says('remedy_announced'), says('remedy_opened', { partialReason: 'in_stages' })), [
    { state: 'opened', announced: 1, opened: 2, partial: 'in_stages' },
  ])
  t.match(fold(says('remedy_announced'), says('remedy_opened'), says('remedy_closed')), [
    { state: 'closed', opened: 2, closed: 3 },
  ])
})

t.test('what is over stays over, and what was never announced is told as far as it goes', async (t) => {
  const closed = [says('remedy_announced'), says('remedy_opened'), says('remedy_closed')]
  t.match(fold(...closed, says('remedy_opened')), [{ state: 'closed', opened: 2 }])
  t.match(fold(...closed, says('remedy_closed')), [{ closed: 3 }])
  t.match(fold(...closed, says('remedy_announced')), [{ state: 'closed', announced: 1 }])
  t.same(fold(says('remedy_closed')), [])
  t.match(fold(says('remedy_opened')), [{ state: 'opened', opened: 1 }])
  const known = fold(says('remedy_announced'))
  t.equal(foldRemedies(known, says('compensation'), 5), known)
  const { remedy: _remedy, ...none } = says('remedy_opened')
  t.equal(foldRemedies(known, none, 5), known)
  t.same(
    foldRemedies(known, says('remedy_announced', { remedy: 's' }), 5).map(({ id }) => id),
    ['r', 's'],
  )
  t.match(foldRemedies(foldRemedies(known, says('remedy_announced', { remedy: 's' }), 5), says('remedy_opened'), 6), [
    { id: 'r', state: 'opened' },
    { id: 's', state: 'announced' },
  ])
})

t.test('a withdrawal takes along what announced and opened the remedy, and no other', async (t) => {
  const known = foldRemedies(
    fold(says('remedy_announced'), says('remedy_opened')),
    says('remedy_announced', { remedy: 's' }),
    5,
  )
  const { remedies, steps } = withdrawRemedies(known, [2], 9)
  t.match(remedies, [
    { id: 'r', state: 'withdrawn', withdrawn: 9 },
    { id: 's', state: 'announced' },
  ])
  t.same(steps, [1, 2])
})

t.test('R1: a step that did not occur counts for nothing', async (t) => {
  const known = fold(says('remedy_announced', { scope }), says('remedy_opened'), says('remedy_closed'))
  t.match(voidStep(known, 3), [{ state: 'opened', announced: 1, opened: 2 }])
  t.equal('closed' in voidStep(known, 3)[0]!, false)
  t.match(voidStep(known, 2), [{ state: 'closed', announced: 1, closed: 3 }])
  t.match(voidStep(voidStep(known, 3), 2), [{ state: 'announced', announced: 1 }])
  t.match(voidStep(known, 1), [{ state: 'closed', opened: 2 }])
  t.same(voidStep(voidStep(known, 1), 2), [], 'neither announced nor opened: there was no remedy')
  t.same(voidStep(known, 9), known)
  const { remedies } = withdrawRemedies(known, [2], 9)
  t.match(voidStep(remedies, 3), [{ state: 'withdrawn', withdrawn: 9 }])
})
