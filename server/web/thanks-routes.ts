/** The thank-you view's API: a store screen opens a code, and a holder says whether screens may greet. */
import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { PointsWords } from '../../views/messages/points-zh-cn.ts'
import type { RecordWords } from '../../views/messages/record-zh-cn.ts'
import { kindOf, textOf } from '../../views/model/entry-view.ts'
import { leadingSentences, wordFor } from '../../views/model/format.ts'
import { localized } from '../../views/model/names.ts'
import { pointsRecordWords } from '../../views/model/points-words.ts'
import { plain } from '../../views/model/plain.ts'
import { readEntries } from '../../views/model/record.ts'
import type { RecordEntry } from '../../views/model/record.ts'
import type { LogReader } from '../services/log/reader.ts'
import type { Thanks } from '../services/points/thanks.ts'
import { holderCode } from './holder-access.ts'
import { WORDS } from './pages/language.ts'
import type { ProgrammeStories } from './pages/programme-stories.ts'

export type ThanksDeps = {
  reader: Pick<LogReader, 'entry'>
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
      /** What it was for, or which step the proposal has reached. */
      ground: Both,
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

export async function thanksRoutes(
  instance: FastifyInstance,
  { stories, ...deps }: ThanksDeps & { stories: Pick<ProgrammeStories, 'find'> },
): Promise<void> {
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
      const entries = (await stories.find(programme))?.entries ?? []
      const head = entries[0]?.data ?? {}
      return {
        programme,
        name: inBoth((words) => localized(head['name'], words)),
        brandName: inBoth((words) => localized(head['brandName'], words)),
        changes: await Promise.all(changes.map(async (change) => await changeOf(deps, change, entries))),
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

async function readEntry({ reader }: Pick<ThanksDeps, 'reader'>, index: number): Promise<RecordEntry> {
  const [item] = readEntries([await reader.entry(index)], [])
  return item!
}

type Change = Thanks['changes'][number]

/** What the entry is, what it was for, and how it begins; a text that was erased is not there to be shown. */
async function changeOf(
  deps: Pick<ThanksDeps, 'reader'>,
  { kind, index, rule }: Change,
  entries: readonly RecordEntry[],
): Promise<Static<typeof ThanksAnswer>['changes'][number]> {
  const moved = entries.filter(({ data }) => kind === 'proposal' && data['proposal'] === index)
  const improvement = moved.map(({ data }) => data['improvement']).findLast((at) => typeof at === 'number')
  const published = entries.findLast(({ entry, data }) => entry.type === 'rule.published' && data['rule'] === rule)
  const step = plain(moved.at(-1)?.data['to'])
  const shown = await readEntry(deps, typeof improvement === 'number' ? improvement : index)
  const own = shown.index === index ? shown : await readEntry(deps, index)
  return {
    index: shown.index,
    ground: inBoth((words, points) =>
      kind === 'proposal' ? wordFor(points.proposalState, step) : localized(published?.data['title'], words),
    ),
    kind: inBoth((words) => kindOf(shown, words)),
    text: inBoth((words) => {
      const { data } = own
      const text = localized(data['title'], words) || localized(data['name'], words) || (textOf(own, words) ?? '')
      return leadingSentences(text, TEXT_CHARACTERS)
    }),
  }
}

function inBoth(say: (words: RecordWords, points: PointsWords) => string): Texts {
  const [zh = '', en = ''] = LANGS.map((lang) => {
    const { record, points } = WORDS[lang]
    return say(pointsRecordWords(record, points), points)
  })
  return { 'zh-CN': zh, en }
}
