/**
 * `fsck`: recomputes everything that this deployment stores from the bytes of its entries, and compares: payload → leaf →
 * tiles → checkpoints → disclosures → projections → streams and heads → chain → evidence. It changes nothing. Hashes that
 * fit each other are not enough: the payloads themselves are hashed again.
 */
import { equalBytes } from '../../../ledger/bytes.ts'
import { rootHash, rootNodes } from '../../../ledger/tree.ts'
import type { AnchorContract } from '../../chain/anchor-contract.ts'
import type { Database } from '../../db/database.ts'
import type { EvidenceStore } from '../evidence/evidence-store.ts'
import type { Mark } from '../log/high-water.ts'
import { readNodes } from '../log/tree-reader.ts'
import { checkHistory } from './check-history.ts'
import { checkLiabilities } from './check-liabilities.ts'
import { checkStored } from './check-stored.ts'
import { failed, held, skipped } from './finding.ts'
import type { Finding } from './finding.ts'

const PAGE_FILES = 500

export type FsckDeps = {
  database: Database
  evidence: EvidenceStore
  /** The last checkpoint that this instance signed; absent when there is no such file. */
  mark?: Mark | undefined
  /** Absent when no chain can be asked; `chainProblem` says why. */
  contract?: AnchorContract | undefined
  chainProblem?: string | undefined
  /** Told of how far the entries have been read. */
  onProgress(checked: number, size: number): void
  /** Told of each finding as it comes. */
  onFinding(finding: Finding): void
}

/** Checks everything, and gives all findings. The deployment is sound when none has failed. */
export async function fsck(deps: FsckDeps): Promise<Finding[]> {
  const findings: Finding[] = []
  const tell = (found: readonly Finding[]): void => {
    for (const finding of found) {
      findings.push(finding)
      deps.onFinding(finding)
    }
  }
  tell(await checkStored(deps.database, (checked, size) => deps.onProgress(checked, size)))
  tell([await checkMark(deps)])
  const history = await checkHistory(deps.database, deps.contract)
  tell(history.map((finding) => explained(finding, deps.chainProblem)))
  tell([await checkLiabilities(deps.database)])
  tell([await checkEvidence(deps)])
  return findings
}

/** A chain that was to be asked and does not answer is a problem; one that is not there is said. */
function explained(finding: Finding, chainProblem: string | undefined): Finding {
  if (finding.outcome !== 'skipped' || chainProblem === undefined) return finding
  return skipped(finding.check, chainProblem)
}

/** The log still contains the last checkpoint that was signed; otherwise it is a restored backup. */
async function checkMark({ database, mark }: FsckDeps): Promise<Finding> {
  if (mark === undefined) return skipped('high-water', 'This folder has no mark of the last signed checkpoint.')
  const { size } = await database.kysely.selectFrom('log_head').select('size').executeTakeFirstOrThrow()
  if (size < mark.size) {
    return failed('high-water', [`a checkpoint of ${mark.size} entries was signed, the log has ${size}`])
  }
  const root = await readRoot(database, mark.size)
  if (root === undefined) return failed('high-water', [`the tree no longer has its nodes at size ${mark.size}`])
  if (!equalBytes(root, mark.root)) return failed('high-water', [`another root was signed at size ${mark.size}`])
  return held('high-water', `The last signed checkpoint, of ${mark.size} entries, is in the log.`)
}

/** The root from the stored hashes; undefined when some are missing. */
async function readRoot(database: Database, size: number): Promise<Uint8Array | undefined> {
  try {
    return rootHash(
      await readNodes(async (statement, values) => await database.query(statement, values), rootNodes(size)),
    )
  } catch {
    return undefined
  }
}

/** Every file that an entry names is there, byte for byte. */
async function checkEvidence({ database, evidence }: FsckDeps): Promise<Finding> {
  const problems: string[] = []
  let files = 0
  for (let after = ''; ;) {
    const page = await database.kysely
      .selectFrom('evidence')
      .select(({ fn }) => ['sha256', fn.min('bytes').as('bytes')])
      .where('sha256', '>', after)
      .groupBy('sha256')
      .orderBy('sha256')
      .limit(PAGE_FILES)
      .execute()
    for (const { sha256, bytes } of page) {
      files++
      after = sha256
      try {
        const content = await evidence.read(sha256)
        if (content.length !== bytes) problems.push(`${sha256}: it has ${content.length} bytes, not ${bytes}`)
      } catch (error) {
        problems.push(`${sha256}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    if (page.length < PAGE_FILES) break
  }
  return problems.length > 0
    ? failed('evidence', problems)
    : held('evidence', `All ${files} evidence files are as recorded.`)
}
