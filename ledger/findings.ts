/**
 * What the checks of a bundle share: what the verifier brought along, and what has been established so far.
 */
import type { ChainAnswers, ChainQuestions } from './anchor.ts'
import type { Bundle } from './bundle.ts'
import type { Checkpoint } from './checkpoint.ts'
import { parseEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Heads } from './heads.ts'
import type { JsonObject } from './json.ts'
import { isAddress } from './log-id.ts'

/**
 * What the verifier brings along.
 *
 * - `logId`: from outside the page and the bundle: a QR code, the pack, the command line. In any form.
 * - `chain`: what the contract answered to the verifier itself; an answer relayed by the log's operator does not count.
 * - `chainError`: why there is no answer, as a clause for the reason.
 * - `testChain`: the chain is a test chain whatever its number. `allowTestChain`: and that is fine.
 */
export type VerifyOptions = {
  logId?: string | undefined
  chain?: ChainAnswers | undefined
  chainError?: string | undefined
  allowTestChain?: boolean | undefined
  testChain?: boolean | undefined
}

/** An entry of the bundle that was parsed. */
export type ParsedEntry = { index: number; entry: Entry; leafHash: Uint8Array; disclosures: readonly string[] }

/** `data`: with the disclosed values in their places; `disclosed`: their names; `erased`: digests registered as erased. */
export type EntryTexts = { data: JsonObject; disclosed: string[]; erased: string[] }

/** What the checks have established so far; each adds what later ones build on. */
export type Findings = {
  bundle: Bundle
  options: VerifyOptions
  checkpoint?: Checkpoint
  entries: ParsedEntry[]
  heads?: Heads
  /** The last entry under each anchor, in the order of the anchors. */
  lastEntries: Entry[]
  /** What each entry's texts came to, by its index: only of entries whose texts are all in order. */
  texts: Map<number, EntryTexts>
}

/** What to ask the chain before verifying a bundle, or undefined when it names no contract. */
export function chainQuestions(bundle: Pick<Bundle, 'anchors' | 'key'>): ChainQuestions | undefined {
  const named = bundle.anchors[0] ?? openedContract(bundle)
  if (named === undefined) return undefined
  return { chainId: named.chainId, contract: named.contract, sizes: bundle.anchors.map(({ size }) => size) }
}

/** The answers of the contract that the bundle names; those of another one are none. */
export function answersFor({ bundle, options: { chain } }: Findings): ChainAnswers | undefined {
  const questions = chainQuestions(bundle)
  return chain?.chainId === questions?.chainId && chain?.contract === questions?.contract ? chain : undefined
}

/** The contract that the log's first entry names, when the bundle carries that entry as its key. */
function openedContract({ key }: Pick<Bundle, 'key'>): { chainId: number; contract: string } | undefined {
  try {
    return namedContract(parseEntry(key.bytes))
  } catch {
    return undefined
  }
}

/** The contract that an entry of stream `ledger` names, as it spells it; undefined when it names none. */
export function namedContract({ type, data }: Entry): { chainId: number; contract: string } | undefined {
  const { chainId, contract } = data
  if (type !== 'ledger.opened' && type !== 'ledger.contract') return undefined
  return typeof chainId === 'number' && isAddress(contract) ? { chainId, contract } : undefined
}
