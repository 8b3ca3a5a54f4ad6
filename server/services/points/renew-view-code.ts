/**
 * Renewing a view code: for who lost it, or showed it to somebody. The spend code is needed; the old code is dead at once,
 * and with it the codes that a phone makes of it for store screens. What the log has does not change: the next root of the
 * programme has the new commitment, and lists of voters that are not frozen yet get the token of the new code (BL6).
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

/** In a statement of its own, which sees the tokens that were kept while the one before waited for the code. */
const TAKE_TOKENS_BACK: Statement = {
  name: 'take-tokens-back',
  text: `
    DELETE FROM ballot_token t USING ballot b
    WHERE t.holder = $1 AND b.entry_index = t.ballot AND b.frozen_index IS NULL`,
}

/** No list of voters is frozen meanwhile. */
const LOCK = 'SELECT size FROM log_head FOR UPDATE'

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
  await database.transaction({ isolation: 'read committed', first: LOCK }, async (session) => {
    await session.query(RENEW, [holder, ...secrets, programme])
    await session.query(TAKE_TOKENS_BACK, [holder])
  })
  return { viewCode, programme }
}
