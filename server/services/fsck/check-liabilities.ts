/**
 * Proof of liabilities, recomputed: for every programme, the leaves that are kept of its newest root lead to the root and
 * the sum that its entry names, and there is one for each holder. A check on its own: these rows are in no other.
 */
import { balanceLeaf, balanceNode, balanceRoot } from '../../../ledger/liabilities.ts'
import { base64url, equalBytes, parseBase64url } from '../../../ledger/bytes.ts'
import type { Database } from '../../db/database.ts'
import { readLiabilities, readRoots } from '../points/liability-store.ts'
import type { RootRow } from '../points/liability-store.ts'
import { failed, held } from './finding.ts'
import type { Finding } from './finding.ts'

/** Checks the newest root of every programme. */
export async function checkLiabilities(database: Database): Promise<Finding> {
  const programmes = await database.kysely.selectFrom('programme').select('id').orderBy('id').execute()
  const problems: string[] = []
  let checked = 0
  for (const { id } of programmes) {
    const [newest] = await readRoots(database.kysely, id, 1)
    if (newest === undefined) continue
    checked++
    const problem = await checkRoot(database, id, newest)
    if (problem !== undefined) problems.push(`${id}, entry ${newest.entryIndex}: ${problem}`)
  }
  if (problems.length > 0) return failed('liabilities', problems)
  return held('liabilities', `The newest balances of ${checked} programmes lead to the roots in the log.`)
}

/** Undefined when all is as the entry says. */
async function checkRoot(
  { kysely }: Database,
  programme: string,
  { root, sum, leaves }: RootRow,
): Promise<string | undefined> {
  const edge = new SumEdge()
  const holders = new Set<string>()
  for await (const page of readLiabilities(kysely, { programme, root })) {
    for (const { holder, salt, commitment, balance } of page) {
      holders.add(holder)
      edge.append(balanceLeaf({ salt, programme, commitment, balance }))
    }
  }
  if (edge.size !== leaves) return `${edge.size} leaves are kept of ${leaves}`
  if (holders.size !== leaves) return 'a holder has two leaves'
  const found = edge.root()
  if (found === undefined || !equalBytes(found, balanceRoot(parseBase64url(root), sum))) {
    return `the leaves lead to ${found === undefined ? 'nothing' : base64url(found)}`
  }
  return undefined
}

/** The perfect subtrees of a growing sum tree from left to right, as in RFC 6962. */
class SumEdge {
  readonly #nodes: { width: number; value: Uint8Array }[] = []
  size = 0

  append(leaf: Uint8Array): void {
    this.size++
    let node = { width: 1, value: leaf }
    for (let last = this.#nodes.at(-1); last?.width === node.width; last = this.#nodes.at(-1)) {
      this.#nodes.pop()
      node = { width: node.width * 2, value: balanceNode(last.value, node.value) }
    }
    this.#nodes.push(node)
  }

  root(): Uint8Array | undefined {
    const values = this.#nodes.map(({ value }) => value)
    return values.length === 0 ? undefined : values.reduceRight((right, left) => balanceNode(left, right))
  }
}
