/**
 * The first admin key, without which nobody could make another: taken from ADMIN_KEY, or made at the first start and
 * shown once. A key from ADMIN_KEY that is new to this log is opened like the first one, so that an operator who lost
 * all keys gets in again by setting the variable; the log tells of it.
 */
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { Appender } from '../log/command.ts'
import { formatAdminKey, isSecretOf, newAdminKey, parseAdminKey } from './admin-key.ts'
import type { AdminKey } from './admin-key.ts'
import { keyDraft } from './key-commands.ts'

/**
 * Makes sure that there is an operator's key.
 *
 * @param adminKey the value of ADMIN_KEY
 * @returns the key to be shown to the operator, when it was made here
 * @throws AppError config_invalid when ADMIN_KEY has not the form of a key, or is a known id with another secret
 */
export async function ensureFirstKey(
  database: Database,
  log: Appender,
  adminKey: string | undefined,
): Promise<string | undefined> {
  if (adminKey !== undefined) {
    await openConfiguredKey(database, log, adminKey)
    return undefined
  }
  const known = await database.kysely
    .selectFrom('admin_key')
    .select('id')
    .where('role', '=', 'operator')
    .where('brand', 'is', null)
    .limit(1)
    .executeTakeFirst()
  if (known !== undefined) return undefined
  const key = newAdminKey()
  await openOperatorKey(log, key)
  return formatAdminKey(key)
}

async function openConfiguredKey(database: Database, log: Appender, adminKey: string): Promise<void> {
  const key = parseAdminKey(adminKey)
  if (key === undefined) {
    throw new AppError('config_invalid', 'ADMIN_KEY must have 16 to 200 visible ASCII characters.')
  }
  const known = await database.kysely
    .selectFrom('admin_secret')
    .select('hash')
    .where('key_id', '=', key.id)
    .executeTakeFirst()
  if (known === undefined) return await openOperatorKey(log, key)
  if (!isSecretOf(key.secret, known.hash)) {
    throw new AppError(
      'config_invalid',
      `ADMIN_KEY names the key ${key.id}, which has another secret; for a new key use tl_<new id>_<secret>.`,
    )
  }
}

async function openOperatorKey(log: Appender, key: AdminKey): Promise<void> {
  await log.append({
    needs: { keys: [key.id] },
    judge(snapshot) {
      // Of several instances that start at once one opens the key.
      if (snapshot.key(key.id) !== undefined) return []
      return [keyDraft({ kind: 'system' }, key, { role: 'operator' })]
    },
  })
}
