/**
 * `Entry-Signature` on any POST of this API: the signer's own Ed25519 signature of what is recorded, so that not even the
 * operator can put words into the mouth of a key. First the request is sent with `?dryRun=true`, its Idempotency-Key and
 * `Entry-Signature: ?`, and answers what there is to sign; then again for good, with the signature.
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import type { Signing } from '../../services/keys/sign-entries.ts'
import { isDryRun } from './dry-run.ts'
import { idempotencyKeyOf } from './requests.ts'
import type { BodyHmac } from './requests.ts'

/** Instead of a signature, in a dry run: what is there to sign? */
const QUESTION = '?'
const SALT_BYTES = 16
const SIGNATURES_MAX = 10
const NO_BYTES = Buffer.alloc(0)
/** The form whose fields and file are signed together (evidence-routes.ts). */
const FORM = 'multipart/form-data'

/** How a request is signed, where it is. */
export class EntrySignatures {
  readonly #hmac: BodyHmac

  /** @param hmac under a key that all instances share and nobody else has */
  constructor(hmac: BodyHmac) {
    this.#hmac = hmac
  }

  /**
   * What the request says about its signature: undefined when it has none and asks for none.
   *
   * @param body what stands for the body
   * @throws AppError signature_malformed, idempotency_key_missing, idempotency_key_malformed
   */
  of(request: FastifyRequest, body: Uint8Array): Signing | undefined {
    const header = request.headers['entry-signature']
    // Forms send what was left empty.
    if (header === undefined || header === '') return undefined
    const { admin, url } = request
    const parts = [admin.keyId, url.split('?')[0], idempotencyKeyOf(request), sha256(body)]
    const saltOf = (entry: number, name: string): string => {
      const seed = Buffer.from(`trust-ledger/salt@1\n${JSON.stringify([...parts, entry, name])}`)
      return Buffer.from(this.#hmac(seed).subarray(0, SALT_BYTES)).toString('base64url')
    }
    return header === QUESTION && isDryRun(request) ? { saltOf } : { saltOf, signatures: signaturesIn(header) }
  }
}

/** Reads the header of every request with a JSON body or none; a route whose body is a stream does it itself. */
export function registerEntrySignatures(app: FastifyInstance, signatures: EntrySignatures): void {
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.headers['entry-signature'] === undefined || request.method !== 'POST') return done()
    try {
      if (isStreamed(request)) mustBeReadByRoute(request)
      else {
        const signing = signatures.of(request, request.bodyBytes ?? NO_BYTES)
        if (signing !== undefined) request.consideration = { ...request.consideration, signing }
      }
      return done()
    } catch (error) {
      return done(error as Error)
    }
  })
}

function isStreamed({ bodyBytes, headers }: FastifyRequest): boolean {
  return bodyBytes === undefined && headers['content-type'] !== undefined
}

/** A header that nobody reads would be a signature that nobody checks. */
function mustBeReadByRoute(request: FastifyRequest): void {
  if (request.routeOptions.schema?.consumes?.includes(FORM) === true) return
  throw new AppError(
    'signature_impossible',
    'What comes as a file of lines, or in another form than is read here, cannot be signed; leave Entry-Signature out.',
  )
}

function signaturesIn(header: string | string[]): string[] {
  const signatures = [header].flat().flatMap((value) => value.split(',').map((part) => part.trim()))
  if (signatures.length <= SIGNATURES_MAX && signatures.every((part) => /^[A-Za-z0-9_-]{85}[AQgw]$/.test(part))) {
    return signatures
  }
  throw new AppError(
    'signature_malformed',
    `Entry-Signature is an Ed25519 signature in base64url, 86 characters, or up to ${SIGNATURES_MAX} separated by commas.`,
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
