/** The anchor key: encrypted for real chains, never overwritten, and unreadable for others. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Transaction } from 'ethers'
import t from 'tap'
import { createKeystore, readKeystore, readOrCreateKey } from '../../../server/chain/keystore.ts'

t.test('a keystore opens with its password only, and is never overwritten', async (t) => {
  const file = join(t.testdir(), 'keys/anchor.json')
  const made = await createKeystore(file, 'correct horse')
  t.equal((await stat(file)).mode % 0o1000, 0o600)
  const text = await readFile(file, 'utf8')
  t.match(JSON.parse(text), { version: 3 }, 'the format that wallets read')

  const read = await readKeystore(file, 'correct horse')
  t.equal(read.address, made.address)
  const raw = await read.signTransaction({ chainId: 1, nonce: 0, gasLimit: 21_000, gasPrice: 1, type: 0 })
  t.equal(Transaction.from(raw).from, made.address)

  await t.rejects(readKeystore(file, 'wrong'), { code: 'key_unreadable' })
  await t.rejects(createKeystore(file, 'again'), { code: 'key_unreadable' })
  t.equal(await readFile(file, 'utf8'), text)
})

t.test('a file that is missing or no keystore is named', async (t) => {
  const file = join(t.testdir(), 'anchor.json')
  await t.rejects(readKeystore(file, ''), { code: 'key_unreadable' })
  await writeFile(file, '{}')
  await t.rejects(readKeystore(file, ''), { code: 'key_unreadable' })
})

t.test('the embedded key is made once', async (t) => {
  const file = join(t.testdir(), 'chain/key')
  const [one, other] = await Promise.all([readOrCreateKey(file), readOrCreateKey(file)])
  t.equal(one.address, other.address, 'also when two ask at once')
  t.equal((await readOrCreateKey(file)).address, one.address)
  t.equal((await stat(file)).mode % 0o1000, 0o600)
})
