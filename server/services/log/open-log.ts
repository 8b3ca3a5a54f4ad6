/**
 * Opens the log of a deployment: makes it at the first start, and makes sure at every other that it is still the same
 * log, with the same key and the same contract.
 */
import { dueMisses } from '../../../ledger/promises.ts'
import { equalBytes } from '../../../ledger/bytes.ts'
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { CheckpointSigner } from './checkpoint-signer.ts'
import type { Appender } from './command.ts'
import { HighWater } from './high-water.ts'
import { assertIdentity, writeIdentity } from './log-identity.ts'
import type { Replaced } from './log-identity.ts'
import { createLogReader } from './log-reader.ts'
import type { LogReader } from './reader.ts'
import { Sequencer } from './sequencer.ts'
import type { LogSigner } from './signer.ts'

export type OpenLogOptions = {
  database: Database
  /** The key of the log; its name is the configured origin. */
  signer: LogSigner
  chainId: number
  /** EIP-55. */
  contract: string
  /** What this start may replace; absent: nothing. */
  replaced?: Replaced
  /** DATA_DIR/high-water. */
  highWaterFile: string
  clock?: () => number
  /** Told of errors that no caller is told. */
  onError?: (error: unknown) => void
}

export type Log = {
  sequencer: Appender
  reader: LogReader
  checkpoints: CheckpointSigner
  /** Writes what was accepted, then the high-water mark. */
  close(): Promise<void>
}

/**
 * Opens the log. Two instances may do so at once on an empty database: one of them writes the first entry.
 *
 * @throws AppError origin_changed, log_key_other or log_contract_other when the database is another log's, log_stopped
 *   when it does not contain the last checkpoint that was signed: a restored backup is a fork
 */
export async function openLog(options: OpenLogOptions): Promise<Log> {
  const { database, signer, highWaterFile, clock = Date.now, onError = () => undefined } = options
  await insertHead(database, signer.name)
  const { chainId, contract, replaced = {} } = options
  const given = { name: signer.name, identity: { vkey: signer.vkey, chainId, contract }, replaced }
  await assertIdentity(database, given)
  const highWater = await HighWater.open(highWaterFile, onError)
  const checkpoints = new CheckpointSigner(signer, highWater)
  const reader = createLogReader(database, checkpoints)
  await assertContainsMark(reader, checkpoints)
  const rootAt = async (size: number): Promise<Uint8Array> => reader.root(size)
  const sequencer = new Sequencer({ database, checkpoints, rootAt, dueMisses, clock, onError })
  await writeIdentity(database, sequencer, given)
  return { sequencer, reader, checkpoints, close: async () => sequencer.close() }
}

/** The head row fixes the origin at the first start. */
async function insertHead({ kysely }: Database, origin: string): Promise<void> {
  await kysely
    .insertInto('log_head')
    .values({ size: 0, edge: new Uint8Array(), last_recorded_at: null, origin })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { origin: fixed } = await kysely.selectFrom('log_head').select('origin').executeTakeFirstOrThrow()
  if (fixed !== origin) {
    throw new AppError('origin_changed', `The log is named ${fixed} since its first start and cannot become ${origin}.`)
  }
}

/**
 * Makes sure that the database contains the last checkpoint that was signed.
 *
 * @throws AppError log_stopped
 */
export async function assertContainsMark(reader: LogReader, checkpoints: CheckpointSigner): Promise<void> {
  const { mark } = checkpoints
  if (mark === undefined) return
  const { size } = await reader.head()
  if (size < mark.size) {
    throw checkpoints.stop(`the database has ${size} entries, but a checkpoint of ${mark.size} was signed`)
  }
  if (!equalBytes(await reader.root(mark.size), mark.root)) {
    throw checkpoints.stop(`the database has another root at size ${mark.size} than the one that was signed`)
  }
}
