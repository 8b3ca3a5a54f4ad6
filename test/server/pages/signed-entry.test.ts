/** The page of an entry that its recorder signed: whose key, what that adds, what it does not; and when it does not hold. */
import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { base64url } from '../../../ledger/bytes.ts'
import { entrySigMessage } from '../../../ledger/entry.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import { tellNote7 } from './sample-log.ts'
import { getPage, sampleSite } from './site.ts'

const { privateKey, publicKey: pair } = generateKeyPairSync('ed25519')
const publicKey = pair.export({ format: 'jwk' }).x as string
const told = tellNote7()
const { log, brand } = told
const keys = `brand:${brand}`
const actor = { kind: 'staff', id: 'k_7' }
const said = (kind: string): JsonObject => ({ kind, occurredAt: '2016-10-11', assertedBy: ['company'], original: 'en' })

/** Records what a key has signed. @param kind another kind than that which was signed */
function record(stream: string, kind = 'statement'): number {
  const message = { type: 'milestone.recorded', brand, stream, actor, data: said('statement') }
  const sig = base64url(new Uint8Array(sign(null, entrySigMessage(message), privateKey)))
  return log.append(stream, message.type, said(kind), { brand, actor, sig })
}

const early = record(told.stream)
const opened = log.append(keys, 'key.opened', { id: actor.id, role: 'staff', publicKey }, { brand })
const signed = record(told.stream)
const own = record(keys)
const forged = record(told.stream, 'apology')
const revoked = log.append(keys, 'key.revoked', { id: actor.id }, { brand })
const late = record(told.stream)
const app = await sampleSite(told)
t.teardown(async () => await app.close())

/** The section of the signature without its tags; empty where there is none. */
async function sectionOf(index: number, lang: 'zh-CN' | 'en'): Promise<{ html: string; text: string }> {
  const page = await getPage(app, `/e/${index}?lang=${lang}`)
  t.equal(page.status, 200)
  const html = /<section class="signature">.*?<\/section>/s.exec(page.html)?.[0] ?? ''
  return { html, text: html.replace(/<[^>]+>/g, '') }
}

t.test('an entry that its recorder signed names the key, what that adds and what it does not', async (t) => {
  for (const index of [signed, own]) {
    const zh = await sectionOf(index, 'zh-CN')
    t.match(zh.text, /密钥 k_7，角色：品牌人员/)
    t.match(zh.text, /运营者一方也写不出/)
    t.match(zh.text, /密钥在谁手里，没有人查过/)
    const en = await sectionOf(index, 'en')
    t.match(en.text, /Ed25519.*Key k_7, role: staff of the brand/)
    t.match(en.text, /the operator alone could not have written/)
    t.match(en.text, /who holds the key, for nobody has checked/)
    for (const { html } of [zh, en]) {
      t.match(html, new RegExp(`href="/e/${opened}[?"]`), 'leads to where the key was opened')
      t.match(html, new RegExp(`href="/e/${revoked}[?"]`), 'and to where it was revoked later')
    }
  }
})

t.test('the entry that opened the key says for whom, in words', async (t) => {
  t.match((await getPage(app, `/e/${opened}`)).html, /密钥：k_7<.*角色：品牌人员</s)
  t.match((await getPage(app, `/e/${opened}`, 'en')).html, /Key: k_7<.*Role: staff of the brand</s)
})

t.test('a signature that does not hold is not presented as one', async (t) => {
  for (const [index, what] of [
    [early, 'before the key was opened'],
    [forged, 'of other words'],
    [late, 'after the key was revoked'],
  ] as const) {
    t.match((await sectionOf(index, 'zh-CN')).text, /不能算数/, what)
    const en = await sectionOf(index, 'en')
    t.match(en.text, /counts for nothing/, what)
    t.notMatch(en.text, /What it adds/, what)
  }
})

t.test('an entry without a signature says nothing of one', async (t) => {
  for (const index of [0, told.entries.get('n25') ?? -1]) t.equal((await sectionOf(index, 'en')).html, '')
})
