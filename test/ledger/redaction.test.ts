/** Redactions as entries say them. */
import t from 'tap'
import { REDACTION_REASONS, fileDigest, isPersonsReason, redactionOf } from '../../ledger/redaction.ts'

t.test('an entry that registers an erasure says of what and why, or says nothing', async (t) => {
  const data = { index: 4, digest: 'd', reason: 'safety' }
  t.same(redactionOf({ type: 'redaction.registered', data }), data)
  t.equal(redactionOf({ type: 'milestone.recorded', data }), undefined)
  for (const name of ['index', 'digest', 'reason']) {
    t.equal(redactionOf({ type: 'redaction.registered', data: { ...data, [name]: true } }), undefined, name)
  }
})

t.test('what a brand takes away is never a person’s request', async (t) => {
  t.same(REDACTION_REASONS.filter(isPersonsReason), ['consent_withdrawn', 'erasure_request'])
})

t.test('a file is registered by its content', async (t) => {
  t.equal(fileDigest('00'.repeat(31) + 'ff'), 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8')
  t.throws(() => fileDigest('xyz'), { code: 'bytes_malformed' })
})
