/** A person takes a consent back: the code is looked for where the consent stands, and what it covers is erased. */
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { Appender } from '../log/command.ts'
import { withdrawByPerson } from './consents.ts'
import { consentPlace } from './redaction-reads.ts'

/**
 * @param consent index of the entry that recorded it
 * @throws AppError not_found, code_unknown, consent_settled, unavailable
 */
export async function withdrawWithCode(
  database: Database,
  appender: Appender,
  consent: number,
  code: string,
): Promise<{ index: number; erased: number }> {
  const place = await consentPlace(database, consent)
  if (place === undefined) throw new AppError('not_found', 'There is no such consent.')
  const { written } = await appender.append(withdrawByPerson(place, code))
  return { index: written[0]?.index ?? consent, erased: written.length - 1 }
}
