/**
 * Whether actors signed what bears their signature, over a whole log, where the keys of every brand are at hand: a bundle
 * of a crisis does not carry them. Specification: README.md, "Replay" (L10).
 */
import type { Entry } from './entry.ts'
import { CheckFailure } from './verdict.ts'
import { assertActorSignature, noteKey } from './verify-record.ts'

/** Reads entries in the order of the log. */
export class ActorAudit {
  /** By brand: the public keys that its stream has opened and not revoked, by their ids. */
  readonly #keys = new Map<string, Map<string, string>>()

  /**
   * The next entry.
   *
   * @throws CheckFailure actor_key_unknown, actor_signature
   */
  add(index: number, entry: Entry): void {
    const { brand = '', stream, type, actor, data } = entry
    const keys = this.#keys.get(brand) ?? new Map<string, string>()
    // What an entry opens counts from the next one on, so nobody vouches for himself.
    const key = keys.get(actor.id ?? '')
    if (stream.startsWith('brand:')) {
      noteKey(entry, keys)
      if (type === 'key.revoked' && typeof data['id'] === 'string') keys.delete(data['id'])
      this.#keys.set(brand, keys)
    }
    if (entry.sig === undefined) return
    if (key === undefined) throw new CheckFailure('actor_key_unknown', index)
    assertActorSignature(entry, index, key)
  }
}
