/** The record half of the verifier: `entries`, `disclosures` and `promises`. */
import t from 'tap'
import { formatDisclosure } from '../../ledger/disclosure.ts'
import { formatInstant } from '../../ledger/instant.ts'
import { at, checkNamed, flip, refuseAll, verify } from './bundle-faults.ts'
import type { Fault } from './bundle-faults.ts'
import { milestone, openCrisis, openedLog } from './sample-log.ts'

const foreign = formatDisclosure({ salt: 'A'.repeat(22), name: '/text/en', value: 'Invented.' })

const FAULTS: Fault[] = [
  { fault: 'no entries', check: 'entries', alter: (b) => (b.entries = []) },
  { fault: 'the first entry left out', check: 'entries', alter: (b) => b.entries.shift() },
  { fault: 'an entry left out', check: 'entries', alter: (b) => b.entries.splice(2, 1) },
  { fault: 'two entries swapped', check: 'entries', alter: (b) => b.entries.splice(1, 2, at(b, 2), at(b, 1)) },
  { fault: 'an entry given twice', check: 'entries', alter: (b) => b.entries.splice(1, 0, at(b, 1)) },
  { fault: 'an altered byte', check: 'entries', alter: (b) => (at(b, 1).bytes = flip(at(b, 1).bytes)) },
  { fault: 'another stream', check: 'entries', alter: (b) => (b.stream = 'crisis:CR-ZZZZ2222') },
  { fault: 'a text withheld', check: 'disclosures', alter: (b) => at(b, 1).disclosures.pop() },
  { fault: 'an invented text', check: 'disclosures', alter: (b) => at(b, 1).disclosures.push(foreign) },
  { fault: 'a text replaced', check: 'disclosures', alter: (b) => (at(b, 1).disclosures[0] = foreign) },
  { fault: 'a text at an entry that has none', check: 'disclosures', alter: (b) => at(b, 5).disclosures.push(foreign) },
  {
    fault: 'a text given twice',
    check: 'disclosures',
    alter: (b) => at(b, 1).disclosures.push(at(b, 1).disclosures[0]!),
  },
  { fault: 'a text that is none', check: 'disclosures', alter: (b) => (at(b, 1).disclosures[0] = 'e30') },
  {
    fault: 'the texts of two entries exchanged',
    check: 'disclosures',
    alter: (b) => ([at(b, 1).disclosures, at(b, 3).disclosures] = [at(b, 3).disclosures, at(b, 1).disclosures]),
  },
]

t.test('every fault of entries and texts is named', async (t) => refuseAll(t, FAULTS))

t.test('a due time of a live crisis without outcome and without miss is a mismatch', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const due = formatInstant((log.now + 600) * 1000)
  const made = milestone(log, { kind: 'commitment_made', commitment: { id: 'cm-1', due: { at: due } } })
  log.now += 86_400
  log.anchor()
  const report = verify(log)
  t.equal(report.verdict, 'mismatch')
  t.match(checkNamed(report, 'promises'), { ok: 'failed', code: 'miss_missing', entry: made })
})
