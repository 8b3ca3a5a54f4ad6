/**
 * The stored log against its own bytes: payload → leaf → tiles → checkpoints, disclosures, projections. The recomputing
 * is that of `checkLog`; here its findings are sorted into the checks that an operator reads.
 */
import type { Database } from '../../db/database.ts'
import { checkLog } from '../log/check-log.ts'
import type { LogProblem } from '../log/check-log.ts'
import { failed, held } from './finding.ts'
import type { Finding } from './finding.ts'

/** The checks of the stored log, in the order in which trust flows from one to the next. */
const STORED_CHECKS = ['payload', 'leaf', 'tiles', 'checkpoints', 'disclosures', 'projections'] as const
type StoredCheck = (typeof STORED_CHECKS)[number]

/**
 * Recomputes everything that is stored. On PostgreSQL it sees one moment of the database, so that the service may go on
 * writing meanwhile.
 *
 * @param onProgress called with the number of entries read so far and how many there are
 */
export async function checkStored(
  database: Database,
  onProgress: (checked: number, size: number) => void,
): Promise<Finding[]> {
  const { size, problems } = await database.kysely
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (snapshot) => await checkLog({ ...database, kysely: snapshot }, onProgress))
  const found = new Map<StoredCheck, string[]>()
  for (const problem of problems) {
    const check = checkOf(problem)
    found.set(check, [...(found.get(check) ?? []), `${problem.where}: ${problem.what}`])
  }
  const sentences = sentencesOf(size)
  return STORED_CHECKS.map((check) => {
    const broken = found.get(check)
    return broken === undefined ? held(check, sentences[check]) : failed(check, broken)
  })
}

function checkOf({ where, what }: LogProblem): StoredCheck {
  if (where.startsWith('tile ') || where === 'log_head') return 'tiles'
  if (where.startsWith('checkpoint ')) return 'checkpoints'
  if (where.startsWith('disclosure ') || what.startsWith('a text ')) return 'disclosures'
  if (what.includes('leaf hash is not that of its bytes')) return 'leaf'
  return where.startsWith('entry ') ? 'payload' : 'projections'
}

const sentencesOf = (size: number): Record<StoredCheck, string> => ({
  payload: `All ${size} entries are canonical, numbered and linked.`,
  leaf: 'Every leaf hash is that of the bytes of its entry.',
  tiles: 'Tiles, right edge and size are those of the entries.',
  checkpoints: 'Every stored checkpoint is signed by the log, over a root that it had.',
  disclosures:
    'Every text fits its digest, every digest has its text or a registered erasure, and no text is left over.',
  projections: 'Every table beside the log says what the entries say.',
})
