/**
 * Checks requests against their schemas. Nothing is coerced, defaulted or left out: what is recorded is what was sent.
 * A milestone is checked against the schema of its kind, so that an error speaks of that kind and not of all of them.
 */
import type { FastifySchemaCompiler } from 'fastify'
import { Compile } from 'typebox/compile'
import type { TSchema } from 'typebox'
import { isMilestoneKind, ruleOf } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import { kindOfSystem } from '../../services/crises/milestone-guards.ts'
import { tellingFaults, wordsOf } from '../request-words.ts'
import type { Fault } from '../request-words.ts'
import { MILESTONE_SCHEMAS } from './milestone-schemas.ts'

type Result = { value: unknown } | { error: Error }
const ERRORS_MAX = 10

/** A compiler of validators for every part of a request. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const check = Compile(schema)
  return (value: unknown): Result => (check.Check(value) ? { value } : { error: refusal(check.Errors(value)) })
}

/** The same, but a body is a milestone. */
export const milestoneValidatorCompiler: FastifySchemaCompiler<TSchema> = (route) => {
  if (route.httpPart !== 'body') return validatorCompiler(route)
  const checks = new Map([...MILESTONE_SCHEMAS].map(([kind, schema]) => [kind, Compile(schema)]))
  return (value: unknown): Result => {
    const kind = kindOf(value)
    const check = kind === undefined ? undefined : checks.get(kind)
    if (check === undefined) return { error: unknownKind(kind) }
    return check.Check(value) ? { value } : { error: refusal(check.Errors(value)) }
  }
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { kind } = value as { kind?: unknown }
  return typeof kind === 'string' ? kind : undefined
}

function unknownKind(kind: string | undefined): AppError {
  if (kind !== undefined && isMilestoneKind(kind) && ruleOf(kind).system) {
    return new AppError('kind_of_system', kindOfSystem(kind))
  }
  const message = `must be a kind of milestone that people write: ${[...MILESTONE_SCHEMAS.keys()].join(', ')}`
  return new AppError('validation_failed', `The request is not as described at /kind: ${message}`, {
    errors: [{ at: '/kind', message }],
  })
}

/** The refusal of a value by its schema, with the faults in words. @param what what was sent: "The form" */
export function refusal(found: Iterable<Fault>, what = 'The request'): AppError {
  const errors = tellingFaults(found)
    .slice(0, ERRORS_MAX)
    .map((fault) => ({ at: fault.instancePath, message: wordsOf(fault) }))
  const first = errors[0]
  const where = first === undefined || first.at === '' ? '' : ` at ${first.at}`
  return new AppError('validation_failed', `${what} is not as described${where}: ${first?.message ?? ''}`, { errors })
}
