/** What the verifier on the command line is given by people who want it to work for ever: it ends, and says why. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { formatBundle } from '../../../ledger/bundle.ts'
import { hex, u64be } from '../../../ledger/bytes.ts'
import { readHistory } from '../../../server/verify/chain-reader.ts'
import { verifyTarget } from '../../../server/verify/verify-target.ts'
import { CONTRACT, LOG_ID, sampleLog } from '../../ledger/sample-log.ts'

type Test = { teardown(work: () => unknown): void }

const REQUEST = { logId: LOG_ID, rpcUrl: undefined, allowTestChain: false, progress: (): void => {} }

const word = (value: number): string => hex(u64be(value)).padStart(64, '0')

/** An endpoint behind which a contract says what it likes. */
async function lyingEndpoint(t: Test, answer: (selector: string, argument: number) => string) {
  let asked = 0
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked += 1
      const { method, params } = JSON.parse(body) as { method: string; params: [{ data: string }] }
      const { data } = params[0] ?? { data: '' }
      const result = method === 'eth_chainId' ? '0x1' : answer(data.slice(2, 10), Number(`0x0${data.slice(10)}`))
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked: () => asked }
}

/** A contract that counts anchors without end, the k-th of a size of its own. */
const endless =
  (sizeOf: (k: number) => number) =>
  (selector: string, k: number): string => {
    if (selector === '938b5f32') return `0x${word(32)}${word(1)}${'61'.padEnd(64, '0')}`
    if (selector === '34f96c8c') return `0x${word(Number.MAX_SAFE_INTEGER)}`
    return `0x${word(selector === '52bfe789' ? 9_000_000 : sizeOf(k))}${'11'.repeat(32)}${word(1)}${word(1)}`
  }

t.test('a contract that counts without end is read as far as the log goes, and for its latest anchor', async (t) => {
  const { url, asked } = await lyingEndpoint(
    t,
    endless((k) => 10 * (k + 1)),
  )
  const { anchors } = await readHistory(url, { chainId: 1, contract: CONTRACT }, 200, () => {})
  t.ok(asked() < 40, `${asked()} questions`)
  t.strictSame(
    anchors.map(({ size }) => size).filter((size) => size <= 200),
    Array.from({ length: 20 }, (_, k) => 10 * (k + 1)),
  )
  t.equal(anchors.at(-1)?.size, 9_000_000)
})

t.test('a contract whose anchors do not grow is none of ours', async (t) => {
  const { url } = await lyingEndpoint(
    t,
    endless(() => 10),
  )
  await t.rejects(
    readHistory(url, { chainId: 1, contract: CONTRACT }, 200, () => {}),
    /do not grow/,
  )
})

t.test('a file of many small values is refused before it is built', async (t) => {
  const file = join(t.testdir({ 'many.json': `[${'0,'.repeat(3_000_000)}0]` }), 'many.json')
  const { verdict, checks } = await verifyTarget(file, REQUEST)
  t.equal(verdict, 'mismatch')
  t.match(checks[0], { name: 'format', ok: 'failed', code: 'bundle_malformed', reason: /more than 3000000 values/ })
})

t.test('nobody is asked about more anchors than a timeline can need', async (t) => {
  const bundle = sampleLog().bundle()
  const anchors = Array.from({ length: 20_001 }, () => bundle.anchors[0]!)
  const file = join(t.testdir({ 'many.json': formatBundle({ ...bundle, anchors }) }), 'many.json')
  const { url, asked } = await lyingEndpoint(t, () => '0x')
  const { verdict, checks } = await verifyTarget(file, { ...REQUEST, rpcUrl: url })
  t.equal(verdict, 'mismatch')
  t.match(
    checks.find(({ name }) => name === 'chain'),
    { code: 'chain_not_asked', reason: /20001 anchors/ },
  )
  t.equal(asked(), 0)
})
