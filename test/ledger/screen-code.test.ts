/** Screen codes: of one holder, for one programme, for a minute. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import t from 'tap'
import { base64url, utf8 } from '../../ledger/bytes.ts'
import {
  SCREEN_CODE_AHEAD_MS,
  SCREEN_CODE_MS,
  formatScreenCode,
  parseScreenCode,
  screenMessage,
  screenPublicKey,
  screenSeed,
  verifyScreenCode,
} from '../../ledger/screen-code.ts'

const VIEW_CODE = `V-${'7K2M9QPD'.repeat(4).slice(0, 26)}`
const AT = 1_781_424_000_123
const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const code = formatScreenCode(VIEW_CODE, { programme: 'family', at: AT, nonce: NONCE })
const publicKey = screenPublicKey(VIEW_CODE)
const verify = (text: string, more: object = {}): void =>
  verifyScreenCode(parseScreenCode(text), { programme: 'family', publicKey, now: AT, ...more })

t.test('a code is read as it was made, and is what another implementation makes', async (t) => {
  const parsed = parseScreenCode(code)
  t.equal(parsed.at, AT)
  t.strictSame(parsed.nonce, NONCE)
  t.strictSame(parsed.keyId, publicKey.slice(0, 16))
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), screenSeed(VIEW_CODE)])
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  t.strictSame(new Uint8Array(raw), publicKey)
  t.strictSame(new Uint8Array(sign(null, screenMessage('family', parsed.body), key)), parsed.signature)
  t.match(code, /^T-[A-Za-z0-9_-]{126}$/)
})

t.test('SC1: it is of one holder and for one programme', async (t) => {
  t.doesNotThrow(() => verify(code))
  const refused = { code: 'screen_code_refused' }
  t.throws(() => verify(code, { programme: 'other' }), refused)
  t.throws(() => verify(code, { publicKey: screenPublicKey('V-other') }), refused)
  t.throws(() => verify(code, { publicKey: publicKey.slice(1) }), refused)
  const other = formatScreenCode('V-other', { programme: 'family', at: AT, nonce: NONCE })
  t.throws(() => verify(other), refused)
  for (const position of [20, 24, 40, 60, 120]) {
    const digit = code.charAt(position) === 'A' ? 'B' : 'A'
    t.throws(() => verify(code.slice(0, position) + digit + code.slice(position + 1)), refused, `digit ${position}`)
  }
})

t.test('SC2: it opens something for 60 seconds; a phone may be 10 seconds ahead', async (t) => {
  t.doesNotThrow(() => verify(code, { now: AT + SCREEN_CODE_MS }))
  t.throws(() => verify(code, { now: AT + SCREEN_CODE_MS + 1 }), { code: 'screen_code_refused' })
  t.doesNotThrow(() => verify(code, { now: AT - SCREEN_CODE_AHEAD_MS }))
  t.throws(() => verify(code, { now: AT - SCREEN_CODE_AHEAD_MS - 1 }), { code: 'screen_code_refused' })
})

t.test('what is no code is refused', async (t) => {
  const malformed = { code: 'screen_code_malformed' }
  for (const text of ['', 'T-', code.slice(2), `X-${code.slice(2)}`, `${code}A`, code.slice(0, -1), 'T-***']) {
    t.throws(() => parseScreenCode(text), malformed, text)
  }
  t.throws(() => parseScreenCode(`T-${base64url(utf8('short'))}`), malformed)
  const short = { programme: 'family', at: AT, nonce: new Uint8Array(7) }
  t.throws(() => formatScreenCode(VIEW_CODE, short), malformed)
})
