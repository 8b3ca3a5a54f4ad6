/**
 * The two ways in which the core refuses. Input that breaks a rule of the specification is a LedgerError with a code
 * that callers may switch on; a state that our own arithmetic cannot reach is an InvariantError, that is, a bug of ours.
 * Specification: README.md.
 */

/** Every reason for which the core refuses input. Codes are stable: they appear in answers, reports and tests. */
export type LedgerErrorCode =
  | 'anchor_malformed'
  | 'balance_malformed'
  | 'balance_mismatch'
  | 'ballot_list_malformed'
  | 'bundle_malformed'
  | 'bytes_malformed'
  | 'checkpoint_malformed'
  | 'contract_answer_malformed'
  | 'disclosure_malformed'
  | 'entry_bundle_malformed'
  | 'entry_malformed'
  | 'entry_not_canonical'
  | 'entry_too_large'
  | 'hash_length'
  | 'heads_malformed'
  | 'heads_mismatch'
  | 'index_out_of_range'
  | 'instant_malformed'
  | 'json_malformed'
  | 'json_not_canonical'
  | 'log_id_malformed'
  | 'note_malformed'
  | 'opening_malformed'
  | 'proof_malformed'
  | 'receipt_malformed'
  | 'root_mismatch'
  | 'screen_code_malformed'
  | 'screen_code_refused'
  | 'signature_invalid'
  | 'signature_unknown'
  | 'size_out_of_range'
  | 'tile_path_malformed'
  | 'tlog_proof_malformed'
  | 'verifier_key_malformed'

/** Bad input or a failed verification. `message` is fit to be shown to the person who sent the input. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode

  constructor(code: LedgerErrorCode, message: string) {
    super(message)
    this.name = 'LedgerError'
    this.code = code
  }
}

/** A bug of ours: whoever catches it stops writing. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'InvariantError'
  }
}

/**
 * States what must be true here whatever the input was.
 *
 * @param message the invariant's number and sentence, for example `I4: the right edge has one hash per one bit of size`
 * @throws InvariantError when the condition does not hold
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}
