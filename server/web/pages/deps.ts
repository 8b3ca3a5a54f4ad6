/** What the public pages need from the rest of the service; `server/app.ts` hands it in. */
import type { Bundle } from '../../../ledger/bundle.ts'
import type { HelpLine } from '../../config.ts'
import type { RegisterDeps } from '../register-routes.ts'
import type { WithdrawalDeps } from '../withdrawal-routes.ts'
import type { LedgerPlace, VerifierFile } from '../../services/log/verifier-files.ts'
import type { PublicEntryReads } from '../../services/public-entries.ts'
import type { ProgrammeReads } from '../../services/points/programme-reads.ts'

export type PagesConfig = {
  /** Scheme and host that the QR codes hold, no trailing slash. */
  publicUrl: string
  /** 32 characters; absent while the contract is not known yet. */
  logId?: string
  /** The chain is a test chain, by its number or by configuration. */
  testChain: boolean
  /** Endpoints that browsers ask; also the only foreign hosts in the content security policy. */
  chainPublicRpcUrls: readonly string[]
  anchorIntervalSeconds: number
  operatorName: string
  icpNumber?: string
  psbNumber?: string
  blockchainFilingNumber?: string
  privacyUrl?: string
  helpLines: readonly HelpLine[]
  verifierMirrors: readonly string[]
}

/** A file of evidence that is still there. */
export type EvidenceFile = { path: string; bytes: number }

export type PagesDeps = {
  config: () => PagesConfig
  bundles: {
    /** The bundle of a stream from one snapshot; undefined when there is no such stream. */
    timeline: (stream: string) => Promise<Bundle | undefined>
  }
  /** Sees to it that the log names these files, and gives the entries that do. */
  recordVerifierFiles: (files: readonly VerifierFile[]) => Promise<ReadonlyMap<string, LedgerPlace>>
  programmes: ProgrammeReads
  publicEntries: PublicEntryReads
  lookups: {
    /** The brand of a product, and the codes of the crises about it; undefined when the GTIN is not on record. */
    product: (gtin: string) => Promise<{ brand: string; crises: string[] } | undefined>
    /** Slugs of all brands. */
    brands: () => Promise<string[]>
    /** The stream of an entry; undefined beyond the log. */
    streamOf: (index: number) => Promise<string | undefined>
    /** An evidence file by its SHA-256 in hex. */
    evidence: (sha256: string) => Promise<EvidenceFile | undefined>
  }
  /** The register of corrections and erasures; absent: there is no such page. */
  readRegister?: RegisterDeps['readRegister']
  /** Takes a consent back by its code; absent: there is no such page. */
  withdraw?: WithdrawalDeps['withdraw']
  /** Milliseconds since 1970. */
  now: () => number
}
