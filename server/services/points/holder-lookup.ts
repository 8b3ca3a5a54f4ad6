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

/** Holders are some hundred bytes each. */
const KEPT_MAX = 20_000

/**
 * Whose spend codes are: a code stays its holder's for ever, so what was found once is kept, by its hash. View codes are
 * asked for each time, because a renewed one must be dead at once in every instance.
 */
export class SpendCodes {
  readonly #database: Pick<Database, 'query'>
  readonly #kept = new Map<string, KnownHolder>()

  constructor(database: Pick<Database, 'query'>) {
    this.#database = database
  }

  /** The holder with this spend code. @throws AppError spend_code_needed, holder_code_invalid */
  async read(sent: SentCode): Promise<Pick<KnownHolder, 'holder' | 'programme'>> {
    const hash = Buffer.from(hashCode(sent.code)).toString('base64url')
    const kept = sent.kind === 'spend' ? this.#kept.get(hash) : undefined
    if (kept !== undefined) return kept
    const known = await readHolder(this.#database, sent, 'spend')
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear()
    this.#kept.set(hash, known)
    return known
  }
}

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
