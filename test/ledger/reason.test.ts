/** The English for what a verification found. */
import t from 'tap'
import type { JsonObject } from '../../ledger/json.ts'
import { reasonOf, withReasons } from '../../ledger/reason.ts'
import type { Check, CheckCode } from '../../ledger/verdict.ts'

const found = (name: string, code: CheckCode, facts: JsonObject = {}, entry?: number): Check => ({
  name,
  ok: 'failed',
  code,
  verdict: 'mismatch',
  facts,
  ...(entry === undefined ? {} : { entry }),
})

/** Where the same outcome has several sentences, its facts tell which. */
const TABLE: [Check, RegExp][] = [
  [found('log', 'held', { testChain: false }), /one of this log\.$/],
  [found('log', 'held', { testChain: true, chainId: 31337 }), /chain 31337 is a test chain, as allowed/],
  [found('entries', 'held', { entries: 3, unjudged: 0 }), /3 entries are numbered 1 to 3 .* linked\.$/],
  [found('entries', 'held', { entries: 3, unjudged: 2 }), /2 also carry a signature/],
  [found('complete', 'not_covered', { counted: 0, pending: 2, size: 5 }), /^All 2 entries are newer/],
  [found('complete', 'not_covered', { counted: 4, pending: 2, size: 5 }), /all 4 of 4 .* size 5; 2 newer/],
  [
    found('anchors', 'root_mismatch', { size: 5, detail: 'too short' }),
    /size 5 is not an earlier state .*: too short\.$/,
  ],
  [found('anchors', 'root_mismatch', { detail: 'the proof is of another' }, 4), /^Entry 4: the proof is of another\.$/],
  [found('chain', 'held', { anchors: 0 }), /no anchors yet/],
  [found('chain', 'held', { anchors: 2 }), /each of the 2 anchors/],
  [found('times', 'held'), /between the two anchors/],
  [found('times', 'held', { anchors: 0 }), /^Nothing is anchored yet\.$/],
  [found('times', 'held', { since: 0 }), /since before 1970-01-01T00:00:00\.000Z/],
  [found('times', 'no_earlier_anchor', { since: 1 }), /only since 1970-01-01T00:00:01\.000Z/],
  [found('promises', 'held', { anchored: false }), /Nothing is anchored yet that could/],
  [found('promises', 'held', { promises: false }), /makes no promises/],
  [found('promises', 'held', { before: 'then' }), /fell due before then has/],
  [found('L7', 'held'), /Every promise that fell due has/],
  [found('L8', 'held'), /Every seal that was opened/],
  [found('L9', 'held'), /Every programme follows its rules/],
  [found('L10', 'held'), /Every signature of an actor/],
  [found('L10', 'actor_key_unknown', {}, 7), /Entry 7 is signed, but/],
  [found('format', 'held', { entries: 3, anchors: 1 }), /^This is a bundle of 3 entries/],
  [found('format', 'held', { entries: 3, anchors: 1, receipt: true }), /^This is a receipt of 3 entries/],
  [found('entries', 'held', { entries: 3, receipt: true }), /of one programme, in the order of the log/],
  [found('fresh', 'held'), /no anchors yet/],
  [found('fresh', 'held', { size: 3 }), /more than an hour newer/],
  [found('root', 'root_mismatch', { size: 3, read: 4 }), /of 3 entries, and 4 were read/],
  [found('root', 'root_mismatch', { size: 3, read: 3 }), /The 3 entries do not have the root/],
  [found('times', 'time_backward', { later: 9 }, 8), /^Entry 8 claims .* later than entry 9/],
  [found('entries', 'time_backward', {}, 8), /^Entry 8 is recorded earlier/],
  [found('heads', 'heads_not_anchored', {}, 8), /heads at 8 without an anchor/],
  [found('heads', 'heads_not_anchored', { last: 7 }, 8), /ends with entry 7, not with the heads at 8/],
  [found('chain', 'chain_not_asked'), /^The chain was not asked\.$/],
  [found('chain', 'chain_not_asked', { why: 'time-out' }), /not asked \(time-out\)\.$/],
  [found('chain', 'chain_not_asked', { size: 3 }), /not asked about the anchor of size 3\.$/],
  [found('chain', 'anchor_of_other_log', { isThere: true }), /anchors another log/],
  [found('chain', 'anchor_of_other_log', { isThere: false, contract: '0x1', chainId: 5 }), /at 0x1 on chain 5/],
  [found('chain', 'chain_differs', { size: 3, differing: ['root', 'time'] }), /another root and time .* size 3/],
  [found('L4', 'heads_mismatch', { counted: 3, streams: 3, size: 9 }, 9), /not those of the 3 streams below 9/],
  [found('L4', 'heads_mismatch', { counted: 3, streams: 4, size: 9 }, 9), /count 3 streams below 9; there are 4/],
  [found('L5', 'stream_not_opened', {}, 0), /first entry does not open/],
  [found('L5', 'stream_not_opened', {}, 5), /Entry 5 opens the log a second time/],
  [found('L5', 'stream_not_opened', { stream: 'brand:b' }, 5), /begins brand:b, which no earlier/],
  [found('L5', 'stream_not_opened', { opens: null }, 5), /opens no stream that can be opened/],
  [found('L1', 'entry_malformed', { detail: 'v is not 1', times: 3 }, 5), /^Entry 5: v is not 1\. .* first of 3/],
  [found('format', 'check_impossible', { detail: 'no such thing.' }), /^No such thing\.$/],
]

t.test('each outcome has its sentence, with the facts in it', async (t) => {
  for (const [check, sentence] of TABLE) t.match(reasonOf(check), sentence)
})

t.test('a report is given its reasons without a change to anything else', async (t) => {
  const check = found('signature', 'key_not_named', {}, 3)
  t.same(withReasons([check]), [{ ...check, reason: 'Entry 3 does not name the signing key.' }])
})
