/**
 * Checkpoints (C2SP tlog-checkpoint): what the log promises about itself, as the text of a signed note. Three lines,
 * and no extension lines.
 *
 *     log.example/brand
 *     20852163
 *     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 * Origin, size in decimal, base64 of the root. The name of the signing key is the origin (I11).
 */
import { base64, equalBytes, parseBase64 } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { HASH_BYTES, emptyRoot } from './hash.ts'
import { isKeyName, openNote, signNote } from './note.ts'
import type { Signer, Verifier } from './note.ts'
import { isSize } from './tree.ts'

/** A log's origin, how many entries it has, and the root over them. */
export type Checkpoint = { origin: string; size: number; root: Uint8Array }

/**
 * The text of a checkpoint, line feed included.
 *
 * @throws LedgerError checkpoint_malformed when origin, size or root cannot be those of a checkpoint
 */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!isKeyName(origin)) throw malformed('origin')
  if (!isSize(size)) throw malformed('size')
  if (root.length !== HASH_BYTES) throw malformed('root')
  if (size === 0 && !equalBytes(root, emptyRoot())) throw malformed('root of no entries')
  return `${origin}\n${size}\n${base64(root)}\n`
}

/**
 * The checkpoint that a text spells.
 *
 * @throws LedgerError checkpoint_malformed unless `formatCheckpoint` of it is this very text
 */
export function parseCheckpoint(text: string): Checkpoint {
  const match = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/u.exec(text)
  if (match === null) throw malformed('lines')
  const [, origin, size, root] = match as unknown as [string, string, string, string]
  const checkpoint = { origin, size: Number(size), root: rootBytes(root) }
  formatCheckpoint(checkpoint)
  return checkpoint
}

function rootBytes(root: string): Uint8Array {
  try {
    return parseBase64(root)
  } catch {
    throw malformed('base64')
  }
}

/**
 * The signed note of a checkpoint.
 *
 * @throws LedgerError checkpoint_malformed, also when the signer's name is not the origin
 */
export function signCheckpoint(checkpoint: Checkpoint, signer: Signer): string {
  if (signer.name !== checkpoint.origin) throw malformed('the name of the key is not the origin')
  return signNote(formatCheckpoint(checkpoint), signer)
}

/**
 * The checkpoint in a note that this key signed.
 *
 * @throws LedgerError note_malformed, signature_invalid, signature_unknown, checkpoint_malformed, also when the origin is
 *   not the name of the key: another log's checkpoint
 */
export function openCheckpoint(note: Uint8Array | string, verifier: Verifier): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [verifier]).text)
  if (checkpoint.origin !== verifier.name) throw malformed('other key')
  return checkpoint
}

function malformed(what: string): LedgerError {
  return new LedgerError('checkpoint_malformed', `malformed checkpoint: ${what}`)
}
