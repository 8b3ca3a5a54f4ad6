/** What the documentation says of every route of the admin API alike. */
import type { TSchema } from 'typebox'
import { DryRunAnswer, DryRunQuery } from './dry-run-schemas.ts'
import { IdempotencyHeaders, ProblemAnswer, WriteAnswer } from './schemas.ts'

type Parts = { readonly body?: TSchema; readonly params?: TSchema; readonly querystring?: TSchema }

const SECURITY = [{ adminKey: [] }]
const IDEMPOTENCY_NOTE =
  'Needs a header Idempotency-Key. The same key with the same body is answered again without writing twice. ' +
  'With ?dryRun=true nothing is written: the answer tells what would be, and shows the page as it would be.'

/** The schema of a route that writes. */
export function writes<P extends Parts, A extends TSchema = typeof WriteAnswer>(
  tag: string,
  summary: string,
  parts: P,
  answer: A = WriteAnswer as unknown as A,
): P & {
  tags: string[]
  summary: string
  description: string
  security: typeof SECURITY
  headers: typeof IdempotencyHeaders
  querystring: typeof DryRunQuery
  response: { 200: typeof DryRunAnswer; 201: A; '4xx': typeof ProblemAnswer }
} {
  const response = { 200: DryRunAnswer, 201: answer, '4xx': ProblemAnswer }
  const told = { tags: [tag], summary, description: IDEMPOTENCY_NOTE, security: SECURITY, response }
  return { ...told, headers: IdempotencyHeaders, querystring: DryRunQuery, ...parts }
}

/** The schema of a route that reads. */
export function reads<P extends Parts, A extends TSchema>(
  tag: string,
  summary: string,
  parts: P,
  answer: A,
): P & {
  tags: string[]
  summary: string
  security: typeof SECURITY
  response: { 200: A; '4xx': typeof ProblemAnswer }
} {
  return { tags: [tag], summary, security: SECURITY, response: { 200: answer, '4xx': ProblemAnswer }, ...parts }
}
