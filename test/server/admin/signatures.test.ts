/** Entries that bear their actor's own signature: asked for, made elsewhere, checked when written and by whoever reads. */
import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import t from 'tap'
import { disclosureDigest } from '../../../ledger/disclosure.ts'
import { entrySigMessage, parseEntry, verifyEntrySig } from '../../../ledger/entry.ts'
import type { Entry } from '../../../ledger/entry.ts'
import { checkHistory } from '../../../server/services/fsck/check-history.ts'
import { signDrafts } from '../../../server/services/keys/sign-entries.ts'
import type { Draft, KeyRow } from '../../../server/services/log/command.ts'
import { ENGINES } from '../../support/database.ts'
import { crisisBody, milestoneBody, openSite } from './site.ts'
import type { Body, PostOptions, Site } from './site.ts'

type Answer = { entries: { type: string; toSign?: string }[] }
type Signer = { key: string; publicKey: string; privateKey: KeyObject }

/** A key of the brand whose other half stays here. */
async function openSigner(site: Site, members: Body = { role: 'staff', brand: 'dairy' }): Promise<Signer> {
  const { privateKey, publicKey: pair } = generateKeyPairSync('ed25519')
  const publicKey = pair.export({ format: 'jwk' }).x as string
  const { key } = await site.write('/keys', { ...members, publicKey })
  return { key: key as string, publicKey, privateKey }
}

/** Asks what there is to sign, and signs it. */
async function signaturesFor(site: Site, path: string, body: unknown, signer: Signer, options: PostOptions) {
  const headers = { ...options.headers, 'entry-signature': '?' }
  const asked = await site.post(`${path}?dryRun=true`, body, { ...options, key: signer.key, headers })
  const { entries } = asked.json<Answer>()
  const messages = entries.flatMap(({ toSign }) => toSign ?? [])
  return messages.map((message) =>
    sign(null, Buffer.from(message, 'base64url'), signer.privateKey).toString('base64url'),
  )
}

async function entryAt({ log }: Site, index: unknown): Promise<Entry> {
  return parseEntry((await log.reader.entry(Number(index))).bytes)
}

const occurredAt = new Date().toISOString()
const statement = (text = 'We stop the line.'): Body =>
  milestoneBody({ kind: 'statement', occurredAt, original: 'en', text: { en: text, 'zh-CN': '我们停线。' } })

for (const engine of ENGINES) {
  t.test(`on ${engine} what a key has signed is recorded with its signature, texts and all`, async (t) => {
    const site = await openSite(t, engine)
    const signer = await openSigner(site)
    const path = `/crises/${await site.crisis()}/milestones`
    const options = { key: signer.key, idempotencyKey: 'signed-1' }
    const [signature = ''] = await signaturesFor(site, path, statement(), signer, options)
    const before = await site.size()
    const sent = { ...options, headers: { 'entry-signature': signature } }
    const { index } = await site.write(path, statement(), sent)
    const entry = await entryAt(site, index)
    t.equal(entry.sig, signature)
    t.equal(entry.sd?.length, 2, 'the texts are behind digests')
    t.doesNotThrow(() => verifyEntrySig(entry, signer.publicKey))
    t.equal(await site.size(), before + 1)
    const again = await site.post(path, statement(), sent)
    t.equal(again.headers['idempotency-replayed'], 'true')
    const history = await checkHistory(site.database, undefined)
    t.match(
      history.find(({ check }) => check === 'actors'),
      { outcome: 'held' },
    )
  })
}

t.test('what was not signed, or by another, is refused, and nothing is written', async (t) => {
  const site = await openSite(t)
  const signer = await openSigner(site)
  const operator = await openSigner(site, { role: 'operator' })
  const plain = await site.key('staff', 'dairy')
  const path = `/crises/${await site.crisis()}/milestones`
  const options = { key: signer.key, idempotencyKey: 'signed-2' }
  const [signature = ''] = await signaturesFor(site, path, statement(), signer, options)
  const other = 'A'.repeat(86)
  const size = await site.size()
  const refused: [what: string, code: string, status: number, body: unknown, options: PostOptions, sig: string][] = [
    ['another text', 'signature_mismatch', 422, statement('We stop nothing.'), options, signature],
    ['another request', 'signature_mismatch', 422, statement(), { ...options, idempotencyKey: 'x' }, signature],
    ['no signature of the key', 'signature_mismatch', 422, statement(), options, other],
    ['no base64url', 'signature_malformed', 400, statement(), options, 'signed by me'],
    ['the question, for good', 'signature_malformed', 400, statement(), options, '?'],
    ['one too many', 'signature_count', 400, statement(), options, `${signature}, ${other}`],
    ['a key without a public key', 'key_cannot_sign', 422, statement(), { key: plain }, signature],
    ['a key of the operator', 'key_cannot_sign', 422, statement(), { key: operator.key }, signature],
    ['a due time of the moment', 'signature_impossible', 422, milestoneBody({ kind: 'acknowledged' }), options, other],
    [
      'no Idempotency-Key',
      'idempotency_key_missing',
      400,
      statement(),
      { key: signer.key, idempotencyKey: null },
      other,
    ],
  ]
  for (const [what, code, status, body, sent, sig] of refused) {
    const answer = await site.post(path, body, { ...sent, headers: { 'entry-signature': sig } })
    t.match(answer.json(), { code, status }, what)
    const asked = await site.post(`${path}?dryRun=true`, body, { ...sent, headers: { 'entry-signature': sig } })
    if (sig !== '?') t.match(asked.json(), { code, status }, `${what}, in a dry run`)
  }
  t.equal(await site.size(), size)
  t.equal((await site.post(path, statement(), { ...options, headers: { 'entry-signature': '' } })).statusCode, 201)
})

t.test('what is drawn anew for every request cannot be signed, and the refusal says so', async (t) => {
  const site = await openSite(t)
  const signer = await openSigner(site)
  const crisis = await site.crisis()
  const consent = { purpose: 'public_display', textVersion: '1' }
  const recorder = { kind: 'brand', name: { 'zh-CN': '品牌', en: 'The brand' } }
  const requests: [path: string, body: Body][] = [
    ['/crises', crisisBody({ mode: 'reconstructed', recorder })],
    [`/crises/${crisis}/consents`, consent],
  ]
  for (const [path, body] of requests) {
    const sent = { key: signer.key, headers: { 'entry-signature': '?' } }
    const asked = await site.post(`${path}?dryRun=true`, body, sent)
    t.match(asked.json(), { code: 'signature_impossible', detail: /drawn anew/ }, path)
  }
})

t.test('the salts that a signer is asked with are those that are recorded, in every entry', (t) => {
  const { privateKey, publicKey: pair } = generateKeyPairSync('ed25519')
  const publicKey = pair.export({ format: 'jwk' }).x as string
  const key: KeyRow = { id: 'k_staff', role: 'staff', brand: 'acme', publicKey, openedIndex: 1, revokedIndex: null }
  const drafts = ['one', 'two'].map((value): Draft => {
    const actor = { kind: 'staff', id: key.id }
    return { type: 'x', stream: 'brand:acme', actor, data: {}, redactable: [{ name: '/text', value }] }
  })
  const saltOf = (entry: number): string => Buffer.alloc(16, entry).toString('base64url')
  const asked = [...signDrafts(drafts, key, { saltOf })]
  const signatures = asked.map(({ type, stream, actor, data, disclosed = [] }) => {
    const message = entrySigMessage({ type, stream, actor: { ...actor }, data, sd: disclosed.map(disclosureDigest) })
    return sign(null, message, privateKey).toString('base64url')
  })
  const signed = [...signDrafts(drafts, key, { saltOf, signatures })]
  t.same(
    signed.map(({ disclosed }) => disclosed),
    asked.map(({ disclosed }) => disclosed),
  )
  t.end()
})

t.test('a dry run gives nothing to sign unless it is asked', async (t) => {
  const site = await openSite(t)
  const signer = await openSigner(site)
  const path = `/crises/${await site.crisis()}/milestones?dryRun=true`
  const { entries } = (await site.post(path, statement(), { key: signer.key })).json<Answer>()
  t.notOk('toSign' in (entries[0] ?? {}))
})

t.test('a request of several entries has a signature for each, and a file is signed like a text', async (t) => {
  const site = await openSite(t)
  const signer = await openSigner(site)
  const words = { 'zh-CN': '条款', en: 'Terms' }
  const terms = { text: words, noCash: words, expiry: { months: 12 } }
  const programme = { id: 'family', name: words, original: 'en', terms }
  const options = { key: signer.key, idempotencyKey: 'signed-3' }
  const path = '/brands/dairy/programmes'
  const signatures = await signaturesFor(site, path, programme, signer, options)
  t.equal(signatures.length, 2, 'the opening of the stream and its first entry')
  const one = await site.post(path, programme, { ...options, headers: { 'entry-signature': signatures[0] ?? '' } })
  t.match(one.json(), { code: 'signature_count' })
  const answer = await site.write(path, programme, {
    ...options,
    headers: { 'entry-signature': signatures.join(', ') },
  })
  for (const { index } of [answer, ...(answer['also'] as Body[])] as Body[]) {
    const entry = await entryAt(site, index)
    t.doesNotThrow(() => verifyEntrySig(entry, signer.publicKey), entry.type)
  }
  const form = [
    '--b\r\ncontent-disposition: form-data; name="brand"\r\n\r\ndairy',
    '--b\r\ncontent-disposition: form-data; name="name"\r\n\r\nnotes.txt',
    '--b\r\ncontent-disposition: form-data; name="file"; filename="n.txt"\r\ncontent-type: text/plain\r\n\r\nwords',
    '--b--\r\n',
  ].join('\r\n')
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  const filing = { key: signer.key, idempotencyKey: 'signed-4', headers }
  const [signature = ''] = await signaturesFor(site, '/evidence', form, signer, filing)
  const written = await site.write('/evidence', form, {
    ...filing,
    headers: { ...headers, 'entry-signature': signature },
  })
  const entry = await entryAt(site, written['index'])
  t.equal(entry.type, 'evidence.recorded')
  t.doesNotThrow(() => verifyEntrySig(entry, signer.publicKey))
  const unread = await site.post('/keys/k_x/revoke', form, { headers: { ...headers, 'entry-signature': signature } })
  t.match(unread.json(), { code: 'signature_impossible' }, 'a body that the route does not read')
  const lines = { 'content-type': 'application/x-ndjson', 'entry-signature': signature }
  const bulk = await site.post('/programmes/family/grants/bulk', '{}', { key: signer.key, headers: lines })
  t.match(bulk.json(), { code: 'signature_impossible', status: 422 })
})
