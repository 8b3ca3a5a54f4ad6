/**
 * The composition of the service: opens what it needs in the order in which each depends on the one before, refuses to
 * start when the database is not the one that was signed and anchored, and closes everything in the opposite order.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { logId } from '../ledger/log-id.ts'
import { Closers } from './closers.ts'
import { composeApp } from './compose-app.ts'
import type { Config } from './config.ts'
import { readConfigFiles } from './config-files.ts'
import { lockDataDir } from './db/data-dir-lock.ts'
import { openDatabase } from './db/database.ts'
import { assertMigrated } from './db/migrate.ts'
import { AppError } from './errors.ts'
import { openChain, refuseFork } from './open-chain.ts'
import type { ServiceLog } from './service-log.ts'
import { anchoringPace, startAnchoring } from './services/anchoring/anchoring.ts'
import { claimForEmbeddedChain } from './services/anchoring/embedded-claim.ts'
import { HeadsTrees } from './services/anchoring/heads-tree.ts'
import { EvidenceStore } from './services/evidence/evidence-store.ts'
import { setWorkCalendar } from './services/clocks/work-calendar.ts'
import { ensureFirstKey } from './services/keys/first-key.ts'
import { deleteOldAnswers } from './services/log/answers.ts'
import { startDueTimer } from './services/log/due-timer.ts'
import { openLog } from './services/log/open-log.ts'
import { repeat } from './services/log/repeat.ts'
import { openSigner } from './services/log/signer.ts'
import { OutageWatch } from './services/outage-watch.ts'
import { LiabilitiesTrees } from './services/points/liabilities-tree.ts'
import { writeDuePoints } from './services/points/points-timer.ts'
import { startSpendingTimer } from './services/points/spending-timer.ts'
import { ErasureDuty, startErasureDuty } from './services/redaction/erasure-duty.ts'

export type RunningService = {
  app: FastifyInstance
  /** Scheme, host and port that it listens on. */
  address: string
  /** The first admin key when it was made at this start: shown once. */
  firstKey: string | undefined
  logId: string
  chain: { rpcUrl: string; chainId: number; contract: string; embedded: boolean }
  close(): Promise<void>
}

/** How often promises of quiet crises are looked after. */
const DUE_INTERVAL_MS = 5_000

/** How often erased rows and files are looked after: the promise is that they are gone within a minute. */
const ERASURE_INTERVAL_MS = 5_000

/** An upload that is this old was cut off. */
const ABANDONED_AFTER_MS = 3_600_000

/** How often stored answers that are older than 48 hours are cleared away. */
const CLEARING_INTERVAL_MS = 10 * 60_000

const LEASE_SECONDS = 30

/** How often a database that cannot be reached is asked whether it answers again. */
const OUTAGE_INTERVAL_MS = 1_000
const ANSWER = { name: 'answer', text: 'SELECT 1' }

/**
 * Starts the service.
 *
 * @param requestLogger pino; false: requests are not logged
 * @throws AppError or ChainError that says in words why it does not start
 */
export const startService = async (
  config: Config,
  log: ServiceLog,
  requestLogger: FastifyBaseLogger | false = false,
): Promise<RunningService> => {
  const closers = new Closers(log)
  try {
    return await start(config, log, requestLogger, closers)
  } catch (error) {
    await closers.close()
    throw error
  }
}

const start = async (
  config: Config,
  serviceLog: ServiceLog,
  requestLogger: FastifyBaseLogger | false,
  closers: Closers,
): Promise<RunningService> => {
  const { helpLines, calendar } = await readConfigFiles(config)
  setWorkCalendar(calendar)
  const embeds = config.databaseUrl === undefined || config.chain === undefined
  if (embeds) {
    const lock = await lockDataDir(config.dataDir)
    closers.add(async () => await lock.release())
  }
  const database = await openDatabase({ url: config.databaseUrl, dataDir: config.dataDir })
  closers.add(async () => await database.close())
  if (database.engine === 'postgres') await assertMigrated(database.kysely)
  else {
    serviceLog.warn(
      'The embedded database does not fsync: what is acknowledged survives a killed process, not a power cut.',
    )
  }
  const outage = new OutageWatch(async () => await database.query(ANSWER, []), serviceLog, OUTAGE_INTERVAL_MS)
  closers.add(async () => await Promise.resolve(outage.close()))
  const onError = (error: unknown): void => {
    if (!outage.tell(error)) serviceLog.error({ err: error }, 'unexpected error')
  }
  const signer = await openSigner(config.logKeyFile, config.logOrigin)
  const chain = await openChain(config, serviceLog, closers)
  const { contract } = chain
  // The embedded database is alone in its folder with the embedded chain; PostgreSQL may have other instances.
  if (config.chain === undefined && database.engine === 'postgres') {
    await claimForEmbeddedChain(database.kysely, contract.address)
  }
  const log = await openLog({
    database,
    signer,
    chainId: contract.chainId,
    contract: contract.address,
    replaced: config.logReplaced,
    highWaterFile: join(config.dataDir, 'high-water'),
    onError,
  })
  closers.add(async () => await log.close())
  await refuseFork(contract, log, serviceLog)
  const firstKey = await ensureFirstKey(database, log.sequencer, config.adminKey)

  const evidence = new EvidenceStore(config.evidenceDir)
  const erasureDuty = new ErasureDuty(database, evidence)
  const heads = new HeadsTrees(database.kysely)
  closers.add(async () => await heads.close())
  const liabilities = new LiabilitiesTrees()
  closers.add(async () => await liabilities.close())
  const id = logId({ origin: config.logOrigin, chainId: contract.chainId, contract: contract.address })
  const app = await composeApp({
    config,
    chain,
    database,
    log,
    heads,
    liabilities,
    signer,
    helpLines,
    logId: id,
    requestLogger,
    evidence,
    erasureDuty,
    onOutage: (error) => void outage.tell(error),
  })
  closers.add(async () => await app.close())
  const address = await listen(app, config)

  const erasing = startErasureDuty(erasureDuty, {
    intervalMs: ERASURE_INTERVAL_MS,
    onError,
    warn: (message) => serviceLog.warn(message),
  })
  closers.add(async () => await erasing.stop())
  const due = startDueTimer(database.kysely, log.sequencer, { intervalMs: DUE_INTERVAL_MS, onError })
  closers.add(async () => await due.stop())
  const duePoints = repeat(async () => await writeDuePoints(database.kysely, log.sequencer), {
    intervalMs: DUE_INTERVAL_MS,
    onError,
  })
  closers.add(async () => await duePoints.stop())
  const dueSpending = startSpendingTimer(database, log.sequencer, { intervalMs: DUE_INTERVAL_MS, onError })
  closers.add(async () => await dueSpending.stop())
  const clearing = repeat(
    async () => {
      await deleteOldAnswers(database.kysely)
      await evidence.clearAbandoned(ABANDONED_AFTER_MS, Date.now())
    },
    { intervalMs: CLEARING_INTERVAL_MS, onError },
  )
  closers.add(async () => await clearing.stop())
  const anchoring = startAnchoring({
    ...anchoringPace(config.anchorIntervalSeconds),
    database,
    reader: log.reader,
    appender: log.sequencer,
    heads,
    liabilities,
    contract,
    key: chain.key,
    maxFeeGwei: config.anchorMaxFeeGwei,
    confirmations: config.anchorConfirmations,
    lease: { name: 'anchoring', holder: randomUUID(), seconds: LEASE_SECONDS },
    persist: chain.persist,
    log: serviceLog,
    onForked: (error) => void log.checkpoints.stop(error.message),
  })
  closers.add(async () => await anchoring.stop())
  return {
    app,
    address,
    firstKey,
    logId: id,
    chain: {
      rpcUrl: chain.rpcUrl,
      chainId: contract.chainId,
      contract: contract.address,
      embedded: config.chain === undefined,
    },
    close: async () => await closers.close(),
  }
}

/** The port is the one thing that the operator of two instances gets wrong. */
const listen = async (app: FastifyInstance, { host, port }: Config): Promise<string> => {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const { message } = error as Error
    throw new AppError('cannot_listen', `HOST ${host}, PORT ${port}: ${message}`, {}, { cause: error })
  }
}
