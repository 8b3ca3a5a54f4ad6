/** The gas goals hold. Gas is deterministic, so this is a claim about the contract and not about the machine. */
import t from 'tap'
import { measureAnchor1m, measureCheck20 } from '../bench/gas.ts'

for (const measure of [measureCheck20, measureAnchor1m]) {
  t.test(`${measure.name} stays within its goal`, async (t) => {
    const { value, goal, detail } = await measure()
    t.ok(value <= goal, `${value} of ${goal}: ${detail}`)
  })
}
