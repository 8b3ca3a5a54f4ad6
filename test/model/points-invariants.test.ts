/**
 * Every invariant of trust points has a test that names it (invariants.test.ts is the same for crises). The list is that of
 * the specification (ledger/README.md, parts 30–38); each row says what the invariant is.
 */
import t from 'tap'
import { invariantsNamed, testTitles } from './test-titles.ts'

const INVARIANTS: Readonly<Record<string, string>> = {
  P1: 'over all accounts the sum is zero after every entry',
  P2: 'points go from nobody to somebody else, and are not for money',
  ER1: 'a rule is used only after an anchor covers it',
  ER2: 'a rule has no place for what somebody thinks or says',
  ER3: 'rules and terms change only forward in time',
  ER4: 'what the clock decides the system writes, and on a grant the role decides that its rule names',
  L1: 'an amount is an integer above zero',
  L2: 'what was booked is changed by nobody',
  L3: 'one grant for each rule, source and holder',
  L4: 'no more is taken back than was given',
  L5: 'what is spent goes soonest expiry first, and comes back as it was',
  GR1: 'what a grant is for stands in the record',
  GR2: 'nobody decides on points of their own',
  GR3: 'a source counts once, and a holder gets no more by a rule than it says',
  GR4: 'a grant is resolved at most once',
  RW1: 'no more places are taken than a reward has',
  RW2: 'a published reward only becomes better',
  RW4: 'a redemption ends once',
  PR1: 'a refusal has a reason',
  PR2: 'nobody decides on a proposal of their own',
  PR3: 'an answer that is late is marked as missed',
  BL1: 'a ballot opens on a list that was frozen and anchored',
  BL2: 'the last vote of each counts',
  BL3: 'the tally is what anybody counts',
  BL4: 'votes are earned, and nothing depends on the choice',
  BL5: 'few votes are not split',
  BL6: 'everybody sees which votes stand in the own place',
  BT1: 'leaf and node are those of the specification',
  BT2: 'a sum is exactly that of its parts',
  BT3: 'whoever is left out has no path',
  BT4: 'no leaf serves two holders',
  BT5: 'the sum of the balances is what the entries leave outstanding',
  RC1: 'a receipt has no gap',
  RC2: 'a receipt tells of every side of its holder',
  RC3: 'a holder who is left out of the balances sees it',
  RC4: 'no two holders can be shown one leaf',
  SC1: 'a screen code is of one holder and programme',
  SC2: 'a screen code is good for a minute',
  SC3: 'a screen code counts once',
}

const TITLES = testTitles().filter(({ file }) => !file.startsWith('test/model/'))

for (const [id, meaning] of Object.entries(INVARIANTS)) {
  t.test(`a test names ${id}: ${meaning}`, async (t) => {
    const tests = TITLES.filter(({ title }) => invariantsNamed(title).includes(id))
    t.ok(tests.length > 0, tests.map(({ file, title }) => `${file}: ${title}`).join('\n') || `no test names ${id}`)
  })
}
