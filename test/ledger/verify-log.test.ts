/** Whose log a bundle is of: the check `log`. */
import t from 'tap'
import { verifyBundle } from '../../ledger/verify.ts'
import { checkNamed, refuseAll, verify } from './bundle-faults.ts'
import type { Fault } from './bundle-faults.ts'
import { CRISIS, LOG_ID, openCrisis, openedLog, sampleLog } from './sample-log.ts'

const FAULTS: Fault[] = [
  { fault: 'another origin', check: 'log', alter: (b) => (b.origin = 'other.example/log') },
  {
    fault: 'an anchor of another contract',
    check: 'log',
    alter: (b) => (b.anchors[0]!.contract = `0x${'0'.repeat(40)}`),
  },
  { fault: 'an anchor of another chain', check: 'log', alter: (b) => (b.anchors[1]!.chainId = 5) },
]

t.test('a bundle of more than one log is refused', async (t) => refuseAll(t, FAULTS))

t.test('without the right log id from outside, or on a test chain, the log is unrecognised', async (t) => {
  const log = sampleLog()
  const chain = log.answers()
  const bundle = log.bundle()
  t.equal(verifyBundle(bundle, { chain }).verdict, 'unrecognised')
  t.equal(verifyBundle(bundle, { chain, logId: 'a'.repeat(32) }).verdict, 'unrecognised')
  t.equal(verifyBundle(bundle, { chain, logId: 'no log id' }).verdict, 'unrecognised')
  const typed = LOG_ID.toUpperCase().replace(/.{4}/g, '$& ')
  t.equal(verifyBundle(bundle, { chain, logId: typed }).verdict, 'verified', 'typed in groups and capitals')
  t.equal(verifyBundle(bundle, { chain, logId: LOG_ID, testChain: true }).verdict, 'unrecognised')
  t.equal(verifyBundle(bundle, { chain, logId: LOG_ID, testChain: true, allowTestChain: true }).verdict, 'verified')
})

t.test('I29: a contract that is spelled in another way makes another log, which is unrecognised', async (t) => {
  const log = sampleLog()
  const bundle = log.bundle()
  for (const anchor of bundle.anchors) anchor.contract = anchor.contract.toLowerCase()
  const chain = { ...log.answers(), contract: bundle.anchors[0]!.contract }
  const report = verifyBundle(bundle, { chain, logId: LOG_ID })
  t.equal(report.verdict, 'unrecognised')
  t.equal(checkNamed(report, 'log')?.code, 'log_id_other')
})

t.test('a bundle whose key entry is a later one and that has no anchors names no contract', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const key = log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: log.vkey } })
  const report = verify(log, log.bundle(CRISIS, { key }))
  t.equal(report.verdict, 'unrecognised')
  t.equal(report.logId, undefined)
  t.equal(checkNamed(report, 'log')?.code, 'contract_unknown')
  t.equal(checkNamed(report, 'chain')?.code, 'chain_not_asked')
})
