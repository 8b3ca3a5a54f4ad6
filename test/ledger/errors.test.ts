import t from 'tap'
import { InvariantError, LedgerError, invariant } from '../../ledger/errors.ts'

t.test('a refusal carries a code and a sentence', async (t) => {
  const error = new LedgerError('root_mismatch', 'the proof does not lead to the root')
  t.ok(error instanceof Error)
  t.equal(error.name, 'LedgerError')
  t.equal(error.code, 'root_mismatch')
  t.equal(error.message, 'the proof does not lead to the root')
})

t.test('a broken invariant is a bug of ours and no refusal', async (t) => {
  t.throws(() => invariant(undefined, 'I4: nothing is there'), {
    name: 'InvariantError',
    message: 'I4: nothing is there',
  })
  t.notOk(new InvariantError('I4') instanceof LedgerError)
})

t.test('an invariant that holds passes in silence', async (t) => {
  t.doesNotThrow(() => invariant('anything', 'never seen'))
})
