/** The thank-you view's API: a store screen opens a code, and a holder says whether screens may greet. */
import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { parseEntry } from '../../ledger/entry.ts'
import { kindOf, textOf } from '../../views/model/entry-view.ts'
import { leadingSentences } from '../../views/model/format.ts'
import { localized } from '../../views/model/names.ts'
import { pointsRecordWords } from '../../views/model/points-words.ts'
import { readEntries } from '../../views/model/record.ts'
import type { RecordEntry } from '../../views/model/record.ts'
import type { LogReader } from '../services/log/reader.ts'
import type { Thanks } from '../services/points/thanks.ts'
import { holderCode } from './holder-access.ts'
import { WORDS } from './pages/language.ts'

export type ThanksDeps = {
  reader: Pick<LogReader, 'entry' | 'streamEntries'>
  openThanks(code: string): Promise<Thanks>
  setThanks(code: { kind: 'view' | 'spend'; code: string }, thanks: boolean): Promise<void>
}

const Both = Type.Object({ 'zh-CN': Type.String(), en: Type.String() })

const ThanksAnswer = Type.Object({
  programme: Type.String(),
  name: Both,
  brandName: Both,
  changes: Type.Array(
    Type.Object({
      index: Type.Integer(),
      kind: Both,
      text: Both,
    }),
    { description: 'entries that the contributions led to, newest first' },
  ),
})

/** Long enough to tell what it was, short enough to be read while somebody stands there. */
const TEXT_CHARACTERS = 90

const LANGS = ['zh-CN', 'en'] as const
type Texts = { 'zh-CN': string; en: string }

export async function thanksRoutes(instance: FastifyInstance, deps: ThanksDeps): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  app.post(
    '/v1/thanks',
    {
      schema: {
        summary: 'Open a code that a phone shows to a store screen, once and within a minute',
        tags: ['holder'],
        body: Type.Object({ code: Type.String({ maxLength: 300 }) }, { additionalProperties: false }),
        response: { 200: ThanksAnswer },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { programme, changes } = await deps.openThanks(request.body.code.trim())
      const [opened] = await deps.reader.streamEntries(`points:${programme}`, { limit: 1 })
      const head = opened === undefined ? {} : parseEntry(opened.bytes).data
      return {
        programme,
        name: inBoth((words) => localized(head['name'], words)),
        brandName: inBoth((words) => localized(head['brandName'], words)),
        changes: await Promise.all(changes.map(async ({ index }) => changeOf(await readEntry(deps, index)))),
      }
    },
  )
  app.post(
    '/v1/holder/consent',
    {
      schema: {
        summary: 'Let store screens greet this holder (spend code), or no longer (either code)',
        tags: ['holder'],
        body: Type.Object({ thanks: Type.Boolean() }, { additionalProperties: false }),
        response: { 200: Type.Object({ thanks: Type.Boolean() }) },
      },
    },
    async (request, reply) => {
      const { thanks } = request.body
      await deps.setThanks(holderCode(request), thanks)
      reply.header('cache-control', 'no-store')
      return { thanks }
    },
  )
}

async function readEntry({ reader }: ThanksDeps, index: number): Promise<RecordEntry> {
  const [item] = readEntries([await reader.entry(index)], [])
  return item!
}

/** What the entry is, and how it begins; a text that was erased is not there to be shown. */
function changeOf(item: RecordEntry): { index: number; kind: Texts; text: Texts } {
  return {
    index: item.index,
    kind: inBoth((words) => kindOf(item, words)),
    text: inBoth((words) => {
      const text = localized(item.data['title'], words) || (textOf(item, words) ?? '')
      return leadingSentences(text, TEXT_CHARACTERS)
    }),
  }
}

function inBoth(say: (words: ReturnType<typeof pointsRecordWords>) => string): Texts {
  const [zh = '', en = ''] = LANGS.map((lang) => say(pointsRecordWords(WORDS[lang].record, WORDS[lang].points)))
  return { 'zh-CN': zh, en }
}
