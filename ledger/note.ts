/**
 * Signed notes (C2SP signed-note): a text, an empty line, and one or more signature lines.
 *
 *     This text is signed,
 *     final line feed included.
 *
 *     — log.example/brand 3l0jRT…A0=
 *
 * A signature line is an em dash, the name of the key, and base64 of four bytes of key id and the signature. Only
 * Ed25519 (type 0x01) is signed and verified here; lines of other keys are carried along and ignored, so that witnesses
 * may add theirs.
 */
import { base64, concat, hasLoneSurrogate, hex, parseBase64, parseHex, text as decodeText, utf8 } from './bytes.ts'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from './ed25519.ts'
import { LedgerError, invariant } from './errors.ts'
import { sha256 } from './hash.ts'

/** The signature type of Ed25519 in key ids and verifier keys. */
export const ED25519_TYPE = 0x01

/** A note with more signature lines is refused: each may cost a verification. */
export const SIGNATURES_MAX = 100

const KEY_ID_BYTES = 4
const LINE_START = '— '

/** A key that is trusted to sign under a name. `keyId`: 8 lower-case hex digits. */
export type Verifier = { name: string; keyId: string; publicKey: Uint8Array }

/** A key that can sign; `sign` gives the 64 bytes of an Ed25519 signature. */
export type Signer = { name: string; publicKey: Uint8Array; sign: (message: Uint8Array) => Uint8Array }

/** One signature line, not verified. `signature`: what follows the four bytes of the key id, at least one byte. */
export type NoteSignature = { name: string; keyId: string; signature: Uint8Array }

/** A parsed note, not verified. `text` ends with a line feed. */
export type Note = { text: string; signatures: NoteSignature[] }

/** What a note says, and which of the trusted keys signed it: at least one. */
export type OpenedNote = { text: string; verified: Verifier[] }

/**
 * The id of a key: the first four bytes of SHA-256(name ‖ LF ‖ type ‖ public key), as 8 hex digits. It tells keys of one
 * name apart and is no proof of anything.
 */
export function keyId(name: string, type: number, publicKey: Uint8Array): string {
  return hex(sha256(concat(utf8(name), Uint8Array.of(0x0a, type), publicKey)).slice(0, KEY_ID_BYTES))
}

/** Whether a key may have this name: not empty, no white space, no plus sign, no control character. */
export function isKeyName(name: string): boolean {
  // Control characters are meant here.
  // oxlint-disable-next-line no-control-regex
  return name !== '' && !/[\p{White_Space}\u0000-\u001f+]/u.test(name) && !hasLoneSurrogate(name)
}

/**
 * The verifier of an Ed25519 key.
 *
 * @throws LedgerError verifier_key_malformed on a name that no key may have or a key that is not 32 bytes
 */
export function ed25519Verifier(name: string, publicKey: Uint8Array): Verifier {
  if (!isKeyName(name)) throw keyMalformed('name')
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw keyMalformed('length')
  return { name, keyId: keyId(name, ED25519_TYPE, publicKey), publicKey }
}

/**
 * A verifier key (vkey) as it is published: `name+keyId+base64(type ‖ public key)`.
 *
 * @throws LedgerError verifier_key_malformed
 */
export function formatVerifierKey({ name, publicKey }: { name: string; publicKey: Uint8Array }): string {
  const verifier = ed25519Verifier(name, publicKey)
  return `${name}+${verifier.keyId}+${base64(concat(Uint8Array.of(ED25519_TYPE), publicKey))}`
}

/**
 * The verifier of a vkey of type Ed25519.
 *
 * @throws LedgerError verifier_key_malformed unless `formatVerifierKey` of it is this very text
 */
export function parseVerifierKey(vkey: string): Verifier {
  // The name has no plus sign; base64 may.
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey)
  if (match === null) throw keyMalformed('not name+id+key')
  const [, name, id, key] = match as unknown as [string, string, string, string]
  const typed = verifierKeyBytes(key)
  if (typed[0] !== ED25519_TYPE) throw keyMalformed('type')
  const verifier = ed25519Verifier(name, typed.slice(1))
  if (verifier.keyId !== id) throw keyMalformed('id')
  return verifier
}

function verifierKeyBytes(key: string): Uint8Array {
  try {
    return parseBase64(key)
  } catch {
    throw keyMalformed('base64')
  }
}

/**
 * I8: the text of a note is Unicode that ends with a line feed and has no other control character below U+0020.
 *
 * @throws LedgerError note_malformed otherwise
 */
export function assertNoteText(text: string): void {
  if (!text.endsWith('\n')) throw malformed('the text does not end with a line feed')
  assertCharacters(text)
}

function assertCharacters(value: string): void {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f]/.test(value)) throw malformed('control character')
  if (hasLoneSurrogate(value)) throw malformed('lone surrogate')
}

/**
 * The note as text. Its bytes are UTF-8.
 *
 * @param signatures 1 to 100
 * @throws LedgerError note_malformed
 */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  assertNoteText(text)
  assertSignatureCount(signatures.length)
  return `${text}\n${signatures.map(formatSignature).join('')}`
}

function formatSignature({ name, keyId, signature }: NoteSignature): string {
  if (!isKeyName(name)) throw malformed('the name of a key is malformed')
  if (!/^[0-9a-f]{8}$/.test(keyId)) throw malformed('a key id is 8 lower-case hex digits')
  if (signature.length === 0) throw malformed('a signature is empty')
  return `${LINE_START}${name} ${base64(concat(parseHex(keyId), signature))}\n`
}

/**
 * Signs a text and gives the note with this one signature. That the signer's key made it is not checked again: it would
 * cost a verification with every append.
 *
 * @throws LedgerError note_malformed, verifier_key_malformed when name or key of the signer are malformed
 */
export function signNote(text: string, signer: Signer): string {
  assertNoteText(text)
  const { name, keyId } = ed25519Verifier(signer.name, signer.publicKey)
  const signature = signer.sign(utf8(text))
  invariant(signature.length === SIGNATURE_BYTES, 'I9: an Ed25519 signature is 64 bytes')
  return formatNote(text, [{ name, keyId, signature }])
}

/**
 * The text and the signature lines of a note, verified by nobody yet.
 *
 * @param note the note as UTF-8 bytes or as text
 * @throws LedgerError note_malformed unless `formatNote` of the result is this very note
 */
export function parseNote(note: Uint8Array | string): Note {
  const whole = typeof note === 'string' ? note : noteFromBytes(note)
  assertCharacters(whole)
  // The text may contain empty lines: the signatures begin after the last.
  const split = whole.lastIndexOf('\n\n')
  if (split < 0) throw malformed('no empty line')
  const text = whole.slice(0, split + 1)
  const lines = whole.slice(split + 2)
  if (!lines.endsWith('\n')) throw malformed('no line feed at the end')
  const signatures = lines.slice(0, -1).split('\n', SIGNATURES_MAX + 1)
  assertSignatureCount(signatures.length)
  return { text, signatures: signatures.map(parseSignature) }
}

function noteFromBytes(bytes: Uint8Array): string {
  try {
    return decodeText(bytes)
  } catch {
    throw malformed('not UTF-8')
  }
}

function parseSignature(line: string): NoteSignature {
  const match = /^— ([^ ]+) ([^ ]+)$/u.exec(line)
  if (match === null) throw malformed('signature line')
  const [, name, encoded] = match as unknown as [string, string, string]
  if (!isKeyName(name)) throw malformed('key name')
  const bytes = signatureBytes(encoded)
  if (bytes.length <= KEY_ID_BYTES) throw malformed('empty signature')
  return { name, keyId: hex(bytes.slice(0, KEY_ID_BYTES)), signature: bytes.slice(KEY_ID_BYTES) }
}

function signatureBytes(encoded: string): Uint8Array {
  try {
    return parseBase64(encoded)
  } catch {
    throw malformed('base64')
  }
}

/**
 * Verifies a note (I9). Lines of keys that are not among the verifiers are ignored; a line of a key that is must verify,
 * even when another line of the same key does.
 *
 * @throws LedgerError note_malformed, signature_invalid when a known key's line fails, signature_unknown when no line is
 *   of a known key
 */
export function openNote(note: Uint8Array | string, verifiers: readonly Verifier[]): OpenedNote {
  const { text, signatures } = parseNote(note)
  const message = utf8(text)
  const verified = new Set<Verifier>()
  for (const { name, keyId, signature } of signatures) {
    const known = verifiers.filter((verifier) => verifier.name === name && verifier.keyId === keyId)
    if (known.length === 0) continue
    // Two keys can share name and id: 32 bits are easily met. The line is then good if it is of one of them.
    const signedBy = known.find((verifier) => verifyEd25519(signature, message, verifier.publicKey))
    if (signedBy === undefined) throw new LedgerError('signature_invalid', name)
    verified.add(signedBy)
  }
  if (verified.size === 0) throw new LedgerError('signature_unknown', 'no known key')
  return { text, verified: [...verified] }
}

function assertSignatureCount(count: number): void {
  if (count < 1 || count > SIGNATURES_MAX) throw malformed(`${count} signatures`)
}

function malformed(what: string): LedgerError {
  return new LedgerError('note_malformed', `malformed note: ${what}`)
}

function keyMalformed(what: string): LedgerError {
  return new LedgerError('verifier_key_malformed', `malformed verifier key: ${what}`)
}
