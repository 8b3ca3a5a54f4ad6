/**
 * Verifies what a person points at: the file of a bundle or of a receipt, its address, or a whole log by its address or
 * folder.
 */
import { stat } from 'node:fs/promises'
import { LedgerError } from '../../ledger/errors.ts'
import { indexesToBound } from '../../ledger/anchor-search.ts'
import { chainQuestions } from '../../ledger/findings.ts'
import { parseNote } from '../../ledger/note.ts'
import { withReasons } from '../../ledger/reason.ts'
import type { ReasonedCheck } from '../../ledger/reason.ts'
import type { AnchorHistory } from '../../ledger/replay-report.ts'
import { worstVerdict } from '../../ledger/verdict.ts'
import type { Verdict } from '../../ledger/verdict.ts'
import { isReceiptReport, parseProofFile, verifyFile } from '../../ledger/verify-file.ts'
import type { ProofFile } from '../../ledger/verify-file.ts'
import type { ReceiptOptions } from '../../ledger/verify-receipt.ts'
import { askContract, readHistory } from './chain-reader.ts'
import { Unreadable, fetchBytes, folderSource, httpSource, readBytes } from './fetch-bytes.ts'
import type { LogSource } from './fetch-bytes.ts'
import { CHECKPOINT_BYTES_MAX, readLog } from './log-reader.ts'

/** The largest bundle that is read: tens of thousands of entries. */
export const BUNDLE_BYTES_MAX = 100_000_000

/** No bundle of that size has more values, since most are hashes; without a limit a file of brackets would take gigabytes. */
const VALUES_MAX = 3_000_000

/** About more anchors nobody is asked: each is a question. */
const ANCHORS_MAX = 20_000

/**
 * What the person said besides the target. `viewCode`: the holder's, for a receipt. `progress`: for those who watch a long
 * reading.
 */
export type VerifyRequest = {
  viewCode?: string | undefined
  logId: string | undefined
  rpcUrl: string | undefined
  allowTestChain: boolean
  progress: (message: string) => void
}

/** A report of either kind: what both have, and what only one has. */
export type TargetReport = {
  kind: 'bundle' | 'receipt' | 'log'
  verdict: Verdict
  checks: ReasonedCheck[]
  [fact: string]: unknown
}

/**
 * Verifies a target.
 *
 * @param target a file, a folder, or an http or https address
 * @throws Unreadable when there is nothing to verify
 */
export async function verifyTarget(target: string, request: VerifyRequest): Promise<TargetReport> {
  const source = await logSource(target)
  if (source !== undefined) return await verifyLog(source, request)
  const bytes = isAddress(target) ? await fetchProof(target) : await readBytes(target, BUNDLE_BYTES_MAX)
  return await verifyProofFile(bytes, request)
}

async function fetchProof(target: string): Promise<Uint8Array> {
  const bytes = await fetchBytes(bundleAddress(target), BUNDLE_BYTES_MAX)
  if (!isWebPage(bytes)) return bytes
  throw new Unreadable(
    `${target} is a web page and no proof. Give the address of a timeline (/c/…), of a brand (/b/…), of a programme ` +
      '(/points/…), of a bundle, or of the log (/log).',
  )
}

/** Of a page nobody may say that the record was altered. */
function isWebPage(bytes: Uint8Array): boolean {
  return /^\s*<(?:!doctype\s+html|html)\b/i.test(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))
}

/** The streams behind the pages that people read. */
const PAGES: readonly [path: RegExp, bundle: (name: string) => string][] = [
  [/^\/c\/(CR-[2-9A-Z]{8})\/?$/, (code) => `/v1/crises/${code}/bundle`],
  [/^\/b\/([a-z0-9-]{1,40})\/?$/, (slug) => `/v1/streams/brand:${slug}/bundle`],
  [/^\/points\/([a-z0-9-]{1,40})\/?$/, (programme) => `/v1/streams/points:${programme}/bundle`],
]

/** Where the proof of an address is: people paste the address of the page that they read. */
export function bundleAddress(target: string): string {
  const { origin, pathname } = new URL(target)
  for (const [path, bundle] of PAGES) {
    const name = path.exec(pathname)?.[1]
    if (name !== undefined) return `${origin}${bundle(name)}`
  }
  return target
}

/** Whether a target is a web address. */
export function isAddress(target: string): boolean {
  return /^https?:\/\//i.test(target)
}

/** The log that a target is, or undefined when it is something else: a log has a checkpoint. */
async function logSource(target: string): Promise<LogSource | undefined> {
  const base = target.replace(/\/checkpoint$/, '')
  if (!isAddress(target)) return (await isFolder(base)) ? folderSource(base) : undefined
  if (/\/bundle$|\.json$/.test(new URL(base).pathname)) return undefined
  const { origin, pathname } = new URL(base)
  // A site of ours has its log at /log; elsewhere a log may stand at the root.
  const places = pathname === '/' ? [httpSource(base), httpSource(`${origin}/log`)] : [httpSource(base)]
  for (const source of places) if (await hasCheckpoint(source)) return source
  // Whatever is wrong is told about the address itself, which is read next; an address of a log is taken at its word.
  return /\/log\/?$/.test(pathname) ? httpSource(base) : undefined
}

async function hasCheckpoint(source: LogSource): Promise<boolean> {
  try {
    parseNote(await source.read('checkpoint', CHECKPOINT_BYTES_MAX))
    return true
  } catch {
    return false
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

/** Verifies the bytes of a timeline, of a programme or of a receipt. */
export async function verifyProofFile(bytes: Uint8Array, request: VerifyRequest): Promise<TargetReport> {
  const file = readFile(bytes)
  const isRead = !(file instanceof LedgerError)
  const questions = isRead ? chainQuestions(file) : undefined
  const asked = await ask(request, questions, async (rpcUrl, about) => {
    if (about.sizes.length > ANCHORS_MAX) throw new TooMany(`the file names ${about.sizes.length} anchors`)
    return await askContract(rpcUrl, about, isRead ? indexesToBound(file.anchors, file.entries) : [])
  })
  const { viewCode } = request
  const options: ReceiptOptions = { ...given(request), viewCode, chain: asked.answer, chainError: asked.error }
  const report = verifyFile(file, options)
  return { kind: isReceiptReport(report) ? 'receipt' : 'bundle', ...report, checks: withReasons(report.checks) }
}

/** More questions than anybody should ask. */
class TooMany extends Error {
  override name = 'TooMany'
}

/** The proof file, or why it is none. */
function readFile(bytes: Uint8Array): ProofFile | LedgerError {
  try {
    assertFewValues(bytes)
    return parseProofFile(bytes)
  } catch (error) {
    if (error instanceof LedgerError) return error
    throw error
  }
}

/** Every value but the first of a list or object stands behind a comma; those of our formats have none in their texts. */
function assertFewValues(bytes: Uint8Array): void {
  let values = 0
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values++
  if (values > VALUES_MAX) throw new LedgerError('bundle_malformed', `malformed bundle: more than ${VALUES_MAX} values`)
}

async function verifyLog(source: LogSource, request: VerifyRequest): Promise<TargetReport> {
  const checkpoint = await source.read('checkpoint', CHECKPOINT_BYTES_MAX)
  const { replay, tiles } = await readLog(source, checkpoint, (done, all) => {
    request.progress(`read ${done} of ${all} entries`)
  })
  const asked = await ask(request, replay.contract(request.logId), async (rpcUrl, contract): Promise<AnchorHistory> => {
    return await readHistory(rpcUrl, contract, replay.size, (done, all) =>
      request.progress(`asked for ${done} of ${all} anchors`),
    )
  })
  const report = replay.finish(checkpoint, { ...given(request), history: asked.answer, chainError: asked.error })
  return {
    kind: 'log',
    ...report,
    verdict: worstVerdict([report.verdict, tiles.verdict]),
    checks: [...withReasons(report.checks), tiles],
  }
}

function given({ logId, allowTestChain }: VerifyRequest): { logId: string | undefined; allowTestChain: boolean } {
  return { logId, allowTestChain }
}

/** Asks the chain when there is an endpoint and a question; a chain that cannot be asked is a reason, not a failure. */
async function ask<Question, Answer>(
  { rpcUrl }: VerifyRequest,
  question: Question | undefined,
  asking: (rpcUrl: string, question: Question) => Promise<Answer>,
): Promise<{ answer?: Answer; error?: string }> {
  if (rpcUrl === undefined) return { error: 'no endpoint was given; choose one with --rpc' }
  if (question === undefined) return { error: 'no contract is named' }
  try {
    return { answer: await asking(rpcUrl, question) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
