/**
 * Proof files (C2SP tlog-proof): that one entry stands in a log, checkable without the log.
 *
 *     c2sp.org/tlog-proof@v1
 *     extra aGVsbG8=
 *     index 73894
 *     gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
 *
 *     log.example/brand
 *     …the signed checkpoint, verbatim…
 *
 * The hashes are the inclusion proof, the sibling of the leaf first. The line `extra` may be absent; nothing
 * authenticates it, so nobody may trust it.
 */
import { base64, parseBase64 } from './bytes.ts'
import { openCheckpoint } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { LedgerError } from './errors.ts'
import { HASH_BYTES } from './hash.ts'
import { parseNote } from './note.ts'
import type { Verifier } from './note.ts'
import { verifyInclusion } from './proof.ts'
import { SIZE_MAX, isSize } from './tree.ts'

const FIRST_LINE = 'c2sp.org/tlog-proof@v1'

/** No inclusion proof in a log of at most 2^53-1 entries is longer. */
const PROOF_HASHES_MAX = 53

/** A parsed file, not verified. `checkpoint`: the signed note, verbatim. */
export type TlogProof = { index: number; proof: Uint8Array[]; checkpoint: string; extra?: Uint8Array }

/** What a verified file proves: an entry with the given leaf hash stands at `index` under the checkpoint. */
export type ProvenEntry = { index: number; checkpoint: Checkpoint }

/**
 * The text of a proof file.
 *
 * @throws LedgerError tlog_proof_malformed, note_malformed when the checkpoint is not a note
 */
export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  if (!isSize(index) || index === SIZE_MAX) throw malformed('the index is not below 2^53-1')
  if (proof.length > PROOF_HASHES_MAX) throw malformed(`there are more than ${PROOF_HASHES_MAX} hashes`)
  if (proof.some((hash) => hash.length !== HASH_BYTES)) throw malformed(`a hash is not ${HASH_BYTES} bytes`)
  if (extra?.length === 0) throw malformed('the extra data is empty')
  parseNote(checkpoint)
  const lines = [FIRST_LINE, `index ${index}`, ...proof.map(base64)]
  if (extra !== undefined) lines.splice(1, 0, `extra ${base64(extra)}`)
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/**
 * The parts of a proof file.
 *
 * @throws LedgerError tlog_proof_malformed or note_malformed unless `formatTlogProof` of them is this very text (I14)
 */
export function parseTlogProof(file: string): TlogProof {
  // The lines before the checkpoint are never empty, so the first empty line ends them.
  const split = file.indexOf('\n\n')
  if (split < 0) throw malformed('there is no empty line before the checkpoint')
  const lines = file.slice(0, split).split('\n', PROOF_HASHES_MAX + 4)
  if (lines.shift() !== FIRST_LINE) throw malformed(`the first line is not ${FIRST_LINE}`)
  const extra = lines[0]?.startsWith('extra ') ? decode(lines.shift()!.slice('extra '.length)) : undefined
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1]
  if (index === undefined) throw malformed('the index is missing')
  const parsed: TlogProof = {
    index: Number(index),
    proof: lines.map(decode),
    checkpoint: file.slice(split + 2),
    ...(extra === undefined ? {} : { extra }),
  }
  formatTlogProof(parsed)
  return parsed
}

/**
 * Verifies a proof file for an entry, given by its leaf hash, against the log's key.
 *
 * @throws LedgerError tlog_proof_malformed, those of `openCheckpoint`, those of `verifyInclusion`
 */
export function verifyTlogProof(file: string, leafHash: Uint8Array, verifier: Verifier): ProvenEntry {
  const { index, proof, checkpoint: note } = parseTlogProof(file)
  const checkpoint = openCheckpoint(note, verifier)
  verifyInclusion({ leafHash, index, size: checkpoint.size, proof, root: checkpoint.root })
  return { index, checkpoint }
}

function decode(line: string): Uint8Array {
  try {
    return parseBase64(line)
  } catch {
    throw malformed('a line is not base64')
  }
}

function malformed(message: string): LedgerError {
  return new LedgerError('tlog_proof_malformed', `malformed tlog-proof: ${message}`)
}
