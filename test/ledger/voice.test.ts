/** What others say of a commitment is counted and changes no outcome. */
import t from 'tap'
import type { CommitmentState } from '../../ledger/commitment.ts'
import type { Milestone } from '../../ledger/milestone.ts'
import { foldVoices } from '../../ledger/voice.ts'

const due = { at: '2026-06-20T10:00:00.000Z' }
const one = (id: string): CommitmentState => ({ id, madeBy: 1, firstDue: due, due, moved: 0, outcome: 'kept' })
const says = (kind: Milestone['kind'], of?: string): Milestone => ({
  kind,
  occurredAt: '2026-06-14',
  assertedBy: ['holder'],
  ...(of === undefined ? {} : { of }),
})

t.test('W3: disputes and confirmations are counted, each by its entry', async (t) => {
  const steps = [says('dispute', 'c1'), says('dispute', 'c1'), says('confirmation', 'c1')]
  const told = steps.reduce<readonly CommitmentState[]>(
    (known, step, at) => foldVoices(known, step, at + 5),
    [one('c1'), one('c2')],
  )
  t.same(told, [{ ...one('c1'), disputed: [5, 6], confirmed: [7] }, one('c2')])
})

t.test('what is about no commitment changes none', async (t) => {
  const known = [one('c1')]
  for (const other of [says('dispute'), says('dispute', 'c9'), says('commitment_explained', 'c1')]) {
    t.equal(foldVoices(known, other, 5), known)
  }
})
