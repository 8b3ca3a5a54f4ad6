/**
 * An embedded chain lives in one data folder and listens on the loopback of one machine, so it can serve one instance
 * only. A second instance on the same PostgreSQL would bring a chain of its own, write its contract into the log as the
 * one that counts, and so make another log id of everybody's labels. It is refused before it writes anything.
 */
import type { Kysely } from 'kysely'
import type { Tables } from '../../db/tables.ts'
import { AppError } from '../../errors.ts'

/** The row of `setting` that says whose chain it is. Written once; of two first starts only one can. */
const NAME = 'embedded chain'

const WAY_OUT =
  'Several instances need one chain that all of them reach: set CHAIN_RPC_URL, CHAIN_ID, ANCHOR_CONTRACT and ANCHOR_KEY_FILE.'

/**
 * Makes sure that the log of this database is anchored on this embedded chain, or on none yet.
 *
 * @param contract its contract, EIP-55, which follows from the key in the data folder
 * @throws AppError embedded_chain_refused
 */
export async function claimForEmbeddedChain(kysely: Kysely<Tables>, contract: string): Promise<void> {
  const named = await kysely
    .selectFrom('log_contract')
    .select(['chain_id', 'contract'])
    .orderBy('entry_index', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (named !== undefined && named.contract !== contract) {
    throw refused(`the contract ${named.contract} on chain ${named.chain_id}`)
  }
  await kysely
    .insertInto('setting')
    .values({ name: NAME, value: JSON.stringify({ contract }) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { value } = await kysely
    .selectFrom('setting')
    .select('value')
    .where('name', '=', NAME)
    .executeTakeFirstOrThrow()
  const { contract: claimed } = value as { contract: string }
  if (claimed !== contract) throw refused(`the embedded chain of another data folder, contract ${claimed}`)
}

function refused(anchoredOn: string): AppError {
  return new AppError(
    'embedded_chain_refused',
    `This database belongs to ${anchoredOn}; the embedded chain of this DATA_DIR cannot take its place, because that ` +
      `would change the log id. Start with the DATA_DIR that it belongs to. ${WAY_OUT}`,
  )
}
