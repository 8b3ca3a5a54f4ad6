/**
 * What the log says of itself in stream `ledger`: the key that signs it and the contract that anchors it. Every instance
 * must have both from the same place. One that was given others would sign checkpoints that nobody expects, or move
 * everybody's labels to another log id, so it is refused at its start, before it writes or signs anything. Whoever means
 * to replace one says which: then the log names the new one, and whoever still has the old one is refused. A contract on
 * a test chain convinces nobody and its chain may be lost any day, so it needs no word to be replaced.
 */
import { isTestChain } from '../../../ledger/anchor.ts'
import { formatLogId, logId } from '../../../ledger/log-id.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { Appender, Draft } from './command.ts'
import { ledgerCommand, ledgerDraft, writeMissing } from './ledger-entries.ts'

/** `vkey`: name+id+base64; `contract`: EIP-55. */
export type LogIdentity = { vkey: string; chainId: number; contract: string }

/** What may be replaced at this start, named as it is before. */
export type Replaced = {
  /** The id of a key, 8 lower-case hex digits. */
  key?: string
  /** The address of a contract, EIP-55. */
  contract?: string
}

/** `name`: the origin of the log. */
type Given = { name: string; identity: LogIdentity; replaced: Replaced }

/**
 * Makes sure that a log which names its key and its contract already names those of this instance, or those that it is
 * to replace. Reads only.
 *
 * @throws AppError log_key_other, log_contract_other
 */
export async function assertIdentity(database: Database, given: Given): Promise<void> {
  const named = await findIdentity(database)
  if (named !== undefined) changesOf(named, given)
}

/**
 * Writes ledger.opened into an empty log, and what is to be replaced into any other. Of two instances with different keys
 * that do so at once one writes, under the lock of the log, and the other is refused.
 *
 * @throws AppError log_key_other, log_contract_other
 */
export async function writeIdentity(database: Database, appender: Appender, given: Given): Promise<void> {
  const opening = ledgerDraft('ledger.opened', { origin: given.name, ...given.identity })
  await appender.append(ledgerCommand(0, [opening]))
  await writeMissing(database, appender, async () => changesOf(await readIdentity(database), given))
}

/** Entries for what differs and may be replaced; none when nothing differs. */
function changesOf(named: LogIdentity, { name, identity, replaced }: Given): Draft[] {
  const { vkey, chainId, contract } = identity
  const drafts: Draft[] = []
  if (named.vkey !== vkey) {
    const ids = { named: parseVerifierKey(named.vkey).keyId, given: parseVerifierKey(vkey).keyId }
    if (replaced.key !== ids.named) throw otherKey(ids)
    drafts.push(ledgerDraft('ledger.key', { vkey }))
  }
  if (named.chainId !== chainId || named.contract !== contract) {
    if (!isTestChain(named.chainId) && replaced.contract !== named.contract) throw otherContract(name, named, identity)
    drafts.push(ledgerDraft('ledger.contract', { chainId, contract }))
  }
  return drafts
}

function otherKey(ids: { named: string; given: string }): AppError {
  return new AppError(
    'log_key_other',
    `This database is the log of key ${ids.named}, but LOG_KEY_FILE holds key ${ids.given}. All instances need the same ` +
      `file: give this one a copy of theirs. If the key is to be replaced for good, stop them all and start with ` +
      `LOG_KEY_REPLACES=${ids.named}.`,
  )
}

function otherContract(origin: string, named: LogIdentity, given: LogIdentity): AppError {
  const say = ({ chainId, contract }: LogIdentity): string =>
    `${contract} on chain ${chainId} (log id ${formatLogId(logId({ origin, chainId, contract }))})`
  return new AppError(
    'log_contract_other',
    `This database is anchored by the contract ${say(named)}, but this instance was given ${say(given)}. Printed labels ` +
      `name the log id: set CHAIN_ID and ANCHOR_CONTRACT to the former. If the contract is to be replaced for good, ` +
      `stop all instances and start with ANCHOR_CONTRACT_REPLACES=${named.contract}.`,
  )
}

async function readIdentity(database: Database): Promise<LogIdentity> {
  const identity = await findIdentity(database)
  if (identity === undefined) throw new Error('the log names neither key nor contract: it was not opened')
  return identity
}

/** The newest key and contract; undefined while the log is empty. */
async function findIdentity({ kysely }: Database): Promise<LogIdentity | undefined> {
  const key = await kysely
    .selectFrom('log_key')
    .select('vkey')
    .orderBy('entry_index', 'desc')
    .limit(1)
    .executeTakeFirst()
  const contract = await kysely
    .selectFrom('log_contract')
    .select(['chain_id', 'contract'])
    .orderBy('entry_index', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (key === undefined || contract === undefined) return undefined
  return { vkey: key.vkey, chainId: contract.chain_id, contract: contract.contract }
}
