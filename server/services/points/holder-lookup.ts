/**
 * Whose a code is. A code is looked up by its hash in one statement that costs the same whether it is there or not; what is
 * wrong with it is told to nobody.
 */
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'
import { AppError } from '../../errors.ts'
import { hashCode } from './holder-codes.ts'

/** A code as it was sent. */
export type SentCode = { readonly kind: 'view' | 'spend'; readonly code: string }

export type KnownHolder = { readonly holder: string; readonly programme: string; readonly commitment: string }

const byHash = (column: 'view_hash' | 'spend_hash'): Statement => ({
  name: `holder-by-${column}`,
  text: `
    SELECT s.holder, h.programme, s.commitment FROM holder_secret s JOIN holder h ON h.id = s.holder
    WHERE s.${column} = $1`,
})

const FIND = { view: byHash('view_hash'), spend: byHash('spend_hash') }

/**
 * The holder with this code.
 *
 * @param needed which of the two codes opens what is asked for
 * @throws AppError spend_code_needed, view_code_needed, holder_code_invalid
 */
export async function readHolder(
  database: Pick<Database, 'query'>,
  { kind, code }: SentCode,
  needed: 'view' | 'spend',
): Promise<KnownHolder> {
  if (kind !== needed) throw new AppError(`${needed}_code_needed`, `This needs the ${needed} code.`)
  const [known] = await database.query<KnownHolder>(FIND[kind], [hashCode(code)])
  if (known === undefined) throw new AppError('holder_code_invalid', 'No holder has this code; look at the card again.')
  return known
}
