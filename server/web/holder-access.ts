/** Which code a holder sent: in the Authorization header only, since addresses end up in logs and histories. */
import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { parseCode } from '../services/points/holder-codes.ts'

/**
 * The view or spend code of a request; whether anybody has it is for the services to say.
 *
 * @throws AppError holder_code_missing, holder_code_invalid
 */
export function holderCode({ headers }: Pick<FastifyRequest, 'headers'>): { kind: 'view' | 'spend'; code: string } {
  const sent = /^Bearer +(\S{1,80})$/i.exec(headers.authorization ?? '')?.[1]
  if (sent === undefined) {
    throw new AppError('holder_code_missing', 'Send the code as "Authorization: Bearer V-…" or "S-…".')
  }
  const code = parseCode(sent)
  if (code === undefined)
    throw new AppError('holder_code_invalid', 'This is no code of a holder; look at the card again.')
  return code
}
