/** What relies on anchors, judged when all of them are known. */
import fc from 'fast-check'
import t from 'tap'
import { AnchorReliance } from '../../ledger/anchor-reliance.ts'
import type { RuleState } from '../../ledger/programme.ts'
import { OPENED_AT, ProgrammeStream, ruleData } from './programme-stream.ts'

const LATER = '2026-06-15T08:00:00.000Z'

/** Versions of a rule at the indexes given. */
const versions = (...rules: { index: number; validFrom?: string; rule?: string }[]): RuleState[] => {
  const stream = new ProgrammeStream()
  stream.add('rule.published', ruleData())
  return rules.map((rule, i) => ({ ...stream.programme.rules[0]!, version: i + 1, ...rule }))
}

t.test('ER1: a rule is anchored before its first use', async (t) => {
  const reliance = new AnchorReliance()
  reliance.use(10, { index: 20, recordedAt: OPENED_AT })
  reliance.use(10, { index: 30, recordedAt: OPENED_AT })
  for (const [sizes, isRight] of [
    [[11], true],
    [[20], true],
    [[5, 15, 40], true],
    [[10], false],
    [[21], false],
    [[], false],
  ] as const) {
    const fault = reliance.fault(sizes, [])
    t.equal(fault === undefined, isRight, `anchors at ${sizes.join(', ')}`)
    if (!isRight) t.match(fault, { code: 'rule_not_anchored', entry: 20 })
  }
})

t.test('ER1: no version is used after a newer one that is anchored and valid', async (t) => {
  const reliance = new AnchorReliance()
  reliance.use(10, { index: 20, recordedAt: OPENED_AT })
  const sizes = [12, 17]
  t.match(reliance.fault(sizes, versions({ index: 10 }, { index: 15 })), { code: 'rule_superseded', entry: 20 })
  t.equal(reliance.fault([12, 21], versions({ index: 10 }, { index: 15 })), undefined, 'anchored after the use')
  t.equal(reliance.fault([12], versions({ index: 10 }, { index: 15 })), undefined, 'never anchored')
  const tomorrow = versions({ index: 10 }, { index: 15, validFrom: LATER })
  t.equal(reliance.fault(sizes, tomorrow), undefined, 'not valid yet')
  const other = versions({ index: 10 }, { index: 15, rule: 'other' })
  t.equal(reliance.fault(sizes, other), undefined, 'of another rule')
})

t.test('RC3: every change of what is owed is counted before the second anchor after it', async () => {
  const steps = fc.array(fc.constantFrom('change', 'count', 'anchor'), { maxLength: 30 })
  fc.assert(
    fc.property(steps, (kinds) => {
      const reliance = new AnchorReliance()
      const sizes: number[] = []
      const open = new Set<number>()
      const late: number[] = []
      kinds.forEach((kind, index) => {
        if (kind === 'change') {
          reliance.change(index)
          open.add(index)
        } else if (kind === 'count') {
          reliance.count(index, index)
          open.clear()
        } else {
          sizes.push(index)
          for (const change of open) if (sizes.filter((size) => size > change).length === 2) late.push(change)
        }
      })
      const fault = reliance.fault(sizes, [])
      return late.length === 0 ? fault === undefined : fault?.code === 'balance_missing' && late.includes(fault.entry!)
    }),
  )
})

t.test('a year of sums and of anchors is judged in a moment', async (t) => {
  const reliance = new AnchorReliance()
  const sizes = Array.from({ length: 60_000 }, (_, i) => 10 * (i + 1))
  for (const size of sizes) {
    reliance.change(size - 5)
    reliance.count(size - 1, size - 2)
  }
  t.equal(reliance.fault(sizes, []), undefined)
  reliance.change(7)
  t.match(reliance.fault(sizes, []), { code: 'balance_missing', entry: 7 })
})
