/**
 * Every invariant of the model of a crisis has a test that names it. The list is that of the specification
 * (ledger/README.md, parts 19–27); a test names an invariant when its title begins with the id, or lists it before the
 * colon. Each row says what the invariant is, so that this table can be read by itself.
 */
import t from 'tap'
import { invariantsNamed, testTitles } from './test-titles.ts'

const INVARIANTS: Readonly<Record<string, string>> = {
  C1: 'the state of a crisis changes only by guarded transitions, and closing leaves nothing silent',
  C2: 'the entries of a crisis are counted without a gap, and its head is anchored',
  C3: 'of promised updates one is in force, and a miss is written by the system',
  M1: 'the kind of a milestone is one of the list',
  M2: 'nothing happened more than five minutes after it was recorded',
  M3: 'what the system writes nobody else writes',
  M4: 'where safety is at stake, the instruction comes before what speaks for the brand',
  E1: 'a file is what its hash says',
  E2: 'a laboratory report names its issuer and the sample',
  E3: 'what is personal in a file can be erased',
  N1: 'a consent is bound to a purpose',
  N2: 'a withdrawal of consent has effect at once',
  N3: 'nothing redactable is shown without a basis',
  W1: 'a promise has a due time, not "soon"',
  W2: 'the first due time stays for ever',
  W3: 'what was promised is kept with evidence',
  W4: 'a miss is written by the system when the time has passed, once',
  R1: 'a remedy for a fault of batches or versions is for all in the scope',
  R2: 'a scope grows freely and narrows for a public reason',
  R3: 'coverage is shown for each cohort and never summed',
  RC1: 'numbers of a recall keep their base and never fall in silence',
  FG1: 'a figure that falls says what it revises',
  FG2: 'figures are never summed',
  CL1: 'clocks are published, and fixed when a crisis is opened',
  CL2: 'a graver severity makes clocks shorter, never longer',
  CL3: 'working days are counted by a calendar that is data',
  CL4: 'closing starts the look-backs, and nothing takes them away',
  CL5: 'the time to acknowledge is told only where both ends are known',
  SE1: 'a seal opens with the text that was sealed and no other',
  SE2: 'the first opening of a seal counts',
  SE3: 'a seal that stays shut too long is called overdue by the system',
  AU1: 'an auditor writes with a key that the brand does not hold',
  RO1: 'a role has one holder at a time',
  RO2: 'only a role that is held is given back',
  A1: 'what is grave is said, and a crisis ended, by two',
  A2: 'an approval is for one request, once, in time, by another key',
}

const TITLES = testTitles()

for (const [id, meaning] of Object.entries(INVARIANTS)) {
  t.test(`a test names ${id}: ${meaning}`, async (t) => {
    const tests = TITLES.filter(
      ({ file, title }) => file !== 'test/model/invariants.test.ts' && invariantsNamed(title).includes(id),
    )
    t.ok(tests.length > 0, tests.map(({ file, title }) => `${file}: ${title}`).join('\n') || `no test names ${id}`)
  })
}
