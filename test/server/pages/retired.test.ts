/** G29: a code that was printed goes on working when another takes its place, and hides nothing of what is behind it. */
import t from 'tap'
import { GTIN, NAME, milestoneBody, openSite } from '../admin/site.ts'
import type { Site } from '../admin/site.ts'

const SECOND = '09506000134352'
const SENTENCE = {
  'zh-CN': '这个旧码仍然有效，已指向新的位置。',
  en: 'This older code still works and points to the new place.',
}

async function siteWithTwoProducts(t: Parameters<typeof openSite>[0]): Promise<Site> {
  const site = await openSite(t, 'pglite', { withPages: true })
  const name = { 'zh-CN': '鲜牛奶新装', en: 'Fresh milk, new pack' }
  await site.write('/brands/dairy/products', { gtin: SECOND, name })
  return site
}

/** A page, its addresses as a browser reads them. */
async function pageOf({ app }: Site, path: string, lang: 'zh-CN' | 'en'): Promise<string> {
  const answer = await app.inject(`${path}?lang=${lang}`)
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`)
  return answer.body.replaceAll('&#x3D;', '=')
}

t.test('a product under a new number says so on every page of the old one, which still answers', async (t) => {
  const site = await siteWithTwoProducts(t)
  await site.crisis()
  const { index } = await site.write('/brands/dairy/retired-codes', { gtin: GTIN, to: { gtin: SECOND } })
  for (const lang of ['zh-CN', 'en'] as const) {
    for (const path of [`/p/${GTIN}`, `/p/${GTIN}/L1`]) {
      const page = await pageOf(site, path, lang)
      t.match(page, SENTENCE[lang], path)
      t.match(page, new RegExp(`href="/p/${SECOND}\\?lang=${lang}"`), 'the way to the new place')
      t.match(page, /href="\/c\/CR-/, 'and the incident is still there')
    }
    t.notMatch(await pageOf(site, `/p/${SECOND}`, lang), SENTENCE[lang], 'nothing is older about the new place')
    t.match(await pageOf(site, `/e/${Number(index)}`, lang), `${GTIN} → ${SECOND}`)
  }
})

t.test('a misprinted batch leads to the right one, until that is corrected', async (t) => {
  const site = await siteWithTwoProducts(t)
  const first = await site.write('/brands/dairy/retired-codes', {
    gtin: GTIN,
    lot: 'L11',
    to: { gtin: GTIN, lot: 'L1' },
  })
  const page = await pageOf(site, `/p/${GTIN}/L11`, 'en')
  t.match(page, SENTENCE.en)
  t.match(page, `href="/p/${GTIN}/L1?lang=en"`)
  t.notMatch(await pageOf(site, `/p/${GTIN}/L2`, 'en'), SENTENCE.en)
  t.notMatch(await pageOf(site, `/p/${GTIN}`, 'en'), SENTENCE.en, 'the product itself has no other code')
  await site.write('/brands/dairy/retired-codes', { gtin: GTIN, lot: 'L11', to: { gtin: GTIN, lot: 'L2' } })
  t.match(await pageOf(site, `/p/${GTIN}/L11`, 'en'), `href="/p/${GTIN}/L2?lang=en"`, 'the last word counts')
  const text = { en: 'There was no such misprint.' }
  const mistaken = { reason: 'did_not_occur', original: 'en', text }
  await site.write(`/entries/${Number(first['index']) + 1}/corrections`, mistaken)
  t.match(await pageOf(site, `/p/${GTIN}/L11`, 'en'), `href="/p/${GTIN}/L1?lang=en"`)
  await site.write(`/entries/${Number(first['index'])}/corrections`, mistaken)
  t.notMatch(await pageOf(site, `/p/${GTIN}/L11`, 'en'), SENTENCE.en)
})

t.test('an incident that goes on under another code says so above its whole story', async (t) => {
  const site = await siteWithTwoProducts(t)
  const [old, newer] = [await site.crisis(), await site.crisis()]
  await site.milestone(old, milestoneBody({ text: { en: 'Still to be read.' }, original: 'en' }))
  await site.write(`/crises/${old}/retired-code`, { to: newer })
  for (const lang of ['zh-CN', 'en'] as const) {
    const page = await pageOf(site, `/c/${old}`, lang)
    t.match(page, SENTENCE[lang])
    t.match(page, `href="/c/${newer}?lang=${lang}"`)
    t.match(page, 'Still to be read.')
    t.match(page, `${old} → ${newer}`, 'as an entry, too')
    t.notMatch(await pageOf(site, `/c/${newer}`, lang), SENTENCE[lang])
  }
})

t.test('a code is retired only for one that the brand has on record', async (t) => {
  const site = await siteWithTwoProducts(t)
  await site.write('/brands', { slug: 'other', name: NAME })
  const [code, size] = [await site.crisis(), await site.size()]
  const foreign = await site.key('staff', 'other')
  const before = size + 1
  const refused: [path: string, body: object, code: string][] = [
    ['/brands/dairy/retired-codes', { gtin: GTIN, to: { gtin: '04012345000009' } }, 'product_unknown'],
    ['/brands/dairy/retired-codes', { gtin: '04012345000009', to: { gtin: GTIN } }, 'product_unknown'],
    ['/brands/dairy/retired-codes', { gtin: GTIN, to: { gtin: GTIN, lot: 'L9' } }, 'batch_unknown'],
    ['/brands/dairy/retired-codes', { gtin: GTIN, lot: 'L1', to: { gtin: GTIN, lot: 'L1' } }, 'code_to_itself'],
    ['/brands/dairy/retired-codes', { gtin: '123', to: { gtin: GTIN } }, 'validation_failed'],
    ['/brands/nobody/retired-codes', { gtin: GTIN, to: { gtin: SECOND } }, 'not_found'],
    [`/crises/${code}/retired-code`, { to: code }, 'code_to_itself'],
    [`/crises/${code}/retired-code`, { to: 'CR-22222222' }, 'crisis_unknown'],
    ['/crises/CR-22222222/retired-code', { to: code }, 'not_found'],
  ]
  for (const [path, body, expected] of refused) {
    t.equal((await site.post(path, body)).json<{ code: string }>().code, expected, `${path} ${JSON.stringify(body)}`)
  }
  t.equal((await site.post(`/crises/${code}/retired-code`, { to: code }, { key: foreign })).statusCode, 403)
  t.equal(await site.size(), before)
})
