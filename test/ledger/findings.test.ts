/** What a bundle makes a verifier ask, and whose answers count. */
import t from 'tap'
import { answersFor, chainQuestions, namedContract } from '../../ledger/findings.ts'
import type { Findings } from '../../ledger/findings.ts'
import { CHAIN_ID, CONTRACT, ORIGIN, openCrisis, openedLog, sampleLog } from './sample-log.ts'

t.test('the questions are about every anchor of the bundle', async (t) => {
  const log = sampleLog()
  t.same(chainQuestions(log.bundle()), { chainId: CHAIN_ID, contract: CONTRACT, sizes: [8, 14, 17] })
})

t.test('without anchors the contract is the one that the first entry names, if the bundle has it', async (t) => {
  const log = openedLog()
  openCrisis(log)
  t.same(chainQuestions(log.bundle()), { chainId: CHAIN_ID, contract: CONTRACT, sizes: [] })
  const bundle = log.bundle()
  t.equal(chainQuestions({ ...bundle, key: log.proven(1) }), undefined)
  t.equal(chainQuestions({ ...bundle, key: { ...bundle.key, bytes: new Uint8Array(1) } }), undefined)
})

t.test('an entry names a contract only in full', async (t) => {
  const opened = openedLog().entry(0)
  t.same(namedContract(opened), { chainId: CHAIN_ID, contract: CONTRACT })
  t.same(namedContract({ ...opened, type: 'ledger.contract' }), { chainId: CHAIN_ID, contract: CONTRACT })
  t.equal(namedContract({ ...opened, type: 'ledger.key' }), undefined)
  t.equal(namedContract({ ...opened, data: { origin: ORIGIN, chainId: 1 } }), undefined)
  t.equal(namedContract({ ...opened, data: { contract: CONTRACT } }), undefined)
  t.equal(namedContract({ ...opened, data: { chainId: 1, contract: 'none' } }), undefined)
})

t.test('answers count only when they are of this contract', async (t) => {
  const log = sampleLog()
  const findings = (bundle = log.bundle(), chain = log.answers()): Findings => ({
    bundle,
    options: { chain },
    entries: [],
    lastEntries: [],
    texts: new Map(),
  })
  t.ok(answersFor(findings()))
  t.equal(answersFor(findings(log.bundle(), { ...log.answers(), chainId: 9 })), undefined)
  t.equal(answersFor(findings(log.bundle(), { ...log.answers(), contract: `0x${'1'.repeat(40)}` })), undefined)
  t.equal(answersFor({ ...findings(), options: {} }), undefined)
  t.equal(answersFor(findings({ ...log.bundle(), anchors: [], key: log.proven(1) })), undefined)
})
