/** One embedded chain serves one instance: a second one on the same database is refused before it writes. */
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../../server/config.ts'
import { claimForEmbeddedChain } from '../../../server/services/anchoring/embedded-claim.ts'
import { startService } from '../../../server/start.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { openTestLog } from '../../support/log.ts'
import { ADMIN_KEY, freePort } from '../../support/service.ts'

const A = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const B = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512'

for (const engine of ENGINES) {
  t.test(`on ${engine} of two first starts one may bring its chain`, async (t) => {
    const { database } = await openTestDatabase(t, engine)
    const { kysely } = database
    const outcomes = await Promise.allSettled([A, B].map(async (contract) => claimForEmbeddedChain(kysely, contract)))
    t.same(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    const winner = outcomes[0]?.status === 'fulfilled' ? A : B
    await claimForEmbeddedChain(kysely, winner)
    await t.rejects(claimForEmbeddedChain(kysely, winner === A ? B : A), { code: 'embedded_chain_refused' })
  })

  t.test(`on ${engine} an embedded chain never takes the place of the one that the log names`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir, chainId: 1, contract: A })
    await t.rejects(claimForEmbeddedChain(database.kysely, B), { message: /0x5FbDB.* on chain 1;.*CHAIN_RPC_URL/ })
    await log.close()
  })
}

t.test('a second service with a folder of its own does not start, and writes nothing', async (t) => {
  const { database, url = '', dataDir } = await openTestDatabase(t, 'postgres')
  const start = async (folder: string) => {
    const port = String(await freePort())
    const env = {
      DATA_DIR: join(dataDir, folder),
      DATABASE_URL: url,
      PORT: port,
      ADMIN_KEY,
      LOG_ORIGIN: 'x.example/log',
    }
    return startService(readConfig(env), { info: () => {}, warn: () => {}, error: console.error })
  }
  const first = await start('a')
  const changes = async (): Promise<number[]> => {
    const contracts = await database.kysely.selectFrom('log_contract').select('entry_index').execute()
    const keys = await database.kysely.selectFrom('log_key').select('entry_index').execute()
    return [...contracts, ...keys].map(({ entry_index }) => entry_index)
  }
  try {
    await t.rejects(start('b'), { code: 'embedded_chain_refused', message: /the contract 0x.* on chain 31337/ })
    t.same(await changes(), [0, 0], 'nothing but the opening of the log')
  } finally {
    await first.close()
  }
  const again = await start('a')
  t.equal(again.logId, first.logId, 'the folder that it belongs to starts it again')
  await again.close()
})
