/**
 * A process that writes as fast as it can until it is killed, and says on stdout what was acknowledged: one line of
 * `index leafHash key` for each answer. It opens everything as the service does at start.
 *
 *     node append-load.ts DATA_DIR WRITERS [DATABASE_URL]
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { openDatabase } from '../../server/db/database.ts'
import { lockDataDir } from '../../server/db/data-dir-lock.ts'
import { openSigner } from '../../server/services/log/signer.ts'
import { ORIGIN, crisisCode, idempotencyOf, openBrand, openCrisis, openTestLog, recordStatement } from './log.ts'

const [dataDir = '', writers = '16', url] = process.argv.slice(2)
await lockDataDir(dataDir)
const database = await openDatabase({ url, dataDir })
const signer = await openSigner(join(dataDir, 'log.key'), ORIGIN)
const { sequencer } = await openTestLog({ database, dataDir, signer })
const codes = Array.from({ length: 8 }, (_, number) => crisisCode(number))
await sequencer.append(openBrand())
for (const code of codes) await sequencer.append(openCrisis(code))
process.stdout.write('ready\n')

await Promise.all(
  Array.from({ length: Number(writers) }, async (_, writer) => {
    const code = codes[writer % codes.length] ?? ''
    for (;;) {
      const key = randomUUID()
      const { body } = await sequencer.append(recordStatement(code, key, idempotencyOf(key, key)))
      process.stdout.write(`${String(body['index'])} ${String(body['leafHash'])} ${key}\n`)
    }
  }),
)
