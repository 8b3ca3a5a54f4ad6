/** The Merkle half of the verifier: `signature`, `inclusion`, `heads` and `complete`. */
import t from 'tap'
import type { Bundle } from '../../ledger/bundle.ts'
import { utf8 } from '../../ledger/bytes.ts'
import { formatVerifierKey } from '../../ledger/note.ts'
import { VERDICTS } from '../../ledger/verdict.ts'
import type { Verdict } from '../../ledger/verdict.ts'
import { headsOf, namesKey } from '../../ledger/verify-proofs.ts'
import { at, checkNamed, failedChecks, flip, refuseAll, verify } from './bundle-faults.ts'
import type { Fault } from './bundle-faults.ts'
import { CRISIS, LOG_ID, ORIGIN, milestone, openCrisis, openedLog, sampleLog } from './sample-log.ts'
import { testSigner } from './signer.ts'

const otherKey = formatVerifierKey(testSigner(ORIGIN, 2))

const FAULTS: Fault[] = [
  { fault: 'another origin', check: 'signature', alter: (b) => (b.origin = 'other.example/log') },
  { fault: 'another signing key', check: 'signature', alter: (b) => (b.vkey = otherKey) },
  { fault: 'no signing key', check: 'signature', alter: (b) => (b.vkey = 'nothing') },
  {
    fault: 'an altered checkpoint',
    check: 'signature',
    alter: (b) => (b.checkpoint = b.checkpoint.replace('\n17\n', '\n16\n')),
  },
  { fault: 'a checkpoint that is no note', check: 'signature', alter: (b) => (b.checkpoint = '') },
  { fault: 'a key entry that names no key', check: 'signature', alter: (b) => (b.key = { ...at(b, 0) }) },
  { fault: 'an altered key entry', check: 'signature', alter: (b) => (b.key.bytes = flip(b.key.bytes)) },
  {
    fault: 'an altered proof of the key entry',
    check: 'signature',
    alter: (b) => (b.key.proof[0] = flip(b.key.proof[0]!)),
  },
  {
    fault: 'an altered word',
    check: 'inclusion',
    alter: (b) => (at(b, 5).bytes = utf8(textOf(b, 5).replace('request', 'requesT'))),
  },
  { fault: 'an altered proof', check: 'inclusion', alter: (b) => (at(b, 1).proof[1] = flip(at(b, 1).proof[1]!)) },
  { fault: 'a hash of a proof left out', check: 'inclusion', alter: (b) => at(b, 1).proof.pop() },
  { fault: 'a hash added to a proof', check: 'inclusion', alter: (b) => at(b, 1).proof.push(at(b, 1).proof[0]!) },
  { fault: 'two hashes of a proof swapped', check: 'inclusion', alter: (b) => at(b, 1).proof.reverse() },
  { fault: 'another index', check: 'inclusion', alter: (b) => (at(b, 5).index = 16) },
  { fault: 'an index beyond the log', check: 'inclusion', alter: (b) => (at(b, 5).index = 4000) },
  { fault: 'the heads left out', check: 'heads', alter: (b) => delete b.heads },
  { fault: 'heads that are no heads', check: 'heads', alter: (b) => (b.heads = { ...b.heads!, ...at(b, 1) }) },
  { fault: 'an altered heads entry', check: 'heads', alter: (b) => (b.heads!.bytes = flip(b.heads!.bytes)) },
  {
    fault: 'an altered proof of the heads',
    check: 'heads',
    alter: (b) => (b.heads!.proof[0] = flip(b.heads!.proof[0]!)),
  },
  { fault: 'another leaf of the heads', check: 'heads', alter: (b) => (b.heads!.leaf = 0) },
  { fault: 'a leaf beyond the heads', check: 'heads', alter: (b) => (b.heads!.leaf = 99) },
  { fault: 'an altered path of the heads', check: 'heads', alter: (b) => (b.heads!.path[0] = flip(b.heads!.path[0]!)) },
  { fault: 'a shorter path of the heads', check: 'heads', alter: (b) => b.heads!.path.pop() },
  { fault: 'the newest anchor left out', check: 'heads', alter: (b) => b.anchors.pop() },
  { fault: 'all anchors left out', check: 'heads', alter: (b) => (b.anchors = []) },
  { fault: 'the last entry left out', check: 'complete', alter: (b) => b.entries.pop() },
]

t.test('every fault of key, proofs and heads is named', async (t) => refuseAll(t, FAULTS))

function textOf(bundle: Bundle, position: number): string {
  return new TextDecoder().decode(at(bundle, position).bytes)
}

const isBetter = (a: Verdict, b: Verdict): boolean => VERDICTS.indexOf(a) < VERDICTS.indexOf(b)

t.test('entries after the last anchor are pending, and those before it are verified', async (t) => {
  const log = sampleLog()
  milestone(log)
  const report = verify(log)
  t.equal(report.verdict, 'pending')
  t.strictSame(
    report.entries.map(({ verdict }) => verdict),
    [...Array.from({ length: 6 }, () => 'verified'), 'pending'],
  )
  t.same(report.entries[6]!.anchoredBy, undefined)
  t.match(checkNamed(report, 'complete')?.reason, /all 6 of 6 entries .* 1 newer/)
})

t.test('an entry that came while the heads were counted is under the anchor and still pending', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const size = log.size
  milestone(log)
  log.addHeads(size)
  log.accept()
  const report = verify(log)
  t.equal(report.verdict, 'pending')
  t.strictSame(
    report.entries.map(({ verdict }) => verdict),
    ['verified', 'pending'],
  )
})

t.test('a stream that was opened after the newest anchor has no heads, and is pending', async (t) => {
  const log = openedLog()
  log.anchor()
  openCrisis(log)
  const report = verify(log)
  t.strictSame(failedChecks(report), [])
  t.equal(report.verdict, 'pending')
  t.equal(checkNamed(report, 'heads')?.code, 'not_covered')
  const lied = log.bundle()
  lied.heads = { ...log.proven(log.anchors[0]!.size - 1), leaf: 0, path: [] }
  t.ok(failedChecks(verify(log, lied)).includes('heads'), 'heads that count a stream without entries below them')
})

t.test('before the first anchor nothing is proved: anybody could have written this log', async (t) => {
  const log = openedLog()
  openCrisis(log)
  const report = verify(log)
  t.strictSame(failedChecks(report), [])
  t.equal(report.verdict, 'unrecognised')
  t.equal(report.logId, LOG_ID, 'the contract that the first entry names')
  const lied = log.bundle()
  lied.heads = { ...log.proven(0), leaf: 0, path: [] }
  t.ok(failedChecks(verify(log, lied)).includes('heads'), 'heads without an anchor')
})

t.test('an invented tail under another key on the true anchored history is unrecognised', async (t) => {
  const log = sampleLog()
  const thief = testSigner(ORIGIN, 9)
  const key = log.add({ type: 'ledger.key', stream: 'ledger', data: { vkey: formatVerifierKey(thief) } })
  milestone(log)
  const report = verify(log, log.bundle(CRISIS, { key, signer: thief }))
  t.equal(report.verdict, 'unrecognised')
  t.equal(checkNamed(report, 'signature')?.code, 'key_not_anchored')
  t.ok(report.entries.every(({ verdict }) => !isBetter(verdict, 'unrecognised')))
  log.anchor()
  t.equal(verify(log, log.bundle(CRISIS, { key, signer: thief })).verdict, 'verified', 'once anchored it is a rotation')
})

t.test('an entry names a key only in the stream ledger, and the first only for its own log', async (t) => {
  const opened = openedLog().entry(0)
  const vkey = opened.data['vkey'] as string
  t.ok(namesKey(opened, ORIGIN, vkey))
  t.ok(namesKey({ ...opened, type: 'ledger.key' }, 'other.example/log', vkey))
  t.notOk(namesKey(opened, 'other.example/log', vkey))
  t.notOk(namesKey(opened, ORIGIN, otherKey))
  t.notOk(namesKey({ ...opened, type: 'ledger.contract' }, ORIGIN, vkey))
  t.notOk(namesKey({ ...opened, stream: 'brand:acme' }, ORIGIN, vkey))
})

t.test('heads stand in the stream ledger', async (t) => {
  const log = sampleLog()
  const heads = log.entry(16)
  t.equal(headsOf(heads, 16).size, 16)
  t.throws(() => headsOf({ ...heads, stream: 'brand:acme' }, 16), { code: 'not_heads' })
  t.throws(() => headsOf({ ...heads, data: {} }, 16), { code: 'heads_malformed' })
})
