/** One database, one key, one contract: whoever was given others is refused, and replacing one is said by its name. */
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { logId } from '../../../ledger/log-id.ts'
import { createKeystore } from '../../../server/chain/keystore.ts'
import { openDatabase } from '../../../server/db/database.ts'
import type { Database } from '../../../server/db/database.ts'
import type { AppError } from '../../../server/errors.ts'
import { readConfig } from '../../../server/config.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { signerOf } from '../../../server/services/log/signer.ts'
import type { LogSigner } from '../../../server/services/log/signer.ts'
import { startService } from '../../../server/start.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { CHAIN_ID, CONTRACT, LOG_KEY, ORIGIN, openTestLog } from '../../support/log.ts'
import { runProgram } from '../../support/run.ts'
import { ADMIN_KEY, freePort } from '../../support/service.ts'

t.setTimeout(600_000)

/** A chain that counts, and no test chain. */
const MAINNET = 1
const OTHER_CONTRACT = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512'

const newSigner = (): LogSigner => signerOf(generateKeyPairSync('ed25519').privateKey, ORIGIN)
const idOf = ({ vkey }: LogSigner): string => vkey.split('+')[1]!

/** The keys that the log names, in its order. */
async function keysOf({ kysely }: Database): Promise<string[]> {
  const rows = await kysely.selectFrom('log_key').select('vkey').orderBy('entry_index').execute()
  return rows.map(({ vkey }) => vkey)
}

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const own = signerOf(LOG_KEY, ORIGIN)
    const first = await openTestLog({ database, dataDir, chainId: MAINNET })
    const { size } = await first.reader.head()
    await first.close()

    await t.test('another key is refused with both ids and the way out, and nothing is written', async (t) => {
      const signer = newSigner()
      const error = await openTestLog({ database, dataDir, chainId: MAINNET, signer }).catch(
        (thrown: AppError) => thrown,
      )
      t.match(error, { code: 'log_key_other' })
      const { message } = error as AppError
      for (const part of [idOf(own), idOf(signer), `LOG_KEY_REPLACES=${idOf(own)}`]) t.match(message, part)
      await t.rejects(openTestLog({ database, dataDir, chainId: MAINNET, signer, replaced: { key: idOf(signer) } }), {
        code: 'log_key_other',
      })
      t.same(await keysOf(database), [own.vkey])
      t.equal((await first.reader.head()).size, size)
    })

    await t.test('another contract or chain is refused with both log ids, and nothing is written', async (t) => {
      for (const other of [{ chainId: MAINNET, contract: OTHER_CONTRACT }, { chainId: CHAIN_ID }, { chainId: 10 }]) {
        await t.rejects(openTestLog({ database, dataDir, ...other }), {
          code: 'log_contract_other',
          message: new RegExp(`${CONTRACT}.*log id.*log id.*ANCHOR_CONTRACT_REPLACES=${CONTRACT}`),
        })
      }
      t.equal((await first.reader.head()).size, size)
    })

    await t.test('what is replaced by its name is written into the log, and the old one is refused', async (t) => {
      const signer = newSigner()
      const replaced = { key: idOf(own), contract: CONTRACT }
      const given = { database, dataDir, signer, chainId: MAINNET, contract: OTHER_CONTRACT, replaced }
      const log = await openTestLog(given)
      const { size } = await log.reader.head()
      const types = (await log.reader.entries(size - 2, size)).map(({ bytes }) => parseEntry(bytes).type)
      t.same(types, ['ledger.key', 'ledger.contract'])
      t.match(await log.reader.contract(), { contract: OTHER_CONTRACT, index: size - 1 })
      await log.close()
      const again = await openTestLog(given)
      t.equal((await again.reader.head()).size, size, 'what is still said at the next start replaces nothing')
      await again.close()
      const late = { database, dataDir, chainId: MAINNET, contract: OTHER_CONTRACT }
      await t.rejects(openTestLog(late), { code: 'log_key_other' })
      await t.rejects(openTestLog({ ...late, replaced }), { code: 'log_key_other' })
      t.same((await checkLog(database)).problems, [])
    })
  })
}

t.test('a contract on a test chain is replaced without a word, by another and by one that counts', async (t) => {
  const { database, dataDir } = await openTestDatabase(t, 'postgres')
  for (const given of [{}, { contract: OTHER_CONTRACT }, { chainId: MAINNET }]) {
    const log = await openTestLog({ database, dataDir, ...given })
    t.match(await log.reader.contract(), { chainId: CHAIN_ID, contract: CONTRACT, ...given })
    await log.close()
  }
  t.same((await checkLog(database)).problems, [])
})

t.test('of first starts with different keys at once one wins, and the others are refused', async (t) => {
  const { url, dataDir, database } = await openTestDatabase(t, 'postgres')
  const race = async (replaced?: { key: string }): Promise<string> => {
    const starts = Array.from({ length: 4 }, (_, i) => ({ signer: newSigner(), dataDir: join(dataDir, String(i)) }))
    const databases = await Promise.all(starts.map(async () => openDatabase({ url, dataDir })))
    const outcomes = await Promise.allSettled(
      starts.map(async (start, i) =>
        openTestLog({ ...start, database: databases[i]!, ...(replaced === undefined ? {} : { replaced }) }),
      ),
    )
    const won = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [{ log: outcome.value, i }] : []))
    t.equal(won.length, 1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') t.match(outcome.reason, { code: 'log_key_other' })
    }
    const [{ log, i }] = won as [{ log: Log; i: number }]
    await log.close()
    for (const other of databases) await other.close()
    t.equal((await keysOf(database)).at(-1), starts[i]!.signer.vkey, 'the log names the key of the winner')
    return idOf(starts[i]!.signer)
  }
  const winner = await race()
  t.equal((await keysOf(database)).length, 1)
  await race({ key: winner })
  t.equal((await keysOf(database)).length, 2, 'and so when the key is replaced')
  t.same((await checkLog(database)).problems, [])
})

t.test('npm start with another LOG_KEY_FILE ends with the sentence and status 1', async (t) => {
  const { url = '', dataDir, database } = await openTestDatabase(t, 'postgres')
  const log = await openTestLog({ database, dataDir })
  await log.close()
  const keyFile = join(dataDir, 'anchor.json')
  await createKeystore(keyFile, 'correct horse')
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: url,
    PORT: '0',
    ADMIN_KEY,
    LOG_ORIGIN: ORIGIN,
    CHAIN_RPC_URL: `http://127.0.0.1:${await freePort()}`,
    CHAIN_ID: String(CHAIN_ID),
    ANCHOR_CONTRACT: CONTRACT,
    ANCHOR_KEY_FILE: keyFile,
    ANCHOR_KEY_PASSWORD: 'correct horse',
  }
  const { status, stderr } = await runProgram('server/bin/serve.ts', [], env)
  t.equal(status, 1)
  t.match(stderr, /^This database is the log of key [0-9a-f]{8}, but LOG_KEY_FILE holds key [0-9a-f]{8}\./)
  const key = /LOG_KEY_REPLACES=([0-9a-f]{8})/.exec(stderr)![1]!
  const quiet = (): void => undefined
  const config = readConfig({ ...env, LOG_KEY_REPLACES: key })
  const service = await startService(config, { info: quiet, warn: quiet, error: quiet })
  await service.close()
  t.equal(service.logId, logId({ origin: ORIGIN, chainId: CHAIN_ID, contract: CONTRACT }), 'the log id stays')
  t.equal((await keysOf(database)).length, 2)
})
