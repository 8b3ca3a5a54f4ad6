/**
 * The thank-you view of a store screen: what a holder's contributions changed, for somebody who showed a code that their
 * phone made less than a minute ago, and who has said before that they want it. Whatever does not hold is answered alike,
 * so that a screen tells nobody whether a holder exists, has consented, or has been here before.
 */
import { equalBytes } from '../../../ledger/bytes.ts'
import { LedgerError } from '../../../ledger/errors.ts'
import { parseScreenCode, verifyScreenCode } from '../../../ledger/screen-code.ts'
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import { hashCode } from './holder-codes.ts'

/** What somebody's contributions led to: entries of the log, newest first; never how many points they have. */
export type Thanks = {
  programme: string
  /** `source`: the entry that a grant cites, with the rule's name; `proposal`: one of theirs, and its last step. */
  changes: { kind: 'source' | 'proposal'; index: number; rule?: string }[]
}

/** Greeting somebody is no lecture. */
const CHANGES_SHOWN = 5

const FIND: Statement = {
  name: 'thanks-find',
  text: `SELECT s.holder, s.screen_key, s.thanks, h.programme FROM holder_secret s JOIN holder h ON h.id = s.holder
    WHERE substring(s.screen_key FROM 1 FOR 16) = $1`,
}

/** Both halves are one statement: whoever comes second, on whichever instance, inserts nothing. */
const USE: Statement = {
  name: 'thanks-use',
  text: `WITH cleared AS (DELETE FROM screen_code_used WHERE used_at < now() - interval '10 minutes')
    INSERT INTO screen_code_used (key_id, nonce) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING used_at`,
}

const CHANGES: Statement = {
  name: 'thanks-changes',
  text: `
    SELECT 'source' AS kind, source AS index, rule, max(entry_index) AS at FROM point_grant
    WHERE holder = $1 AND state = 'posted' AND reversed < amount GROUP BY source, rule
    UNION ALL
    SELECT 'proposal', p.entry_index, NULL, max(s.entry_index) FROM proposal p
    JOIN proposal_step s ON s.proposal = p.entry_index AND s.step IN ('accepted', 'in_progress', 'shipped')
    WHERE p.holder = $1 GROUP BY p.entry_index
    ORDER BY at DESC LIMIT ${CHANGES_SHOWN}`,
}

type Found = { holder: string; screen_key: Uint8Array; thanks: boolean; programme: string }

/**
 * Opens a screen code, once.
 *
 * @param now milliseconds since 1970
 * @throws AppError nothing_to_show
 */
export async function openThanks(database: Pick<Database, 'query'>, code: string, now: number): Promise<Thanks> {
  try {
    const { holder, programme } = await findConsenting(database, code, now)
    const rows = await database.query<{ kind: 'source' | 'proposal'; index: number; rule: string | null }>(CHANGES, [
      holder,
    ])
    return {
      programme,
      changes: rows.map(({ kind, index, rule }) => ({ kind, index, ...(rule === null ? {} : { rule }) })),
    }
  } catch (error) {
    if (error instanceof LedgerError) throw nothingToShow()
    throw error
  }
}

async function findConsenting(database: Pick<Database, 'query'>, text: string, now: number): Promise<Found> {
  const code = parseScreenCode(text)
  const rows = await database.query<Found>(FIND, [code.keyId])
  const found = rows.find(({ screen_key: key }) => equalBytes(key.slice(0, code.keyId.length), code.keyId))
  if (found === undefined) throw nothingToShow()
  verifyScreenCode(code, { programme: found.programme, publicKey: found.screen_key, now })
  const used = await database.query(USE, [code.keyId, code.nonce])
  if (used.length === 0 || !found.thanks) throw nothingToShow()
  return found
}

function nothingToShow(): AppError {
  return new AppError('nothing_to_show', 'There is nothing to show for this code; make a new one on the phone.')
}

const CONSENT: Statement = {
  name: 'thanks-consent',
  text: 'UPDATE holder_secret SET thanks = true WHERE spend_hash = $1 RETURNING holder',
}

const REFUSE: Statement = {
  name: 'thanks-refuse',
  text: 'UPDATE holder_secret SET thanks = false WHERE spend_hash = $1 OR view_hash = $1 RETURNING holder',
}

/**
 * Lets store screens greet a holder, or no longer. Switching it on needs the spend code; either code switches it off.
 *
 * @throws AppError spend_code_needed, holder_code_invalid
 */
export async function setThanks(
  database: Pick<Database, 'query'>,
  { kind, code }: { kind: 'view' | 'spend'; code: string },
  thanks: boolean,
): Promise<void> {
  if (thanks && kind !== 'spend') {
    throw new AppError('spend_code_needed', 'Switching this on needs the spend code; the view code switches it off.')
  }
  const rows = await database.query(thanks ? CONSENT : REFUSE, [hashCode(code)])
  if (rows.length === 0) throw new AppError('holder_code_invalid', 'No holder has this code; look at the card again.')
}
