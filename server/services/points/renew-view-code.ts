/**
 * Renewing a view code: for who lost it, or showed it to somebody. The spend code is needed; the old code is dead at once,
 * and with it the codes that a phone makes of it for store screens. What the log has does not change: the next root of the
 * programme has the new commitment.
 */
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'
import { commitmentOf, hashCode, newViewCode, screenKeyOf } from './holder-codes.ts'
import { readHolder } from './holder-lookup.ts'
import type { SentCode } from './holder-lookup.ts'

/** In one statement, so that the wish for a new root stands whenever the code does. */
const RENEW: Statement = {
  name: 'renew-view-code',
  text: `
    WITH renewed AS (
      UPDATE holder_secret SET view_hash = $2, commitment = $3, screen_key = $4 WHERE holder = $1 RETURNING holder)
    INSERT INTO liability_wanted (programme) SELECT $5 FROM renewed
    ON CONFLICT (programme) DO UPDATE SET version = liability_wanted.version + 1`,
}

/**
 * Gives a holder a new view code, which nobody sees again.
 *
 * @throws AppError spend_code_needed, holder_code_invalid
 */
export async function renewViewCode(
  database: Database,
  sent: SentCode,
): Promise<{ viewCode: string; programme: string }> {
  const { holder, programme } = await readHolder(database, sent, 'spend')
  const viewCode = newViewCode()
  const secrets = [hashCode(viewCode), commitmentOf(viewCode, programme), screenKeyOf(viewCode)]
  await database.query(RENEW, [holder, ...secrets, programme])
  return { viewCode, programme }
}
