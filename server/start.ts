/**
 * The composition of the service: opens what it needs in the order in which each depends on the one before, refuses to
 * start when the database is not the one that was signed and anchored, and closes everything in the opposite order.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { isTestChain } from '../ledger/anchor.ts'
import { formatBundle } from '../ledger/bundle.ts'
import { checksumAddress } from '../ledger/address.ts'
import { logId } from '../ledger/log-id.ts'
import { buildApp } from './app.ts'
import { openAnchorContract } from './chain/anchor-contract.ts'
import type { AnchorContract } from './chain/anchor-contract.ts'
import { ChainError } from './chain/chain-error.ts'
import { startEmbeddedChain } from './chain/embedded-chain.ts'
import { readKeystore } from './chain/keystore.ts'
import type { AnchorKey } from './chain/keystore.ts'
import type { Config, HelpLine } from './config.ts'
import { lockDataDir } from './db/data-dir-lock.ts'
import { openDatabase } from './db/database.ts'
import type { Database } from './db/database.ts'
import { assertMigrated } from './db/migrate.ts'
import { AppError } from './errors.ts'
import { readHelpLines } from './help-lines.ts'
import { openAdminQuestions } from './services/admin-questions.ts'
import { anchoringPace, startAnchoring } from './services/anchoring/anchoring.ts'
import { assertContractMatchesLog } from './services/anchoring/chain-check.ts'
import { HeadsTrees } from './services/anchoring/heads-tree.ts'
import { readAnchoringFigures } from './services/anchoring/status.ts'
import { openAuditor } from './services/audit/auditor.ts'
import { Approvals } from './services/crises/approvals.ts'
import { Directory } from './services/directory.ts'
import { EvidenceStore } from './services/evidence/evidence-store.ts'
import { ensureFirstKey } from './services/keys/first-key.ts'
import { KeyRing } from './services/keys/key-ring.ts'
import { buildBundle } from './services/log/bundle.ts'
import { deleteOldAnswers } from './services/log/answers.ts'
import { ErasureDuty, erasureWarnings, startErasureDuty } from './services/redaction/erasure-duty.ts'
import { startDueTimer } from './services/log/due-timer.ts'
import { openLog } from './services/log/open-log.ts'
import type { Log } from './services/log/open-log.ts'
import { repeat } from './services/log/repeat.ts'
import { openSigner } from './services/log/signer.ts'
import type { LogSigner } from './services/log/signer.ts'
import { openLookups } from './services/lookups.ts'
import { readRegister } from './services/redaction/register.ts'
import { withdrawWithCode } from './services/redaction/withdraw-with-code.ts'
import type { RegisterDeps } from './web/register-routes.ts'
import { openHolderDesk } from './services/points/holder-desk.ts'
import { LiabilitiesTrees } from './services/points/liabilities-tree.ts'
import { writeDuePoints } from './services/points/points-timer.ts'
import { openProgrammeReads } from './services/points/programme-reads.ts'
import { findPublicBallot } from './services/points/spending-reads.ts'
import { startSpendingTimer } from './services/points/spending-timer.ts'
import { readBallotList } from './services/points/tally-ballots.ts'
import { openThanks, setThanks } from './services/points/thanks.ts'

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

/** Where the service says what its operator should know; pino fits. */
export type ServiceLog = {
  info(facts: object | string, message?: string): void
  warn(facts: object | string, message?: string): void
  error(facts: object | string, message?: string): void
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
  const onError = (error: unknown): void => serviceLog.error({ err: error }, 'unexpected error')
  const helpLines = await readHelpLines(config.helpLinesFile)
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
  const signer = await openSigner(config.logKeyFile, config.logOrigin)
  const chain = await openChain(config, serviceLog, closers)
  const { contract } = chain
  const log = await openLog({
    database,
    signer,
    chainId: contract.chainId,
    contract: contract.address,
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
  const app = await openApp({
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

type Chain = { contract: AnchorContract; key: AnchorKey; rpcUrl: string; persist: (() => Promise<void>) | undefined }

const openChain = async (config: Config, log: ServiceLog, closers: Closers): Promise<Chain> => {
  if (config.chain !== undefined) {
    const { rpcUrl, chainId, contract: address, keyFile, keyPassword } = config.chain
    const key = await readKeystore(keyFile, keyPassword)
    const contract = openAnchorContract({ rpcUrl, chainId, address: checksumAddress(address) })
    closers.add(async () => contract.close())
    return { contract, key, rpcUrl, persist: undefined }
  }
  const embedded = await startEmbeddedChain({ dataDir: config.dataDir, origin: config.logOrigin, log })
  closers.add(async () => await embedded.stop())
  const { rpcUrl, chainId, contract: address, key } = embedded
  const contract = openAnchorContract({ rpcUrl, chainId, address })
  closers.add(async () => contract.close())
  return { contract, key, rpcUrl, persist: async () => await embedded.dump() }
}

/**
 * The database must contain what the contract anchored last. A chain that does not answer now is asked again before each
 * anchor; a wrong one stops the start.
 */
const refuseFork = async (contract: AnchorContract, log: Log, serviceLog: ServiceLog): Promise<void> => {
  try {
    await assertContractMatchesLog(contract, log.reader)
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'unreachable') throw error
    serviceLog.warn({ err: error }, 'The chain does not answer; it is asked again before each anchor.')
  }
}

type AppParts = {
  config: Config
  chain: Chain
  database: Database
  log: Log
  heads: HeadsTrees
  liabilities: LiabilitiesTrees
  signer: LogSigner
  evidence: EvidenceStore
  erasureDuty: ErasureDuty
  helpLines: HelpLine[]
  logId: string
  requestLogger: FastifyBaseLogger | false
}

const openApp = async (parts: AppParts): Promise<FastifyInstance> => {
  const { config, chain, database, log, heads, liabilities, signer, helpLines, requestLogger } = parts
  const { reader, sequencer, checkpoints } = log
  const source = { database, checkpoints, heads }
  const registerOf: RegisterDeps['readRegister'] = async (question) =>
    await readRegister(database, question, config.backupDays)
  // On the embedded chain the reader's browser may ask our own node: there is no other, and it counts for nothing.
  const chainPublicRpcUrls =
    config.chain === undefined && config.chainPublicRpcUrls.length === 0 ? [chain.rpcUrl] : config.chainPublicRpcUrls
  const testChain = config.chainTest || isTestChain(chain.contract.chainId)
  const pagesConfig = { ...config, logId: parts.logId, testChain, chainPublicRpcUrls, helpLines }
  return await buildApp(
    {
      logger: requestLogger,
      trustProxy: config.trustProxy,
      rateLimitPerMinute: config.rateLimitPerMinute,
      chainPublicRpcUrls,
    },
    {
      reader,
      admin: {
        sequencer,
        questions: openAdminQuestions(database),
        directory: new Directory(database),
        keys: new KeyRing(database),
        evidence: parts.evidence,
        approvals: new Approvals(database),
        bodyHmac: (body) => signer.bodyHmac(body),
        publicUrl: config.publicUrl,
      },
      v1: {
        auditor: openAuditor({ database, reader }),
        reader,
        readBundle: async (stream) => formatBundle(await buildBundle(source, stream)),
      },
      register: { readRegister: registerOf },
      withdrawals: { withdraw: async (consent, code) => await withdrawWithCode(database, sequencer, consent, code) },
      pages: {
        config: () => pagesConfig,
        readRegister: registerOf,
        bundles: { timeline: async (stream) => await absentAsUndefined(buildBundle(source, stream)) },
        lookups: openLookups(database, config.evidenceDir),
        programmes: openProgrammeReads(database),
        now: Date.now,
      },
      thanks: {
        reader,
        openThanks: async (code) => await openThanks(database, code, Date.now()),
        setThanks: async (code, thanks) => await setThanks(database, code, thanks),
      },
      holder: {
        desk: openHolderDesk({ database, checkpoints, liabilities }, sequencer),
        bodyHmac: (body) => signer.bodyHmac(body),
        publicUrl: config.publicUrl,
      },
      ballots: {
        findBallot: async (programme, index) => await findPublicBallot(database, programme, index),
        readList: async (programme, index) => await readBallotList(database, programme, index),
      },
      operator: {
        problems: async () => await readProblems(log),
        warnings: async () => await erasureWarnings(database, parts.erasureDuty),
        figures: async () => await readAnchoringFigures({ database, reader }),
      },
    },
  )
}

const absentAsUndefined = async <T>(reading: Promise<T>): Promise<T | undefined> =>
  await reading.catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') return undefined
    throw error
  })

/** Why traffic must not come here. */
const readProblems = async ({ reader, checkpoints }: Log): Promise<string[]> => {
  await reader.head()
  try {
    checkpoints.assertRunning()
    return []
  } catch (error) {
    return [error instanceof AppError ? error.code : 'log_stopped']
  }
}

/** What must be closed, in the opposite order of opening; one that fails does not keep the others open. */
class Closers {
  readonly #closers: (() => Promise<unknown>)[] = []
  readonly #log: ServiceLog

  constructor(log: ServiceLog) {
    this.#log = log
  }

  add(close: () => Promise<unknown>): void {
    this.#closers.unshift(close)
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) {
      await close().catch((error: unknown) => this.#log.error({ err: error }, 'closing failed'))
    }
  }
}
