/**
 * Opening and revoking admin keys. Both are entries: of the brand's stream, so that the public can see who could write
 * under the brand's name and when; of the ledger's own stream for keys of the operator.
 */
import type { JsonObject } from '../../../ledger/json.ts'
import { AppError } from '../../errors.ts'
import { asJson, mustBeAcknowledged } from '../crises/editorial-lint.ts'
import type { Warning } from '../crises/editorial-lint.ts'
import type { Check, Command, Draft, Idempotency, Snapshot, Written } from '../log/command.ts'
import { formatAdminKey, hashSecret, newAdminKey } from './admin-key.ts'
import type { Admin, AdminKey, Role } from './admin-key.ts'
import { mustDrawNothing, signDrafts } from './sign-entries.ts'
import type { Signing } from './sign-entries.ts'

/** What a request says about itself beside what is to be recorded. */
export type Consideration = {
  /** What an editor would ask about its texts, and the codes of the questions that the sender has answered. */
  readonly warnings: readonly Warning[]
  readonly acknowledged: readonly string[]
  readonly approval: Approval
  /** How its entries are signed; absent when they are not. */
  readonly signing?: Signing
}

/** A second person's approval: the id that the request names, and what an approval of it would be known by. */
export type Approval = {
  readonly id?: string
  /** SHA-256 of what must be approved, hex. */
  readonly digest: () => string
  /** Its HMAC under the server's key, 32 bytes: what is stored. */
  readonly tag: () => Uint8Array
}

/** Who acts, how the request is known again, what it says about itself, and whether it is only to be judged. */
export type Request = {
  readonly admin: Admin
  readonly idempotency?: Idempotency
  readonly consideration?: Consideration
  readonly dryRun?: true
  /** With a dry run: where judging notes what it looked at. */
  readonly checks?: Check[]
}

/** A command whose answer to a dry run tells what its sender may sign. `signer`: the id of the key. */
export type SignableCommand = Command & { readonly signer?: string }

/** `draws`: what of its entries is drawn at random when the request arrives, and so cannot be signed beforehand. */
type NewCommand = Omit<Command, 'idempotency'> & { readonly draws?: string }

/**
 * A command of this admin: the key is looked at again under the lock, so that nothing is written with a key that was
 * revoked a moment ago.
 */
export function commandOf(request: Request, { draws, ...command }: NewCommand): SignableCommand {
  const { admin, idempotency, dryRun, consideration, checks } = request
  const { needs, judge } = command
  const warnings = consideration?.warnings ?? []
  const signing = consideration?.signing
  return {
    ...command,
    ...(signing === undefined ? {} : { signer: admin.keyId }),
    ...(idempotency === undefined ? {} : { idempotency }),
    ...(dryRun === undefined ? {} : { dryRun, checks: checks ?? [], warnings: asJson(warnings) }),
    needs: { ...needs, keys: needs.keys === undefined ? [admin.keyId] : [...needs.keys, admin.keyId] },
    judge(snapshot, recordedAt) {
      const key = snapshot.key(admin.keyId)
      if (key === undefined || key.revokedIndex !== null) {
        throw new AppError('key_revoked', 'This admin key has been revoked.')
      }
      const drafts = judge(snapshot, recordedAt)
      // Asked last, and only of what is not stored yet: a request that is sent again is answered as before.
      if (dryRun === undefined) mustBeAcknowledged(warnings, consideration?.acknowledged ?? [])
      if (signing === undefined) return drafts
      mustDrawNothing(draws)
      return signDrafts(drafts, key, signing)
    },
  }
}

/** The `actor` of what an admin writes. */
export function actorOf(admin: Admin): Draft['actor'] {
  return { kind: admin.role, id: admin.keyId }
}

/** The answer names the entry that was asked for, also where another one had to be written before it. */
export function answerWith(main: number, members: JsonObject = {}): (written: readonly Written[]) => JsonObject {
  return (written) => {
    const entry = written[main]
    if (entry === undefined) return members
    const also = written.filter((_, position) => position !== main)
    return { ...entry, ...(also.length === 0 ? {} : { also: also.map((other) => ({ ...other })) }), ...members }
  }
}

export type NewKey = { readonly role: Role; readonly brand?: string; readonly publicKey?: string }

/** A command that opens a key, and the key itself, which nobody sees again. */
export function openKey(request: Request, { role, brand, publicKey }: NewKey): { command: Command; key: string } {
  const key = newAdminKey()
  const command = commandOf(request, {
    needs: { keys: [key.id], ...(brand === undefined ? {} : { brands: [brand] }) },
    judge(snapshot) {
      if (brand !== undefined) mustHaveBrand(snapshot, brand)
      return [keyDraft(actorOf(request.admin), key, { role, ...(brand === undefined ? {} : { brand }) }, publicKey)]
    },
    answer: answerWith(0, { id: key.id, role }),
  })
  return { command, key: formatAdminKey(key) }
}

/** The entry `key.opened`, with what is kept beside the log. */
export function keyDraft(
  actor: Draft['actor'],
  { id, secret }: AdminKey,
  { role, brand }: { readonly role: Role; readonly brand?: string },
  publicKey?: string,
): Draft {
  return {
    type: 'key.opened',
    ...streamOf(brand ?? null),
    actor,
    data: { id, role, ...(publicKey === undefined ? {} : { publicKey }) },
    secretHash: hashSecret(secret),
  }
}

/**
 * A command that revokes a key. Revoking twice is refused, so that the log says it once.
 *
 * @param brand the brand of the key; null for a key of the operator
 */
export function revokeKey(request: Request, id: string, brand: string | null): Command {
  return commandOf(request, {
    needs: { keys: [id], ...(brand === null ? {} : { brands: [brand] }) },
    judge(snapshot) {
      const key = snapshot.key(id)
      if (key === undefined) throw new AppError('not_found', 'There is no such key.')
      if (key.revokedIndex !== null) {
        throw new AppError('key_already_revoked', 'This key was revoked before.', { entry: key.revokedIndex })
      }
      return [{ type: 'key.revoked', ...streamOf(key.brand), actor: actorOf(request.admin), data: { id } }]
    },
    answer: answerWith(0, { id }),
  })
}

function streamOf(brand: string | null): { stream: string; brand?: string } {
  return brand === null ? { stream: 'ledger' } : { stream: `brand:${brand}`, brand }
}

/** @throws AppError not_found */
export function mustHaveBrand(snapshot: Snapshot, slug: string): void {
  if (snapshot.brand(slug) === undefined) throw new AppError('not_found', 'There is no such brand.')
}
