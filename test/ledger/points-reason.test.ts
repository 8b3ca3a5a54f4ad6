/** Every finding about points has a sentence, and none of them claims more than was checked. */
import t from 'tap'
import { POINTS_REFUSALS } from '../../ledger/points-rules.ts'
import { POINTS_HELD, POINTS_SENTENCES } from '../../ledger/points-reason.ts'
import { reasonOf } from '../../ledger/reason.ts'
import type { CheckCode } from '../../ledger/verdict.ts'

const said = (name: string, code: CheckCode, facts: Record<string, number>): string =>
  reasonOf({ name, ok: 'held', code, verdict: 'verified', facts })

t.test('every refusal of the rules has a sentence', async (t) => {
  for (const code of POINTS_REFUSALS) t.type(POINTS_SENTENCES[code], 'string', code)
  for (const [code, sentence] of Object.entries(POINTS_SENTENCES)) {
    t.match(sentence, /^[A-Z].*\.$/, code)
    t.notMatch(sentence, /\b(safe|genuine|true)\b/, code)
  }
})

t.test('what holds is told with its figures', async (t) => {
  t.match(
    said('points', 'held', { issued: 5, redeemed: 1, outstanding: 4 }),
    /5 points issued, 1 redeemed, 4 outstanding/,
  )
  t.match(said('points', 'held', { lines: 3 }), /All 3 lines/)
  t.match(said('openings', 'held', { lines: 3 }), /3 lines are those that were recorded/)
  t.match(said('liabilities', 'held', { sum: 0 }), /Nothing is owed/)
  t.match(said('liabilities', 'held', { sum: 9, leaves: 2, size: 7 }), /sum of 9 points over 2 holders as of 7/)
  t.match(
    said('liabilities', 'held', { balance: 4, sum: 9, leaves: 2, size: 7 }),
    /balance of 4 is counted for this holder/,
  )
  t.strictSame(Object.keys(POINTS_HELD), ['points held', 'openings held', 'liabilities held'])
})
