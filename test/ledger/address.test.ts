/** The checksum of addresses. */
import { getAddress } from 'ethers'
import fc from 'fast-check'
import t from 'tap'
import { checksumAddress } from '../../ledger/address.ts'

const ADDRESS = '0x5FbDB2315678afecb367f032d93F642f64180aa3'

t.test('an address gets the checksum that ethers gives it', async (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-fA-F]{40}$/), (digits) => {
      t.equal(checksumAddress(`0x${digits}`), getAddress(`0x${digits.toLowerCase()}`))
    }),
    { numRuns: 50 },
  )
  for (const address of ['', '0x', ADDRESS.slice(2), `${ADDRESS}0`, ADDRESS.replace('5', 'g')]) {
    t.throws(() => checksumAddress(address), { code: 'log_id_malformed' }, address)
  }
})
