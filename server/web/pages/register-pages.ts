/**
 * The page "corrections and erasures": what was taken out and what was put right, of all brands or of one. Brand removals
 * stand apart, so that nobody takes them for the wish of a person. The page is a list; every line leads to entries whose
 * own pages are checked.
 */
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { registerEn } from '../../../views/messages/register-en.ts'
import { registerZhCN } from '../../../views/messages/register-zh-cn.ts'
import type { RegisterWords } from '../../../views/messages/register-zh-cn.ts'
import { fill, formatTime, wordFor } from '../../../views/model/format.ts'
import type { Register, RegisterItem } from '../../services/redaction/register.ts'
import type { RegisterDeps } from '../register-routes.ts'
import { pageContext, sendPage, withQuery } from './page-context.ts'
import type { PageContext, PageQuery, Site } from './page-context.ts'

const REGISTER_WORDS: Readonly<Record<'zh-CN' | 'en', RegisterWords>> = { 'zh-CN': registerZhCN, en: registerEn }
const ITEMS = 100

const Query = Type.Object(
  {
    lang: Type.Optional(Type.String({ maxLength: 20 })),
    tl: Type.Optional(Type.String({ maxLength: 100 })),
    text: Type.Optional(Type.String({ maxLength: 10 })),
    brand: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    before: Type.Optional(Type.String({ pattern: '^(?:0|[1-9][0-9]{0,15})$' })),
  },
  { additionalProperties: true },
)

/** Registers `/redactions`. */
export function registerPages(app: FastifyInstance, site: Site, { readRegister }: RegisterDeps): void {
  app.get<{ Querystring: PageQuery & { brand?: string; before?: string } }>(
    '/redactions',
    { schema: { querystring: Query, hide: true } },
    async (request, reply) => {
      const { brand, before } = request.query
      const register = await readRegister({
        limit: ITEMS,
        ...(brand === undefined ? {} : { brand }),
        ...(before === undefined ? {} : { before: Number(before) }),
      })
      const context = pageContext(site, request)
      const { next } = register
      const html = site.templates('redactions', {
        ...context.base,
        title: `${context.words.record.registerHeading} · ${context.words.site.siteName}`,
        r: REGISTER_WORDS[context.lang],
        brand,
        sections: sectionsOf(context, register),
        olderHref: next === null ? undefined : withQuery(request.url, { before: String(next) }),
      })
      return await sendPage(reply, html)
    },
  )
}

type Line = { name: string; value: string; href: string | undefined }
type ListedItem = { title: string; href: string; what: string; lines: Line[] }
type Section = {
  id: string
  heading: string
  note: string | undefined
  total: number
  counts: string[]
  items: ListedItem[]
}

function sectionsOf(context: PageContext, register: Register): Section[] {
  const r = REGISTER_WORDS[context.lang]
  const section = (
    id: string,
    heading: string,
    note: string | undefined,
    isIn: (one: { kind: string; reason: string }) => boolean,
  ): Section => {
    const counts = register.counts.filter(isIn)
    return {
      id,
      heading,
      note,
      total: counts.reduce((sum, { count }) => sum + count, 0),
      counts: counts.map(({ kind, reason, count }) =>
        fill(r.count, { reason: reasonWord(context, kind, reason), n: count }),
      ),
      items: inOneGo(register.items.filter(isIn)).map(({ item, passages }) => listed(context, item, passages)),
    }
  }
  const isRemoval = ({ reason }: { reason: string }): boolean => reason === 'brand_removal'
  return [
    section('erasures', r.erasures, undefined, (one) => one.kind === 'erasure' && !isRemoval(one)),
    section('brand-removals', r.brandRemovals, r.brandRemovalsNote, isRemoval),
    section('corrections', r.corrections, undefined, ({ kind }) => kind === 'correction'),
  ]
}

function reasonWord({ words }: PageContext, kind: string, reason: string): string {
  return wordFor(kind === 'correction' ? words.record.correctionReasons : words.record.erasureReasons, reason)
}

/** Passages of one entry that were erased at once, a text in its two languages for one, are one item with their number. */
function inOneGo(items: readonly RegisterItem[]): { item: RegisterItem; passages: number }[] {
  const found = new Map<string, { item: RegisterItem; passages: number }>()
  for (const item of items) {
    const { kind, entry, recordedAt, reason, file } = item
    const name =
      kind === 'erasure' ? JSON.stringify([entry, recordedAt.slice(0, 16), reason, file]) : String(item.index)
    const known = found.get(name)
    if (known === undefined) found.set(name, { item, passages: 1 })
    else known.passages += 1
  }
  return [...found.values()]
}

function listed(context: PageContext, item: RegisterItem, passages: number): ListedItem {
  const { lang, words } = context
  const r = REGISTER_WORDS[lang]
  const time = (instant: string): string => formatTime(Date.parse(instant), words.record)
  const line = (name: string, value: string, href?: string): Line => ({ name, value, href })
  const { windows } = item
  return {
    title: fill(r.item, { stream: item.stream.replace(/^(?:crisis|brand|points):/, ''), i: item.seq }),
    href: `/e/${item.entry}`,
    what:
      item.kind === 'correction' ? '' : item.file ? r.file : fill(passages === 1 ? r.text : r.texts, { n: passages }),
    lines: [
      line(r.reason, reasonWord(context, item.kind, item.reason)),
      line(r.registered, time(item.recordedAt), `/e/${item.index}`),
      ...(windows === null
        ? []
        : [
            line(r.removed, time(windows.rowsAt)),
            line(r.files, windows.filesAt === null ? r.owed : time(windows.filesAt)),
            line(r.caches, time(windows.cachesBy)),
            line(r.backups, time(windows.backupsBy)),
          ]),
    ],
  }
}
