/** A points programme as data: terms, rules with the anchors that cover them, totals, rewards, the last proof of what is owed. */
import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { JsonObject } from '../../ledger/json.ts'
import { isJsonObject } from '../../ledger/json.ts'
import { outstanding } from '../../views/model/programme-figures.ts'
import { entriesOf, newestByName } from '../../views/model/programme-record.ts'
import type { RecordEntry } from '../../views/model/record.ts'
import { AppError } from '../errors.ts'
import type { ProgrammeStories, ProgrammeStory } from './pages/programme-stories.ts'

const NOW = 'public, max-age=5'

const Index = Type.Integer({ minimum: 0 })
const Told = Type.Object({ index: Index }, { additionalProperties: true })
const Anchored = Type.Union([Type.Object({ size: Index, timestamp: Index }), Type.Null()], {
  description: 'the first anchor that covers the entry; null: none yet, so that it cannot be used',
})
const Totals = Type.Object(
  {
    issuance: Type.Integer(),
    available: Type.Integer(),
    pending: Type.Integer(),
    held: Type.Integer(),
    redeemed: Type.Integer(),
    expired: Type.Integer(),
    forfeited: Type.Integer(),
  },
  { description: 'the trial balance: the sum is 0' },
)

const ProgrammeAnswer = Type.Object({
  id: Type.String(),
  brand: Type.String(),
  stream: Type.String(),
  name: Type.Object({}, { additionalProperties: true }),
  entries: Type.Integer({ description: 'entries of its stream' }),
  holders: Type.Integer(),
  terms: Type.Array(Told, { description: 'every version, oldest first' }),
  rules: Type.Array(
    Type.Object(
      { index: Index, anchored: Anchored, withdrawn: Type.Union([Index, Type.Null()]) },
      { additionalProperties: true },
    ),
    { description: 'every version of every rule' },
  ),
  totals: Totals,
  outstanding: Type.Integer({ description: 'what the brand owes: available, pending and held' }),
  rewards: Type.Array(
    Type.Object(
      { index: Index, taken: Type.Integer(), closed: Type.Union([Index, Type.Null()]) },
      { additionalProperties: true },
    ),
    { description: 'each as last amended' },
  ),
  ballots: Type.Array(
    Type.Object(
      { index: Index, steps: Type.Array(Type.Object({ type: Type.String(), index: Index })) },
      { additionalProperties: true },
    ),
  ),
  liabilities: Type.Union([Told, Type.Null()]),
})

export async function programmeRoutes(
  instance: FastifyInstance,
  { stories }: { stories: ProgrammeStories },
): Promise<void> {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/v1/programmes/:id',
    {
      schema: {
        summary: 'A points programme at a glance',
        tags: ['auditor'],
        params: Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }) }),
        response: { 200: ProgrammeAnswer },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const story = await stories.find(id)
      if (story === undefined) throw new AppError('not_found', `There is no points programme ${id}.`)
      reply
        .header('cache-control', NOW)
        .header('access-control-allow-origin', '*')
        .header('cross-origin-resource-policy', 'cross-origin')
      return programmeAnswer(id, story)
    },
  )
}

function programmeAnswer(id: string, story: ProgrammeStory): Static<typeof ProgrammeAnswer> {
  const { stream, figures } = story
  const [opened] = story.entries
  const withdrawals = entriesOf(story, 'rule.withdrawn')
  const newest = entriesOf(story, 'points.liabilities').at(-1)
  return {
    id,
    brand: opened?.entry.brand ?? '',
    stream,
    name: membersOf(opened?.data['name']),
    entries: figures.entries,
    holders: figures.holders,
    terms: entriesOf(story, 'programme.opened', 'terms.published').map((item) => ({
      ...(item.entry.type === 'programme.opened' ? membersOf(item.data['terms']) : item.data),
      index: item.index,
    })),
    rules: entriesOf(story, 'rule.published').map((item) => ({
      ...item.data,
      index: item.index,
      anchored: anchorOf(story, item),
      withdrawn: withdrawals.find(({ data }) => isSameVersion(data, item.data))?.index ?? null,
    })),
    totals: figures.balances,
    outstanding: outstanding(figures),
    rewards: newestByName(entriesOf(story, 'reward.published', 'reward.amended'), 'reward').map(({ name, item }) => ({
      ...item.data,
      index: item.index,
      taken: figures.taken.get(name) ?? 0,
      closed: entriesOf(story, 'reward.closed').find(({ data }) => data['reward'] === name)?.index ?? null,
    })),
    ballots: entriesOf(story, 'ballot.drafted').map(({ data, index }) => ({
      ...data,
      index,
      steps: story.entries
        .filter((item) => item.data['ballot'] === index)
        .map((item) => ({ type: item.entry.type, index: item.index })),
    })),
    liabilities: newest === undefined ? null : { ...newest.data, index: newest.index },
  }
}

/** ER1: a rule may be used by entries from this size on. */
function anchorOf({ anchors }: ProgrammeStory, { index }: RecordEntry): { size: number; timestamp: number } | null {
  const anchor = anchors.find(({ size }) => size > index)
  return anchor === undefined ? null : { size: anchor.size, timestamp: anchor.timestamp }
}

function isSameVersion(one: JsonObject, other: JsonObject): boolean {
  return one['rule'] === other['rule'] && one['version'] === other['version']
}

function membersOf(value: unknown): JsonObject {
  return isJsonObject(value as JsonObject) ? (value as JsonObject) : {}
}
