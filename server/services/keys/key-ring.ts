/**
 * Who a presented key belongs to. Rows are kept for a second, so that a stream of requests asks the database once a
 * second and not once a request; a revocation is looked at again under the lock of the log before anything is written,
 * and so holds at once for writes and within a second for reads.
 */
import type { Database } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { hashSecret, isSecretOf, parseAdminKey } from './admin-key.ts'
import type { Admin, Role } from './admin-key.ts'

type StoredKey = { admin: Admin; hash: Uint8Array; isRevoked: boolean }
type Kept = { key: StoredKey; readAt: number }

const KEEP_MS = 1_000
const KEPT_MAX = 10_000
/** Compared with when there is no such key, so that an unknown id costs what a wrong secret costs. */
const NOBODY = hashSecret('nobody')

export class KeyRing {
  readonly #database: Database
  readonly #kept = new Map<string, Kept>()
  readonly #reading = new Map<string, Promise<StoredKey | undefined>>()
  readonly #now: () => number

  /** @param now milliseconds of a clock that never goes back */
  constructor(database: Database, now: () => number = () => performance.now()) {
    this.#database = database
    this.#now = now
  }

  /**
   * The owner of the key in an Authorization header. Answers at once when the key was read within the last second.
   *
   * @throws AppError key_missing, key_invalid (unknown id, wrong secret, or not a key at all), key_revoked
   */
  authenticate(authorization: string | undefined): Admin | Promise<Admin> {
    if (authorization === undefined) {
      throw new AppError('key_missing', 'This needs an admin key: Authorization: Bearer tl_….')
    }
    const presented = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    const key = presented === undefined ? undefined : parseAdminKey(presented)
    if (key === undefined) throw invalid()
    const kept = this.#kept.get(key.id)
    if (kept !== undefined && this.#now() - kept.readAt < KEEP_MS) return judge(kept.key, key.secret)
    return this.#read(key.id).then((stored) => judge(stored, key.secret))
  }

  /** Reads the key again when it is presented next: this instance has just changed it. */
  forget(id: string): void {
    this.#kept.delete(id)
  }

  /** Requests that come while a row is being read wait for the same row. */
  #read(id: string): Promise<StoredKey | undefined> {
    const running = this.#reading.get(id)
    if (running !== undefined) return running
    const reading = this.#load(id).finally(() => this.#reading.delete(id))
    this.#reading.set(id, reading)
    return reading
  }

  async #load(id: string): Promise<StoredKey | undefined> {
    const readAt = this.#now()
    const row = await this.#database.kysely
      .selectFrom('admin_key')
      .innerJoin('admin_secret', 'admin_secret.key_id', 'admin_key.id')
      .select(['admin_key.id', 'admin_key.role', 'admin_key.brand', 'admin_key.revoked_index', 'admin_secret.hash'])
      .where('admin_key.id', '=', id)
      .executeTakeFirst()
    if (row === undefined) {
      this.#kept.delete(id)
      return undefined
    }
    const admin = { keyId: row.id, role: row.role as Role, brand: row.brand }
    const key = { admin, hash: row.hash, isRevoked: row.revoked_index !== null }
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear()
    this.#kept.set(id, { key, readAt })
    return key
  }
}

function judge(stored: StoredKey | undefined, secret: string): Admin {
  const isOwner = isSecretOf(secret, stored?.hash ?? NOBODY)
  if (stored === undefined || !isOwner) throw invalid()
  // Only who holds the secret is told that the key is revoked.
  if (stored.isRevoked) throw new AppError('key_revoked', 'This admin key has been revoked.')
  return stored.admin
}

function invalid(): AppError {
  return new AppError('key_invalid', 'This admin key is not known here.')
}
