/** Calls and answers of the contract, compared with what ethers makes of the committed ABI. */
import { readFileSync } from 'node:fs'
import { Interface } from 'ethers'
import t from 'tap'
import {
  chainCalls,
  contractCall,
  parseAnchorAt,
  parseAnchorCount,
  parseAnchorRecord,
  parseChainAnswers,
  parseOrigin,
} from '../../ledger/contract-call.ts'
import { CHAIN_ID, CONTRACT, ORIGIN, sampleLog } from './sample-log.ts'

const artifact = new URL('../../contracts/TrustAnchor.json', import.meta.url)
const abi = new Interface((JSON.parse(readFileSync(artifact, 'utf8')) as { abi: string[] }).abi)
const answer = (name: string, values: unknown[]): string => abi.encodeFunctionResult(name, values)
const ZERO = `0x${'0'.repeat(64)}`

t.test('each call is the one that ethers encodes', async (t) => {
  t.same(contractCall(CONTRACT, 'origin'), { to: CONTRACT, data: abi.encodeFunctionData('origin') })
  t.equal(contractCall(CONTRACT, 'latest').data, abi.encodeFunctionData('latest'))
  t.equal(contractCall(CONTRACT, 'anchorCount').data, abi.encodeFunctionData('anchorCount'))
  for (const n of [0, 1, 2 ** 32 + 5, 2 ** 53 - 1]) {
    t.equal(contractCall(CONTRACT, 'anchorAt', n).data, abi.encodeFunctionData('anchorAt', [n]))
    t.equal(contractCall(CONTRACT, 'anchorByNumber', n).data, abi.encodeFunctionData('anchorByNumber', [n]))
  }
})

t.test('the answers to the questions of a bundle are read as the contract means them', async (t) => {
  const log = sampleLog()
  const sizes = [8, 9, 17]
  const questions = { chainId: CHAIN_ID, contract: CONTRACT, sizes }
  const record = (at: number): unknown[] => {
    const { size, root, block, timestamp } = log.anchors[at]!
    return [size, root, block, timestamp]
  }
  const answers = [
    answer('origin', [ORIGIN]),
    answer('latest', record(2)),
    answer('anchorByNumber', record(0)),
    answer('anchorAt', record(0).slice(1)),
    answer('anchorAt', [ZERO, 0, 0]),
    answer('anchorAt', record(2).slice(1)),
  ]
  t.equal(chainCalls(questions).length, answers.length)
  t.same(parseChainAnswers(questions, answers), { ...log.answers([8, 17]), asked: sizes })
  t.throws(() => parseChainAnswers(questions, answers.slice(1)), { code: 'contract_answer_malformed' })
})

t.test('where there is no contract nothing answers', async (t) => {
  const answers = parseChainAnswers({ chainId: 1, contract: CONTRACT, sizes: [] }, ['0x', '0x', '0x'])
  t.same(answers, {
    chainId: 1,
    contract: CONTRACT,
    origin: undefined,
    latest: undefined,
    first: undefined,
    asked: [],
    anchors: [],
  })
})

t.test('zeros mean that there is no such anchor', async (t) => {
  t.equal(parseAnchorRecord(answer('latest', [0, ZERO, 0, 0])), undefined)
  t.equal(parseAnchorAt(5, answer('anchorAt', [ZERO, 0, 0])), undefined)
  t.equal(parseAnchorCount(answer('anchorCount', [12])), 12)
  t.equal(parseOrigin(answer('origin', ['日志.example/log'])), '日志.example/log')
})

t.test('an answer that no such contract gives is refused', async (t) => {
  const word = (value: bigint): string => value.toString(16).padStart(64, '0')
  const faults: [string, () => unknown][] = [
    ['not hex', () => parseAnchorCount('0xzz')],
    ['no answer', () => parseAnchorCount('0x')],
    ['half a word', () => parseAnchorCount(`0x${'0'.repeat(32)}`)],
    ['a number above 2^53-1', () => parseAnchorCount(`0x${word(2n ** 53n)}`)],
    ['a huge number', () => parseAnchorCount(`0x${'f'.repeat(64)}`)],
    ['an anchor cut off', () => parseAnchorRecord(`0x${word(5n)}${word(1n)}`)],
    ['an origin elsewhere', () => parseOrigin(`0x${word(64n)}${word(0n)}`)],
    ['an origin cut off', () => parseOrigin(`0x${word(32n)}${word(5n)}`)],
    ['far too much', () => parseOrigin(`0x${'00'.repeat(5000)}`)],
  ]
  for (const [name, read] of faults) t.throws(read, { code: 'contract_answer_malformed' }, name)
})
