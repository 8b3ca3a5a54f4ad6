/** Finding the anchors around an entry by asking the contract for a few of them. */
import fc from 'fast-check'
import t from 'tap'
import type { AnchorRecord } from '../../ledger/anchor.ts'
import { anchoredLate, indexesToBound, numbersToAsk } from '../../ledger/anchor-search.ts'
import { parseEntry } from '../../ledger/entry.ts'
import { parseInstant } from '../../ledger/instant.ts'
import { anchorsAround } from '../../ledger/verify-anchors.ts'
import { openCrisis, openedLog } from './sample-log.ts'

const anchorOf = (size: number): AnchorRecord => ({ size, root: new Uint8Array(32), block: 1, timestamp: 1 })

/** What a contract with these sizes has told when there is nothing left to ask, and in how many rounds. */
function ask(sizes: readonly number[], indexes: readonly number[]): { told: AnchorRecord[]; rounds: number } {
  const told = new Map<number, AnchorRecord>()
  for (let rounds = 0; ; rounds++) {
    const numbers = numbersToAsk(sizes.length, told, indexes)
    if (numbers.length === 0) return { told: [...told.values()].toSorted((a, b) => a.size - b.size), rounds }
    for (const number of numbers) told.set(number, anchorOf(sizes[number]!))
  }
}

t.test('the anchors around every index are told, in as many rounds as halving takes', (t) => {
  const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 200 })
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(2100), { maxLength: 8 }), (unordered, indexes) => {
      const all = unordered.toSorted((a, b) => a - b)
      const { told, rounds } = ask(all, indexes)
      if (rounds > Math.ceil(Math.log2(all.length + 1))) return false
      return indexes.every((index) => {
        const found = anchorsAround(told, index)
        const right = anchorsAround(all.map(anchorOf), index)
        return found.by?.size === right.by?.size && found.before?.size === right.before?.size
      })
    }),
  )
  t.end()
})

t.test('an endpoint that contradicts itself is not asked for ever', (t) => {
  const told = new Map([
    [0, anchorOf(9)],
    [3, anchorOf(2)],
  ])
  t.same(numbersToAsk(4, told, [5]), [])
  t.end()
})

t.test('one index stands for a stretch between two anchors; what no anchor covers has none', (t) => {
  const anchors = [{ size: 4 }, { size: 9 }, { size: 20 }]
  const entries = [1, 3, 12, 14, 19, 20, 25].map((index) => ({ index }))
  t.same(indexesToBound(anchors, entries), [1, 12])
  t.same(indexesToBound([], entries), [])
  t.end()
})

t.test('only entries that say they waited for more than an hour can be dated back by more', (t) => {
  const log = openedLog()
  openCrisis(log)
  const anchors = [{ size: log.size, timestamp: 0 }]
  const entries = log.bundle().entries
  const recorded = entries.map(({ bytes }) => parseInstant(parseEntry(bytes).recordedAt) / 1000)
  anchors[0]!.timestamp = Math.min(...recorded) + 3600
  t.same(anchoredLate(anchors, entries), [], 'an hour is not more than an hour')
  anchors[0]!.timestamp += 1
  t.equal(anchoredLate(anchors, entries)[0], entries[0])
  t.same(anchoredLate([{ size: entries[0]!.index, timestamp: 4e9 }], entries), [], 'not covered')
  t.same(anchoredLate(anchors, [{ index: 0, bytes: new Uint8Array(3) }]), [], 'no entry')
  t.end()
})
