/**
 * How a request is known again, and how its answer goes out. The Idempotency-Key is scoped to key, method and path;
 * instead of the body only its HMAC is kept, because bodies hold texts that must be erasable.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import type { Static } from 'typebox'
import { approvalDigest } from '../../services/crises/second-key.ts'
import type { Consideration, Request } from '../../services/keys/key-commands.ts'
import { requestHash } from '../../services/log/command.ts'
import type { Appender, Command } from '../../services/log/command.ts'
import { isDryRun } from './dry-run.ts'
import type { WriteAnswer } from './schemas.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it arrived; undefined when there was none or it is a stream. */
    bodyBytes: Buffer | undefined
  }
}

const NO_BYTES = Buffer.alloc(0)

/** What is not UTF-8 is refused: replaced characters would be on record as if they had been sent. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads JSON bodies, and no others, and keeps their bytes for the HMAC. */
export function registerJsonBodies(app: FastifyInstance): void {
  app.decorateRequest('bodyBytes', undefined)
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer
    request.bodyBytes = bytes
    if (bytes.length === 0) return done(null, null)
    try {
      done(null, JSON.parse(UTF8.decode(bytes)))
    } catch {
      done(new AppError('validation_failed', 'The body is not JSON in UTF-8.'))
    }
  })
}

/** HMAC-SHA-256 under a key that all instances share. */
export type BodyHmac = (body: Uint8Array) => Uint8Array

/** Makes the identity of requests. */
export class Requests {
  readonly #bodyHmac: BodyHmac

  constructor(bodyHmac: BodyHmac) {
    this.#bodyHmac = bodyHmac
  }

  /**
   * Who asks, and what the request is known again by. A dry run is not known again: nothing of it is stored.
   *
   * @param body what stands for the body; the bytes that arrived unless given
   * @throws AppError idempotency_key_missing, idempotency_key_malformed
   */
  of(request: FastifyRequest, body: Uint8Array = request.bodyBytes ?? NO_BYTES): Request {
    const { admin, method, url } = request
    const query = url.indexOf('?')
    const path = query < 0 ? url : url.slice(0, query)
    const consideration = this.#consider(request, path)
    if (isDryRun(request)) return { admin, consideration, dryRun: true, checks: [] }
    const bodyHmac = this.#bodyHmac(body)
    const hash = requestHash(admin.keyId, method, path, idempotencyKeyOf(request))
    return { admin, consideration, idempotency: { request: hash, bodyHmac } }
  }

  /** What an approval of the request with this digest is stored as. */
  approvalTag(digest: string): Uint8Array {
    return this.#bodyHmac(Buffer.from(`trust-ledger/approval@1\n${digest}`))
  }

  /** Digest and tag are made only when a second key is asked for: few requests need one. */
  #consider({ consideration, approvable }: FastifyRequest, path: string): Consideration {
    const { approvedBy, ...rest } = consideration
    const digest = (): string => approvalDigest(path, approvable ?? {})
    const tag = (): Uint8Array => this.approvalTag(digest())
    return { ...rest, approval: { ...(approvedBy === undefined ? {} : { id: approvedBy }), digest, tag } }
  }
}

/** @throws AppError idempotency_key_missing, idempotency_key_malformed */
export function idempotencyKeyOf({ headers }: FastifyRequest): string {
  const key = headers['idempotency-key']
  if (key === undefined || key === '') {
    throw new AppError('idempotency_key_missing', 'Send a header Idempotency-Key: a new word for every new request.')
  }
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new AppError('idempotency_key_malformed', 'Idempotency-Key has 1 to 200 visible ASCII characters.')
  }
  return key
}

type WriteBody = Static<typeof WriteAnswer>

/** Appends a command and answers with what it wrote. */
export async function answerAppend(appender: Appender, command: Command, reply: FastifyReply): Promise<WriteBody> {
  const { status, body, replayed } = await appender.append(command)
  if (replayed) reply.header('Idempotency-Replayed', 'true')
  // The serializer that Fastify makes of a schema spells a text with line feeds, as a checkpoint is, letter by letter.
  reply.code(status).type('application/json; charset=utf-8').serializer(JSON.stringify)
  return body as WriteBody
}
