/**
 * The Merkle half of a bundle's verification: `signature`, `inclusion`, `heads` and `complete`. Everything hangs on the
 * root of one signed checkpoint of size N.
 */
import { base64url } from './bytes.ts'
import type { ProvenBytes } from './bundle.ts'
import { openCheckpoint } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { LEDGER_STREAM, parseEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Findings } from './findings.ts'
import { leafHash } from './hash.ts'
import { parseHeads, verifyHeadsPath } from './heads.ts'
import type { Heads } from './heads.ts'
import { parseVerifierKey } from './note.ts'
import { verifyInclusion } from './proof.ts'
import { CheckFailure, aboutEntry, checkEach, held, partly } from './verdict.ts'
import type { Finding } from './verdict.ts'

/**
 * `signature`: the checkpoint is signed by a key that an entry of the log names, and that entry is anchored: or else
 * anybody could add an invented tail, and a key for it, to the true history.
 */
export function checkSignature(findings: Findings): Finding {
  const { bundle } = findings
  const checkpoint = openCheckpoint(bundle.checkpoint, parseVerifierKey(bundle.vkey))
  if (checkpoint.origin !== bundle.origin) throw new CheckFailure('origin_differs')
  const { index } = bundle.key
  const key = provenEntry(bundle.key, checkpoint)
  if (!namesKey(key, bundle.origin, bundle.vkey)) throw new CheckFailure('key_not_named', index)
  findings.checkpoint = checkpoint
  const anchored = bundle.anchors[bundle.anchors.length - 1]?.size ?? 0
  const facts = { size: checkpoint.size, index, anchored }
  return index < anchored ? held(facts) : partly('unrecognised', 'key_not_anchored', facts)
}

/** Whether an entry of the log names a key: the one that opened the log, or a later one. */
export function namesKey({ stream, type, data }: Entry, origin: string, vkey: string): boolean {
  if (stream !== LEDGER_STREAM || data['vkey'] !== vkey) return false
  return type === 'ledger.key' || (type === 'ledger.opened' && data['origin'] === origin)
}

/** `inclusion`: every entry stands at its index under the checkpoint. */
export function checkInclusion({ bundle, checkpoint }: Findings): Finding {
  checkEach(bundle.entries, (entry) => assertIncluded(entry, checkpoint!))
  return held({ entries: bundle.entries.length, size: checkpoint!.size })
}

/**
 * `heads`: the newest anchor ends with this heads entry, and its tree counts the stream as the bundle shows it. A stream
 * that was opened after the anchor counted is in no heads yet.
 */
export function checkHeads(findings: Findings, entriesHold: boolean): Finding {
  const { bundle, checkpoint } = findings
  const { heads } = bundle
  const newest = bundle.anchors[bundle.anchors.length - 1]
  if (newest === undefined) {
    if (heads !== undefined) throw new CheckFailure('heads_not_anchored', heads.index)
    return partly('pending', 'not_anchored')
  }
  const claim = heads ?? { index: newest.size - 1, ...newest.last }
  const found = headsOf(provenEntry(claim, checkpoint!), claim.index)
  if (claim.index + 1 !== newest.size) {
    throw new CheckFailure('heads_not_anchored', claim.index, { last: newest.size - 1 })
  }
  const counted = bundle.entries.filter(({ index }) => index < found.size).length
  if (heads === undefined && counted > 0) throw new CheckFailure('heads_missing', undefined, { counted })
  findings.heads = found
  const facts = { size: found.size, streams: found.streams, index: claim.index }
  if (heads === undefined) return partly('pending', 'not_covered', facts)
  if (entriesHold) assertCounted(findings, found)
  return held(facts)
}

/** `complete`: the bundle has all entries of the stream below the size that the heads count. */
export function checkComplete(findings: Findings): Finding {
  const { bundle, heads, entries } = findings
  if (heads === undefined) {
    if (bundle.anchors.length > 0) throw new CheckFailure('heads_missing')
    return partly('pending', 'not_anchored')
  }
  const pending = entries.filter(({ index }) => index >= heads.size).length
  const counted = entries.length - pending
  const facts = { size: heads.size, counted, pending }
  if (bundle.heads !== undefined) assertCounted(findings, heads)
  return pending > 0 ? partly('pending', 'not_covered', facts) : held(facts)
}

/** The heads tree has a leaf for exactly the entries below its size, ending with the last of them. */
function assertCounted({ bundle, entries }: Findings, { size, streams, root }: Heads): void {
  const counted = entries.filter(({ index }) => index < size)
  const count = counted.length
  const last = counted[count - 1]
  const claim = bundle.heads!
  const failure = new CheckFailure('count_differs', undefined, { size, counted: count })
  if (last === undefined) throw failure
  try {
    const head = base64url(last.leafHash)
    verifyHeadsPath({ stream: bundle.stream, count, head, index: claim.leaf, streams, path: claim.path, root })
  } catch {
    throw failure
  }
}

/** What a heads entry says. */
export function headsOf(entry: Entry, index: number): Heads {
  if (entry.type !== 'ledger.heads' || entry.stream !== LEDGER_STREAM) throw new CheckFailure('not_heads', index)
  return aboutEntry(index, () => parseHeads(entry.data, index))
}

/** An entry that stands at its index under the checkpoint, parsed. */
export function provenEntry(claim: ProvenBytes, checkpoint: Checkpoint): Entry {
  assertIncluded(claim, checkpoint)
  return aboutEntry(claim.index, () => parseEntry(claim.bytes))
}

function assertIncluded({ index, bytes, proof }: ProvenBytes, { size, root }: Checkpoint): void {
  aboutEntry(index, () => verifyInclusion({ leafHash: leafHash(bytes), index, size, proof, root }))
}
