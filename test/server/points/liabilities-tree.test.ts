/** Claim: a tree of balances is exactly the sum tree of the specification, drawn afresh each time. */
import { createHash, randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import fc from 'fast-check'
import t from 'tap'
import { parseBase64url } from '../../../ledger/bytes.ts'
import { verifyBalance } from '../../../ledger/liabilities.ts'
import { LiabilitiesTrees, PAGE_ROWS } from '../../../server/services/points/liabilities-tree.ts'
import type { LiabilityRow, OwedBalance } from '../../../server/services/points/liabilities-messages.ts'

const PROGRAMME = 'acme-points'

async function* pagesOf<R>(rows: readonly R[]): AsyncIterable<R[]> {
  for (let from = 0; from < rows.length; from += PAGE_ROWS) yield rows.slice(from, from + PAGE_ROWS)
}

const balanceOf = (number: number, balance: number): OwedBalance => ({
  holder: `H-${String(number).padStart(20, '0')}`,
  commitment: createHash('sha256').update(`code ${number}`).digest('base64url'),
  balance,
})

/** The sum tree by its recursive definition, with big numbers. */
function slowValue(values: readonly Buffer[]): Buffer {
  if (values.length === 1) return values[0]!
  let split = 1
  while (split * 2 < values.length) split *= 2
  const [left, right] = [slowValue(values.slice(0, split)), slowValue(values.slice(split))]
  const hash = createHash('sha256')
    .update(Buffer.concat([Buffer.of(1), left, right]))
    .digest()
  return withSum(hash, left.readBigUInt64BE(32) + right.readBigUInt64BE(32))
}

function withSum(hash: Buffer, sum: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(sum)
  return Buffer.concat([hash, bytes])
}

function slowLeaf({ salt, commitment, balance }: LiabilityRow): Buffer {
  const text = `["${salt}","${PROGRAMME}","${commitment}",${balance}]`
  return withSum(createHash('sha256').update(`\0${text}`).digest(), BigInt(balance))
}

/** The siblings of a leaf by the recursive definition. */
function slowPath(values: readonly Buffer[], position: number): Buffer[] {
  if (values.length === 1) return []
  let split = 1
  while (split * 2 < values.length) split *= 2
  const [left, right] = [values.slice(0, split), values.slice(split)]
  return position < split
    ? [...slowPath(left, position), slowValue(right)]
    : [...slowPath(right, position - split), slowValue(left)]
}

const collect = async (pages: AsyncIterable<LiabilityRow[]>): Promise<LiabilityRow[]> => {
  const rows: LiabilityRow[] = []
  for await (const page of pages) rows.push(...page)
  return rows
}

const trees = new LiabilitiesTrees()
t.teardown(async () => await trees.close())

t.test('roots, sums and paths are those of the definition, for any number of holders', async () => {
  const balances = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(balances, async (amounts) => {
      const owed = amounts.map((amount, number) => balanceOf(number, amount))
      const drawn = await trees.draw(PROGRAMME, pagesOf(owed))
      const rows = await collect(drawn.pages())
      const leaves = rows.map(slowLeaf)
      const root = slowValue(leaves)
      if (root.toString('base64url', 0, 32) !== drawn.root || drawn.leaves !== amounts.length) return false
      if (drawn.sum !== amounts.reduce((sum, amount) => sum + amount, 0)) return false
      const sameHolders = rows.map(({ holder }) => holder).toSorted()
      if (sameHolders.join(' ') !== owed.map(({ holder }) => holder).join(' ')) return false
      for (const position of leaves.keys()) {
        const path = await trees.proof({ programme: PROGRAMME, root: drawn.root, position }, () => pagesOf(rows))
        if (Buffer.compare(Buffer.concat(path), Buffer.concat(slowPath(leaves, position))) !== 0) return false
      }
      return true
    }),
    { numRuns: 40 },
  )
})

t.test('salts and order are new at every root', async (t) => {
  const owed = Array.from({ length: 200 }, (_, number) => balanceOf(number, 7))
  const draw = async () => await collect((await trees.draw(PROGRAMME, pagesOf(owed))).pages())
  const [first, second] = [await draw(), await draw()]
  const salts = new Set([...first, ...second].map(({ salt }) => salt))
  t.equal(salts.size, 400)
  t.ok([...salts].every((salt) => Buffer.from(salt, 'base64url').length === 16))
  t.notSame(
    first.map(({ holder }) => holder),
    second.map(({ holder }) => holder),
  )
})

t.test('kept rows that were changed do not give a proof', async (t) => {
  const owed = Array.from({ length: 5 }, (_, number) => balanceOf(number, number))
  const drawn = await trees.draw(PROGRAMME, pagesOf(owed))
  const rows = await collect(drawn.pages())
  const proof = async (changed: LiabilityRow[]): Promise<unknown> =>
    await trees.proof({ programme: PROGRAMME, root: drawn.root, position: 0 }, () => pagesOf(changed))
  await t.rejects(proof(rows.slice(1)), /do not lead to their root/)
  await t.rejects(proof(rows.with(2, { ...rows[2]!, balance: 99 })), /do not lead to their root/)
  await t.rejects(proof(rows.with(2, { ...rows[2]!, salt: randomBytes(16).toString('base64url') })))
  await t.resolves(proof(rows))
})

t.test('a sum that a number cannot hold is refused', async (t) => {
  const owed = [balanceOf(0, Number.MAX_SAFE_INTEGER), balanceOf(1, 1)]
  await t.rejects(trees.draw(PROGRAMME, pagesOf(owed)), /above 2\^53-1/)
})

t.test('100,000 holders do not hold the event loop', async (t) => {
  const owed = Array.from({ length: 100_000 }, (_, number) => balanceOf(number, number))
  await (await trees.draw(PROGRAMME, pagesOf(owed.slice(0, 2)))).pages()[Symbol.asyncIterator]().next()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const drawn = await trees.draw(PROGRAMME, pagesOf(owed))
  const rows = await collect(drawn.pages())
  delay.disable()
  t.comment(
    `event-loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, max ${(delay.max / 1e6).toFixed(1)} ms`,
  )
  t.equal(drawn.sum, 4_999_950_000)
  const { leaves, root, sum } = drawn
  for (const index of [0, 54_321, 99_999]) {
    const path = await trees.proof({ programme: PROGRAMME, root, position: index }, () => pagesOf(rows))
    const { holder: _, ...leaf } = rows[index]!
    verifyBalance({ ...leaf, programme: PROGRAMME, index, leaves, path, root: parseBase64url(root), sum })
  }
})
