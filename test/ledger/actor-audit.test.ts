/** Signatures of actors over a whole log: of the key that the brand opened, while it was in force, over these very bytes. */
import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { ActorAudit } from '../../ledger/actor-audit.ts'
import { base64url } from '../../ledger/bytes.ts'
import { entrySigMessage, parseEntry } from '../../ledger/entry.ts'
import type { JsonObject } from '../../ledger/json.ts'
import { withReasons } from '../../ledger/reason.ts'
import { Replay } from '../../ledger/replay.ts'
import { CRISIS, LOG_ID, openCrisis, openedLog } from './sample-log.ts'
import type { SampleLog } from './sample-log.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const KEY = publicKey.export({ format: 'jwk' }).x as string
const actor = { kind: 'staff', id: 'k_7' }

/** A log with a crisis, and the key in its brand's stream. */
function logWithKey(data: JsonObject = {}): SampleLog {
  const log = openedLog()
  log.add({ type: 'key.opened', stream: 'brand:acme', data: { id: 'k_7', role: 'staff', publicKey: KEY, ...data } })
  openCrisis(log)
  return log
}

/** Adds an entry to the crisis that the key has signed. @param data what is recorded, if not what was signed */
function addSigned(log: SampleLog, data?: JsonObject): number {
  const told = { kind: 'statement' }
  const message = entrySigMessage({ type: 'note', brand: 'acme', stream: CRISIS, actor, data: told })
  const sig = base64url(new Uint8Array(sign(null, message, privateKey)))
  return log.add({ type: 'note', stream: CRISIS, data: data ?? told, with: { actor, sig } })
}

/** What the audit finds at each entry. */
function faultsOf({ bytes }: SampleLog): { index: number; code: unknown }[] {
  const audit = new ActorAudit()
  return bytes.flatMap((one, index) => {
    try {
      audit.add(index, parseEntry(one))
      return []
    } catch (error) {
      return [{ index, code: (error as { code?: unknown }).code }]
    }
  })
}

t.test('a signature of a key in force holds, in the brand’s streams and in those of its crises', async (t) => {
  const log = logWithKey()
  addSigned(log)
  t.same(faultsOf(log), [])
})

t.test('other bytes than the signed ones, another key, and no key at all are named', async (t) => {
  const changed = logWithKey()
  const at = addSigned(changed, { kind: 'apology' })
  t.same(faultsOf(changed), [{ index: at, code: 'actor_signature' }])
  const other = logWithKey({ publicKey: base64url(new Uint8Array(32)) })
  const forged = addSigned(other)
  t.same(faultsOf(other), [{ index: forged, code: 'actor_signature' }])
  const none = logWithKey({ publicKey: 5 })
  const unknown = addSigned(none)
  t.same(faultsOf(none), [{ index: unknown, code: 'actor_key_unknown' }])
})

t.test('a key counts from its opening to its revocation, and only where its brand opens it', async (t) => {
  const revoked = logWithKey()
  addSigned(revoked)
  revoked.add({ type: 'key.revoked', stream: 'brand:acme', data: { id: 'k_7' } })
  const late = addSigned(revoked)
  t.same(faultsOf(revoked), [{ index: late, code: 'actor_key_unknown' }])
  const elsewhere = openedLog()
  openCrisis(elsewhere)
  elsewhere.add({ type: 'key.opened', stream: CRISIS, data: { id: 'k_7', role: 'staff', publicKey: KEY } })
  const early = addSigned(elsewhere)
  elsewhere.add({ type: 'key.revoked', stream: 'brand:acme', data: {} })
  t.same(faultsOf(elsewhere), [{ index: early, code: 'actor_key_unknown' }])
})

t.test(
  'a key does not vouch for the entry that opens it, nor anybody for an entry without an actor’s id',
  async (t) => {
    const log = openedLog()
    const data = { id: 'k_7', role: 'staff', publicKey: KEY }
    const message = entrySigMessage({ type: 'key.opened', brand: 'acme', stream: 'brand:acme', actor, data })
    const sig = base64url(new Uint8Array(sign(null, message, privateKey)))
    const own = log.add({ type: 'key.opened', stream: 'brand:acme', data, with: { actor, sig } })
    const system = log.add({ type: 'note', stream: 'brand:acme', with: { actor: { kind: 'system' }, sig } })
    const ledger = log.add({ type: 'note', stream: 'ledger', with: { actor, sig } })
    t.same(
      faultsOf(log),
      [own, system, ledger].map((index) => ({ index, code: 'actor_key_unknown' })),
    )
  },
)

t.test('L10: reading the whole log names the entry', async (t) => {
  const log = logWithKey()
  addSigned(log)
  const wrong = addSigned(log, { kind: 'apology' })
  log.anchor()
  const reader = new Replay()
  for (const bytes of log.bytes) reader.add(bytes)
  const { checks } = reader.finish(log.checkpoint(), { logId: LOG_ID, history: log.history() })
  const found = withReasons(checks).find(({ name }) => name === 'L10')
  t.match(found, { ok: 'failed', code: 'actor_signature', entry: wrong, reason: /actor of entry \d+ does not verify/ })
})
