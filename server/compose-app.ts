/** Which service stands behind which route: the HTTP application put together from the opened parts. */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { isTestChain } from '../ledger/anchor.ts'
import { formatBundle } from '../ledger/bundle.ts'
import { buildApp } from './app.ts'
import type { Config, HelpLine } from './config.ts'
import type { Database } from './db/database.ts'
import { AppError } from './errors.ts'
import type { OpenedChain } from './open-chain.ts'
import { openAdminQuestions } from './services/admin-questions.ts'
import type { HeadsTrees } from './services/anchoring/heads-tree.ts'
import { readAnchoringFigures } from './services/anchoring/status.ts'
import { openAuditor } from './services/audit/auditor.ts'
import { calendarWarnings, workCalendar } from './services/clocks/work-calendar.ts'
import { Approvals } from './services/crises/approvals.ts'
import { Directory } from './services/directory.ts'
import type { EvidenceStore } from './services/evidence/evidence-store.ts'
import { KeyRing } from './services/keys/key-ring.ts'
import { buildBundle } from './services/log/bundle.ts'
import type { Log } from './services/log/open-log.ts'
import type { LogSigner } from './services/log/signer.ts'
import { recordVerifierFiles } from './services/log/verifier-files.ts'
import { openLookups } from './services/lookups.ts'
import { BallotLists } from './services/points/ballot-lists.ts'
import { openHolderDesk } from './services/points/holder-desk.ts'
import type { LiabilitiesTrees } from './services/points/liabilities-tree.ts'
import { openProgrammeReads } from './services/points/programme-reads.ts'
import { findPublicBallot } from './services/points/spending-reads.ts'
import { openThanks, setThanks } from './services/points/thanks.ts'
import { openPublicEntryReads } from './services/public-entries.ts'
import { erasureWarnings } from './services/redaction/erasure-duty.ts'
import type { ErasureDuty } from './services/redaction/erasure-duty.ts'
import { readRegister } from './services/redaction/register.ts'
import { withdrawWithCode } from './services/redaction/withdraw-with-code.ts'
import type { RegisterDeps } from './web/register-routes.ts'
import type { WithdrawalDeps } from './web/withdrawal-routes.ts'

export type AppParts = {
  config: Config
  chain: OpenedChain
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
  onOutage: (error: unknown) => void
}

/** Hands every route what it needs. */
export const composeApp = async (parts: AppParts): Promise<FastifyInstance> => {
  const { config, chain, database, log, heads, liabilities, signer, helpLines, requestLogger } = parts
  const { reader, sequencer, checkpoints } = log
  const source = { database, checkpoints, heads }
  const ballotLists = new BallotLists(database)
  const registerOf: RegisterDeps['readRegister'] = async (question) =>
    await readRegister(database, question, config.backupDays)
  const withdraw: WithdrawalDeps['withdraw'] = async (consent, code) =>
    await withdrawWithCode(database, sequencer, consent, code)
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
      withdrawals: { withdraw },
      pages: {
        config: () => pagesConfig,
        readRegister: registerOf,
        withdraw,
        bundles: { timeline: async (stream) => await absentAsUndefined(buildBundle(source, stream)) },
        lookups: openLookups(database, config.evidenceDir),
        recordVerifierFiles: async (files) => await recordVerifierFiles(database, sequencer, files),
        programmes: openProgrammeReads(database),
        publicEntries: openPublicEntryReads(database),
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
        readList: async (programme, index) => await ballotLists.read(programme, index),
      },
      operator: {
        problems: async () => await readProblems(log),
        warnings: async () => [
          ...(await erasureWarnings(database, parts.erasureDuty)),
          ...calendarWarnings(workCalendar(), Date.now()),
        ],
        figures: async () => await readAnchoringFigures({ database, reader }),
      },
      onOutage: parts.onOutage,
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
