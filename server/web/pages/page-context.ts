/** What every page's template gets: words, configuration, links that keep language and log id, the data for the script. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { formatLogId, parseLogId } from '../../../ledger/log-id.ts'
import type { LedgerPlace } from '../../services/log/verifier-files.ts'
import type { Assets } from './assets.ts'
import type { PagesConfig, PagesDeps } from './deps.ts'
import { WORDS, chooseLanguage } from './language.ts'
import type { Words } from './language.ts'
import type { ProgrammeStories } from './programme-stories.ts'
import type { PublicRecords } from './public-records.ts'
import type { Templates } from './render.ts'
import type { SingleFiles } from './single-file.ts'

export type Site = {
  deps: PagesDeps
  assets: Assets
  templates: Templates
  /** verify.html in each language. */
  singleFiles: SingleFiles
  /** The entry that names such a file, by its SHA-256. */
  verifierEntries: ReadonlyMap<string, LedgerPlace>
  stories: ProgrammeStories
  records: PublicRecords
}

/** What a page's address says beside its path. */
export type PageQuery = {
  lang?: string
  tl?: string
  text?: string
  q?: string
  batch?: string
  market?: string
  asOf?: string
  order?: string
  copy?: string
}

export type PageContext = {
  lang: 'zh-CN' | 'en'
  words: Words
  config: PagesConfig
  /** Members for the template. */
  base: Record<string, unknown>
  /** The query that links inside the site carry on. */
  carried: string
  /** Path and query that were asked for. */
  url: string
  /** The page is asked for as a file to keep. */
  isCopy: boolean
}

/** What a template may miss: with strict templates every name must be there. */
const DEFAULTS = {
  wide: false,
  script: undefined,
  moreStyle: undefined,
  programmes: [],
  bundleSize: undefined,
  noindex: false,
  q: undefined,
  ways: [],
  qr: undefined,
  registerHref: undefined,
  withdrawal: undefined,
  signature: undefined,
  permalink: '',
  pageData: '',
  copy: undefined,
  feed: undefined,
  copyHref: undefined,
}

/** `?copy=file` asks for a page as a file to keep. */
const COPY = 'file'

/** What a page is asked with. */
export type Asked = Pick<FastifyRequest, 'query' | 'headers' | 'url'>

export function pageContext(site: Site, request: Asked): PageContext {
  const query = request.query as PageQuery
  const config = site.deps.config()
  const lang = chooseLanguage(query.lang, request.headers['accept-language'])
  const words = WORDS[lang]
  const keep = [
    ...(query.lang === 'en' || query.lang === 'zh-CN' ? [{ name: 'lang', value: query.lang }] : []),
    ...(isLogId(query.tl) ? [{ name: 'tl', value: query.tl }] : []),
    ...(query.text === 'large' ? [{ name: 'text', value: 'large' }] : []),
  ]
  const carried = keep.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('&')
  const base = {
    ...DEFAULTS,
    t: words.site,
    w: words.record,
    v: words.verdict,
    config: templateConfig(config),
    assets: site.assets,
    host: new URL(config.publicUrl).host,
    publicUrl: config.publicUrl,
    logIdGroups: config.logId === undefined ? undefined : formatLogId(config.logId),
    helpLines: helpLines(config, lang, words),
    carried,
    keep,
    large: query.text === 'large',
    textHref: withQuery(request.url, { text: query.text === 'large' ? undefined : 'large' }),
    switchHref: withQuery(request.url, { lang: words.site.otherLang }),
  }
  return { lang, words, config, base, carried, url: request.url, isCopy: query.copy === COPY }
}

/** Whom to tell, in the reader's language; without configuration the public line of mainland China. */
export function helpLines(config: PagesConfig, lang: 'zh-CN' | 'en', words: Words): string[] {
  const colon = words.record.colon
  const lines = config.helpLines.map(({ name, contact }) => `${name[lang]}${colon}${contact}`)
  return lines.length > 0 ? lines : [words.site.how.defaultHelp]
}

/** The address with some members of its query replaced; undefined takes one out. */
export function withQuery(url: string, changes: Readonly<Record<string, string | undefined>>): string {
  const [path = '', query = ''] = url.split('?')
  const parameters = new URLSearchParams(query)
  // No other link asks for a file.
  parameters.delete('copy')
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) parameters.delete(name)
    else parameters.set(name, value)
  }
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}

/** The same page as a file to keep. */
export function copyHref(url: string): string {
  const own = withQuery(url, {})
  return `${own}${own.includes('?') ? '&' : '?'}copy=${COPY}`
}

/** Sends a page; the policies that go with it are those of the whole app. What shows disclosures may be kept for a minute at most; languages must not share a cache entry. */
export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .header('cache-control', 'public, max-age=30')
    .header('vary', 'accept-language')
    .type('text/html; charset=utf-8')
    .send(html)
}

function isLogId(value: string | undefined): value is string {
  try {
    return value !== undefined && parseLogId(value) !== ''
  } catch {
    return false
  }
}

function templateConfig(config: PagesConfig): Record<string, unknown> {
  const { operatorName, icpNumber, psbNumber, blockchainFilingNumber, privacyUrl, verifierMirrors } = config
  return { operatorName, icpNumber, psbNumber, blockchainFilingNumber, privacyUrl, verifierMirrors }
}
