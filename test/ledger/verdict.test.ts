/** Verdicts and the checks that lead to them. */
import t from 'tap'
import { LedgerError } from '../../ledger/errors.ts'
import {
  CheckFailure,
  VERDICTS,
  aboutEntry,
  checkEach,
  entryVerdicts,
  held,
  partly,
  runCheck,
  skipped,
  worstVerdict,
} from '../../ledger/verdict.ts'

const thrown = (error: Error) => (): never => {
  throw error
}

t.test('I33: the worst verdict wins, and without any there is nothing wrong', async (t) => {
  t.equal(worstVerdict([]), 'verified')
  for (const [i, a] of VERDICTS.entries()) {
    for (const [k, b] of VERDICTS.entries()) t.equal(worstVerdict([a, b]), VERDICTS[Math.max(i, k)])
  }
})

t.test('a check that holds, holds in part or was skipped says so', async (t) => {
  t.same(
    runCheck('a', [], () => held()),
    { name: 'a', ok: 'held', code: 'held', verdict: 'verified', facts: {} },
  )
  t.match(
    runCheck('a', [], () => held({ n: 1 })),
    { facts: { n: 1 } },
  )
  t.match(
    runCheck('a', [], () => partly('pending', 'newer_anchor')),
    { ok: 'partly', verdict: 'pending', facts: {} },
  )
  t.match(
    runCheck('a', [], () => partly('pending', 'newer_anchor', { n: 1 })),
    { facts: { n: 1 } },
  )
  t.match(
    runCheck('a', [], () => skipped('not checked', 'chain_not_asked')),
    { verdict: 'not checked', facts: {} },
  )
})

t.test('a check whose needs did not hold is skipped, and cannot be better than they are', async (t) => {
  const failed = runCheck('first', [], thrown(new CheckFailure('seq_broken')))
  const next = runCheck('second', [failed], () => held())
  t.match(next, { ok: 'skipped', code: 'skipped', verdict: 'mismatch', facts: { lacking: 'first' } })
  t.equal(runCheck('third', [next], () => held()).ok, 'skipped', 'and so on')
  const partial = runCheck('first', [], () => partly('pending', 'newer_anchor'))
  t.equal(runCheck('second', [partial], () => held()).ok, 'held', 'what holds in part is enough')
})

t.test('whatever a check throws is its failure, with its code and facts', async (t) => {
  t.same(runCheck('a', [], thrown(new LedgerError('hash_length', 'a hash is 32 bytes'))), {
    name: 'a',
    ok: 'failed',
    code: 'hash_length',
    verdict: 'mismatch',
    facts: { detail: 'a hash is 32 bytes' },
  })
  t.same(runCheck('a', [], thrown(new CheckFailure('seq_broken', 7, { n: 1 }))), {
    name: 'a',
    ok: 'failed',
    code: 'seq_broken',
    verdict: 'mismatch',
    entry: 7,
    facts: { n: 1 },
  })
  t.match(runCheck('a', [], thrown(new TypeError('x is undefined'))), { ok: 'failed', code: 'check_impossible' })
})

t.test('a step about an entry names it', async (t) => {
  t.equal(
    aboutEntry(3, () => 5),
    5,
  )
  t.throws(() => aboutEntry(3, thrown(new LedgerError('hash_length', 'short'))), {
    code: 'hash_length',
    entry: 3,
    facts: { detail: 'short' },
  })
  const own = new CheckFailure('seq_broken', 4)
  t.throws(() => aboutEntry(3, thrown(own)), own, 'as it was')
})

t.test('a check of each entry names all that are at fault', async (t) => {
  const entries = [1, 2, 3, 4].map((index) => ({ index }))
  checkEach(entries, () => undefined)
  const check = runCheck('a', [], () => {
    checkEach(entries, ({ index }) => {
      if (index % 2 === 0) throw new CheckFailure('text_withheld', index)
    })
    return held()
  })
  t.match(check, { ok: 'failed', entry: 2, entries: [2, 4] })
  t.throws(() => checkEach(entries, thrown(new TypeError('bug'))), TypeError)
})

t.test('a check that names entries at fault concerns these alone, and every other concerns all', async (t) => {
  const failed = { name: 'a', ...partly('mismatch', 'text_withheld'), entries: [2, 4] }
  const limitOf = entryVerdicts([failed, { name: 'b', ...partly('pending', 'newer_anchor') }])
  t.strictSame([1, 2, 3, 4].map(limitOf), ['pending', 'mismatch', 'pending', 'mismatch'])
  t.equal(entryVerdicts([failed, { name: 'b', ...skipped('mismatch', 'skipped') }])(1), 'mismatch')
  t.equal(entryVerdicts([])(1), 'verified')
})
