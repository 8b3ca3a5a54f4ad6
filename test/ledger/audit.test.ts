/** What auditors say is counted, and answered by the brand at most once. */
import t from 'tap'
import { foldAudit, isAuditorsWord, unanswered } from '../../ledger/audit.ts'
import type { Entry } from '../../ledger/entry.ts'

const entryOf = (type: string, kind: string, data: Entry['data'] = {}): Entry => ({
  v: 1,
  type,
  brand: 'acme',
  stream: 'brand:acme',
  seq: 2,
  prev: null,
  recordedAt: '2026-06-14T08:00:00.000Z',
  actor: { kind, id: 'k_1' },
  data,
})

t.test('AU1: only an auditor’s key makes an objection or a statement', async (t) => {
  t.same(foldAudit(undefined, entryOf('audit.objection', 'auditor'), 4), [{ index: 4, kind: 'objection' }])
  t.same(foldAudit(undefined, entryOf('audit.statement', 'auditor'), 4), [{ index: 4, kind: 'statement' }])
  t.equal(foldAudit(undefined, entryOf('audit.objection', 'staff'), 4), undefined)
  t.notOk(isAuditorsWord(entryOf('milestone.recorded', 'auditor')))
})

t.test('an objection is unanswered until the brand answers it; a statement needs no answer', async (t) => {
  let known = foldAudit(undefined, entryOf('audit.objection', 'auditor'), 4)
  known = foldAudit(known, entryOf('audit.statement', 'auditor'), 5)
  t.same(unanswered(known), [{ index: 4, kind: 'objection' }])
  t.equal(foldAudit(known, entryOf('audit.answered', 'staff', { of: 9 }), 6), known)
  t.equal(foldAudit(known, entryOf('milestone.recorded', 'staff', { of: 4 }), 6), known)
  const answered = foldAudit(known, entryOf('audit.answered', 'staff', { of: 4 }), 6)
  t.match(answered, [{ answered: 6 }, {}])
  t.same(unanswered(answered), [])
  t.equal(foldAudit(answered, entryOf('audit.answered', 'staff', { of: 4 }), 7), answered, 'the first answer counts')
  t.same(unanswered(undefined), [])
  t.equal(foldAudit(undefined, entryOf('audit.answered', 'staff', { of: 4 }), 7), undefined)
})
