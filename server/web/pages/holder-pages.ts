/**
 * The pages of holders: the own receipt, the screen of a store, the card of a new holder. The server sends words and a
 * script and learns no code: codes stand after the # or are typed, and only the script reads them.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { WORDS } from './language.ts'
import { pageContext, sendPage } from './page-context.ts'
import type { PageQuery, Site } from './page-context.ts'

const Query = Type.Object(
  {
    lang: Type.Optional(Type.String({ maxLength: 20 })),
    tl: Type.Optional(Type.String({ maxLength: 100 })),
    text: Type.Optional(Type.String({ maxLength: 10 })),
  },
  { additionalProperties: true },
)

export function holderPages(app: FastifyInstance, site: Site): void {
  const schema = { querystring: Query, hide: true }
  app.get<{ Querystring: PageQuery }>('/me', { schema }, (request, reply) =>
    sendPage(reply, holderPage(site, request, { template: 'me', title: 'title' })),
  )
  app.get<{ Querystring: PageQuery }>('/thanks', { schema }, (request, reply) =>
    sendPage(reply, holderPage(site, request, { template: 'thanks', title: 'thanksTitle' })),
  )
  app.get<{ Querystring: PageQuery }>('/me/card', { schema }, (request, reply) =>
    sendPage(reply, holderPage(site, request, { template: 'card', title: 'cardTitle' })),
  )
}

type Asked = { template: 'me' | 'thanks' | 'card'; title: 'title' | 'thanksTitle' | 'cardTitle' }

function holderPage(site: Site, request: FastifyRequest, { template, title }: Asked): string {
  const { lang, words, config, base } = pageContext(site, request)
  return site.templates(template, {
    ...base,
    h: words.holder,
    o: WORDS[lang === 'en' ? 'zh-CN' : 'en'].holder,
    title: `${words.holder[title]} · ${words.site.siteName}`,
    script: site.assets.scripts.get(template === 'thanks' ? 'thanks' : `${template}.${lang}`),
    moreStyle: site.assets.pointsStyle,
    noindex: true,
    pageData: JSON.stringify({
      rpcUrls: config.chainPublicRpcUrls,
      testChain: config.testChain,
      intervalSeconds: config.anchorIntervalSeconds,
      helpLines: base['helpLines'],
    }),
  })
}
