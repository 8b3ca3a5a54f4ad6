/**
 * Entries that bear a signature of the key's holder (ledger/README.md, 10). What is signed holds digests of salted texts,
 * so the salts must be the same when the signer asks what there is to sign and when the request is sent for good: both
 * times they are computed from the request, under a key of the server that nobody else has.
 */
import { base64url, parseBase64url } from '../../../ledger/bytes.ts'
import { disclosureDigest, formatDisclosure } from '../../../ledger/disclosure.ts'
import { entrySigMessage } from '../../../ledger/entry.ts'
import { verifyEd25519 } from '../../../ledger/ed25519.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import { AppError } from '../../errors.ts'
import type { Draft, KeyRow } from '../log/command.ts'
import { toNfc } from '../log/draft.ts'

export type Signing = {
  /** The salt of a text, base64url of 16 bytes. `entry`: its number among those that the actor signs, from 0. */
  readonly saltOf: (entry: number, name: string) => string
  /** base64url of 64 bytes each, in the order of the actor's entries; absent while the signer asks what to sign. */
  readonly signatures?: readonly string[]
}

/**
 * The same drafts with salts that the signer knew, and with the signatures, each of which is of the key over the bytes
 * that are recorded. Entries of the system among them are nobody's to sign.
 *
 * @throws AppError key_cannot_sign, signature_impossible, signature_count, signature_mismatch
 */
export function* signDrafts(drafts: Iterable<Draft>, key: KeyRow, signing: Signing): Generator<Draft> {
  const publicKey = publicKeyOf(key)
  const { signatures } = signing
  let entries = 0
  for (const draft of drafts) {
    if (draft.actor.id !== key.id) {
      yield draft
      continue
    }
    mustBeKnownBeforehand(draft)
    const entry = entries++
    const salted = withSalts(draft, (name) => signing.saltOf(entry, name))
    const sig = signatures?.[entry]
    if (sig === undefined) yield salted
    else yield verified({ ...salted, sig }, publicKey)
  }
  if (signatures !== undefined && signatures.length !== entries) throw wrongCount(signatures.length, entries)
}

/** A verifier looks for the key in the stream of the brand, so a key of the operator signs nothing. */
function publicKeyOf({ publicKey, brand }: KeyRow): Uint8Array {
  if (publicKey !== null && brand !== null) return parseBase64url(publicKey)
  throw new AppError(
    'key_cannot_sign',
    'Entries are signed with a key of a brand that was opened with a publicKey; leave Entry-Signature out, or open such a key.',
  )
}

/**
 * @param draws what is drawn anew for each request, if anything
 * @throws AppError signature_impossible
 */
export function mustDrawNothing(draws: string | undefined): void {
  if (draws !== undefined) throw impossible(`This request is completed with ${draws}, drawn anew each time`)
}

function mustBeKnownBeforehand({ type, data, private: openings = [] }: Draft): void {
  if (data['dues'] === undefined && openings.length === 0) return
  const why = openings.length > 0 ? 'salts that are never shown' : 'due times that count from the moment of recording'
  throw impossible(`This ${type} is completed with ${why}`)
}

function impossible(why: string): AppError {
  return new AppError(
    'signature_impossible',
    `${why}, so nobody can sign it beforehand; send it without Entry-Signature.`,
  )
}

function withSalts({ redactable, ...draft }: Draft, saltOf: (name: string) => string): Draft {
  if (redactable === undefined) return draft
  const made = redactable.map(({ name, value }) => formatDisclosure({ salt: saltOf(name), name, value: toNfc(value) }))
  return { ...draft, disclosed: [...made, ...(draft.disclosed ?? [])] }
}

function verified(draft: Draft, publicKey: Uint8Array): Draft {
  const { type, brand, stream, actor, data, disclosed = [], keptElsewhere = [], sig = '' } = draft
  const message = entrySigMessage({
    type,
    ...(brand === undefined ? {} : { brand }),
    stream,
    actor: { ...actor },
    data: toNfc(data) as JsonObject,
    ...(disclosed.length === 0 ? {} : { sd: disclosed.map(disclosureDigest).toSorted() }),
    ...(keptElsewhere.length === 0 ? {} : { xd: keptElsewhere.toSorted() }),
  })
  if (verifyEd25519(parseBase64url(sig), message, publicKey)) return draft
  throw new AppError(
    'signature_mismatch',
    'The signature is not of this key over the entry that would be recorded now. Send the same request with ?dryRun=true, ' +
      'Entry-Signature: ? and the same Idempotency-Key, and sign what it gives as toSign.',
    { toSign: base64url(message) },
  )
}

function wrongCount(given: number, entries: number): AppError {
  return new AppError(
    'signature_count',
    `This request writes ${entries} entries under your key and has ${given} signatures: one for each, separated by commas.`,
  )
}
