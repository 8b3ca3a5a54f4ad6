/** The log id. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { formatLogId, logId, parseLogId } from '../../ledger/log-id.ts'

const CONTRACT = '0x5FbDB2315678afecb367f032d93F642f64180aa3'

t.test('I29: it is 160 bits of base32 of origin, chain and contract', async (t) => {
  const digest = createHash('sha256').update(`trust-ledger/log@1["log.example/brand",31337,"${CONTRACT}"]`).digest()
  const bits = [...digest.subarray(0, 20)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const expected = bits.replace(/.{5}/g, (five) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(parseInt(five, 2)))
  const id = logId({ origin: 'log.example/brand', chainId: 31337, contract: CONTRACT })
  t.equal(id, expected)
})

t.test('I29: the contract counts as it is spelled, so that a wrong checksum is recognised by nobody', async (t) => {
  const log = { origin: 'log.example/brand', chainId: 31337, contract: CONTRACT }
  t.not(logId({ ...log, contract: CONTRACT.toLowerCase() }), logId(log))
  for (const contract of ['', CONTRACT.slice(2), `${CONTRACT}0`, CONTRACT.replace('5', 'g')]) {
    t.throws(() => logId({ ...log, contract }), { code: 'log_id_malformed' }, contract)
  }
})

t.test('every part of a log makes another id', async (t) => {
  const log = { origin: 'log.example/brand', chainId: 1, contract: CONTRACT }
  const others = [{ origin: 'log.example/brands' }, { chainId: 2 }, { contract: `0x${'0'.repeat(40)}` }]
  for (const other of others) t.not(logId({ ...log, ...other }), logId(log))
})

t.test('it is printed in groups of four and read however it was typed', async (t) => {
  const id = 'abcdefghijklmnopqrstuvwxyz234567'
  t.equal(formatLogId(id), 'abcd-efgh-ijkl-mnop-qrst-uvwx-yz23-4567')
  for (const typed of [id, formatLogId(id), formatLogId(id).toUpperCase(), ` ${id.replace(/.{4}/g, '$& ')}\n`]) {
    t.equal(parseLogId(typed), id)
  }
  for (const typed of ['', 'abcd', `${id}a`, id.replace('a', '0'), id.replace('a', '中')]) {
    t.throws(() => parseLogId(typed), { code: 'log_id_malformed' }, typed)
  }
})
