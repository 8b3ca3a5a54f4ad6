/** Claims: each version of verify.html is named by one entry of the log, however often and by however many it is handed out. */
import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { recordVerifierFiles } from '../../../server/services/log/verifier-files.ts'
import type { LedgerPlace, VerifierFile } from '../../../server/services/log/verifier-files.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { openBrand, openTestLog } from '../../support/log.ts'

const version = (): VerifierFile[] =>
  ['zh-CN', 'en'].map((lang) => ({ sha256: createHash('sha256').update(randomBytes(8)).digest('hex'), lang }))

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir })
    t.teardown(async () => await log.close())
    const named = async (): Promise<(VerifierFile & LedgerPlace)[]> =>
      (await log.reader.streamEntries('ledger'))
        .map(({ index, seq, bytes }) => ({ index, seq, entry: parseEntry(bytes) }))
        .filter(({ entry }) => entry.type === 'ledger.verifier')
        .map(({ index, seq, entry }) => ({ ...(entry.data as VerifierFile), index, seq }))

    const [first, second] = [version(), version()]
    const instances = Array.from({ length: 8 }, async () => await recordVerifierFiles(database, log.sequencer, first))
    const answers = await Promise.all([log.sequencer.append(openBrand()), ...instances])
    t.match(await named(), first, 'eight at once, beside others who write into the stream: one entry for each file')
    const places = new Map((await named()).map(({ sha256, index, seq }) => [sha256, { index, seq }]))
    for (const answer of answers.slice(1)) t.same(answer, places)

    await recordVerifierFiles(database, log.sequencer, second)
    t.same(await recordVerifierFiles(database, log.sequencer, first), places, 'an older version is still on record')
    t.match(await named(), [...first, ...second])

    const again = [first[0]!, { sha256: 'f'.repeat(64), lang: 'en' }]
    await recordVerifierFiles(database, log.sequencer, again)
    t.match(await named(), [...first, ...second, again[1]], 'of what changed in one language only that is new')
    t.same((await checkLog(database)).problems, [])
  })
}
