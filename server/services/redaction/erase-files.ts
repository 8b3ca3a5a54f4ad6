/**
 * Files whose last entry was registered as erased. Files are known by their content, so one file may be on record in
 * several entries and streams: its bytes go when none of them is left. Decided under the lock of the log, so that no entry
 * that names the file is written between the look and the deletion.
 */
import type { Database } from '../../db/database.ts'
import type { Statement } from '../../db/session.ts'

/** Where files lie. */
export type FileEraser = {
  /** Takes the bytes of a file away, durably; nothing when they are gone. `sha256`: 64 digits of hex. */
  erase(sha256: string): Promise<void>
}

/** Files of erasures that are owed, that no entry has on record any more. */
const UNREFERENCED: Statement = {
  name: 'erasure-files',
  text: `
    SELECT DISTINCT c.sha256 FROM erasure_duty d
    JOIN erasure e ON e.registered_index = d.registered_index
    JOIN evidence_copy c ON c.entry_index = e.entry_index AND c.digest = e.digest
    WHERE d.gone_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM evidence_copy o WHERE o.sha256 = c.sha256 AND NOT EXISTS (
        SELECT 1 FROM erasure x WHERE x.entry_index = o.entry_index AND x.digest = o.digest))`,
}

const LOCK = 'SELECT size FROM log_head FOR UPDATE'

/** Erases the files that are owed. Returns their hashes. */
export async function eraseFiles(database: Database, files: FileEraser): Promise<string[]> {
  const owed = await database.query<{ sha256: string }>(UNREFERENCED, [])
  if (owed.length === 0) return []
  return await database.transaction({ isolation: 'read committed', first: LOCK }, async (session) => {
    const rows = await session.query<{ sha256: string }>(UNREFERENCED, [])
    for (const { sha256 } of rows) await files.erase(sha256)
    return rows.map(({ sha256 }) => sha256)
  })
}
