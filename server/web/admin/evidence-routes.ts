/**
 * Evidence upload: multipart/form-data with one file and a few fields, streamed to disk while it is hashed. The file is
 * durable before the entry that names it is written.
 */
import multipart from '@fastify/multipart'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { AppError } from '../../errors.ts'
import type { Directory, Owner } from '../../services/directory.ts'
import type { EvidenceStore, ReceivedFile } from '../../services/evidence/evidence-store.ts'
import { lintRequest } from '../../services/crises/editorial-lint.ts'
import { essenceOf, isAllowedMediaType, looksLike } from '../../services/evidence/media-type.ts'
import { recordEvidence } from '../../services/evidence/record-evidence.ts'
import type { EvidencePlace } from '../../services/evidence/record-evidence.ts'
import { WRITERS, mustBeOwnBrand } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { isDryRun } from './dry-run.ts'
import { EvidenceFields } from './evidence-schemas.ts'
import { answerAppend, idempotencyKeyOf } from './requests.ts'
import { writes } from './route-schema.ts'
import { acknowledgedCodes } from './second-look.ts'
import { refusal } from './validation.ts'

type Fields = Static<typeof EvidenceFields>

const fields = Compile(EvidenceFields)
const FORM_NOTE =
  'multipart/form-data: one part file, and the fields crisis or brand, name, kind, issuer, issuerRef, sample, capturedAt, ' +
  'acknowledge; one that is left empty counts as not sent. Needs a header Idempotency-Key.'

type Upload = { fields: Fields; file: ReceivedFile; mediaType: string }

export async function evidenceRoutes(parts: AdminParts): Promise<void> {
  const { app, appender, evidence, directory, requests, signatures } = parts
  await app.register(multipart, {
    limits: { files: 1, fields: 10, fieldSize: 2_000, parts: 12, headerPairs: 50, fileSize: evidence.bytesMax + 1 },
  })
  app.post(
    '/evidence',
    {
      config: { access: { roles: WRITERS } },
      schema: {
        ...writes('evidence', 'Put a file on record', {}),
        description: FORM_NOTE,
        consumes: ['multipart/form-data'],
      },
    },
    async (request, reply) => {
      if (!isDryRun(request)) idempotencyKeyOf(request)
      const upload = await receive(request, evidence)
      let isSettled = false
      try {
        const place = placeOf(upload.fields)
        const owner = await ownerOf(place, directory)
        mustBeOwnBrand(request.admin, owner)
        if (owner === undefined) notFound('brand' in place ? 'brand' : 'crisis')
        const { sha256, bytes } = upload.file
        const { crisis: _crisis, brand: _brand, acknowledge, ...note } = upload.fields
        const acknowledged = acknowledgedCodes(acknowledge?.split(','))
        const whole = Buffer.from(JSON.stringify([sortedFields(upload.fields), upload.mediaType, sha256]))
        const signing = signatures.of(request, whole)
        const warnings = lintRequest(note)
        request.consideration = { warnings, acknowledged, ...(signing === undefined ? {} : { signing }) }
        const identity = requests.of(request, whole)
        const record = { ...note, sha256, bytes, mediaType: upload.mediaType }
        const command = recordEvidence(identity, place, record)
        if (isDryRun(request)) return await answerAppend(appender, command, reply)
        await evidence.place(upload.file)
        const answer = await answerAppend(appender, command, reply)
        await evidence.settle(upload.file)
        isSettled = true
        return answer
      } finally {
        if (!isSettled) await evidence.discard(upload.file)
      }
    },
  )
}

function ownerOf(place: EvidencePlace, directory: Directory): Owner | Promise<Owner> {
  return 'brand' in place ? directory.brandOfBrand(place.brand) : directory.brandOfCrisis(place.crisis)
}

/** Reads the whole form; the file goes to disk as it comes. */
async function receive(request: FastifyRequest, evidence: EvidenceStore): Promise<Upload> {
  if (!request.isMultipart()) {
    throw new AppError('media_type_unsupported', 'Send multipart/form-data with one part file.')
  }
  const values: Record<string, unknown> = {}
  let file: { received: ReceivedFile; mediaType: string } | undefined
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') file = await receiveFile(part, evidence)
      else addField(values, part.fieldname, part.value)
    }
    if (file === undefined) throw new AppError('file_missing', 'The form has no part file.')
    return { fields: checkedFields(values), file: file.received, mediaType: file.mediaType }
  } catch (error) {
    if (file !== undefined) await evidence.discard(file.received)
    if (!isOfForm(error)) throw error
    throw new AppError('validation_failed', 'The form is cut short or malformed.', {}, { cause: error })
  }
}

/**
 * A field that was left empty says nothing: forms send it all the same.
 *
 * @throws AppError validation_failed when the form says the same thing twice
 */
function addField(values: Record<string, unknown>, name: string, value: unknown): void {
  if (value === '') return
  if (Object.hasOwn(values, name)) throw new AppError('validation_failed', `The form has two fields ${name}.`)
  values[name] = value
}

/** The form parser throws bare errors: neither ours, nor Fastify's, nor those of the file system or of our mistakes. */
function isOfForm(error: unknown): boolean {
  if (!(error instanceof Error) || error.constructor !== Error) return false
  return !('statusCode' in error) && !('syscall' in error)
}

async function receiveFile(
  part: MultipartFile,
  evidence: EvidenceStore,
): Promise<{ received: ReceivedFile; mediaType: string }> {
  const mediaType = essenceOf(part.mimetype)
  if (part.fieldname !== 'file' || !isAllowedMediaType(mediaType)) {
    part.file.resume()
    if (part.fieldname !== 'file') throw new AppError('file_missing', 'The file must be the part named file.')
    throw new AppError('media_type_unsupported', `Evidence cannot have the type ${mediaType}.`)
  }
  const received = await evidence.receive(part.file)
  if (!looksLike(mediaType, received.head)) {
    await evidence.discard(received)
    throw new AppError('media_type_mismatch', `The file does not look like ${mediaType}.`)
  }
  return { received, mediaType }
}

function checkedFields(values: Record<string, unknown>): Fields {
  if (fields.Check(values)) return values
  throw refusal(fields.Errors(values), 'The form')
}

function placeOf({ crisis, brand }: Fields): EvidencePlace {
  if (crisis !== undefined && brand === undefined) return { crisis }
  if (brand !== undefined && crisis === undefined) return { brand }
  throw new AppError('validation_failed', 'Name either the crisis or the brand that the file belongs to.')
}

function sortedFields(values: Fields): [string, unknown][] {
  return Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
}
