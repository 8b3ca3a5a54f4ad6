/**
 * Relations to earlier entries: every index must name an entry of the same stream, of a kind that the relation makes
 * sense for (ledger/README.md, part 20); evidence must be on record in the same stream.
 */
import type { CrisisState } from '../../../ledger/crisis.ts'
import { milestoneOf, ruleOf } from '../../../ledger/milestone.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import type { Snapshot } from '../log/command.ts'

/** The indexes of all entries that a milestone names, each once. */
export function referencedEntries(milestone: Milestone): number[] {
  const { replaces = [], withdraws = [], overtakes = [], about = [], trigger, figures = [] } = milestone
  const { deliveries = [], recallProgress = [] } = milestone
  const indexes = new Set([...replaces, ...withdraws, ...overtakes, ...about])
  if (trigger !== undefined) indexes.add(trigger)
  for (const { base, revises, newSince } of figures) {
    if (typeof base === 'number') indexes.add(base)
    if (revises !== undefined) indexes.add(revises)
    if (newSince !== undefined) indexes.add(newSince.entry)
  }
  for (const { base, revises } of [...deliveries, ...recallProgress]) {
    if (typeof base === 'number') indexes.add(base)
    if (revises !== undefined) indexes.add(revises)
  }
  return [...indexes]
}

/** @throws AppError relation_unknown_entry, relation_unfitting, evidence_unknown */
export function guardRelations(snapshot: Snapshot, state: CrisisState, milestone: Milestone): void {
  const stream = `crisis:${state.code}`
  const read = (index: number, relation: string): Milestone | undefined => {
    const row = index < snapshot.size ? snapshot.entry(index) : undefined
    if (row === undefined || row.entry.stream !== stream) {
      throw new AppError(
        'relation_unknown_entry',
        `${relation} names entry ${index}, which is not one of this crisis.`,
        {
          relation,
          entry: index,
        },
      )
    }
    return milestoneOf(row.entry)
  }
  const each = (
    relation: string,
    indexes: readonly number[],
    fits: (earlier: Milestone, index: number) => boolean,
    only: string,
  ): void => {
    for (const index of indexes) {
      const earlier = read(index, relation)
      if (earlier !== undefined && fits(earlier, index)) continue
      throw new AppError('relation_unfitting', `${relation} names entry ${index}, but it can name only ${only}.`, {
        relation,
        entry: index,
      })
    }
  }
  const { replaces = [], withdraws = [], overtakes = [], about = [], trigger, figures = [], evidence = [] } = milestone
  each(
    'replaces',
    replaces,
    (earlier) => shareTopic(earlier, milestone),
    'advice, a scope or a cause that this entry states anew (a recall: only by recall_expanded or another of its kinds)',
  )
  const isStep = (index: number): boolean =>
    state.remedies.some(({ announced, opened }) => index === announced || index === opened)
  each('withdraws', withdraws, (_, index) => isStep(index), 'entries that announced or opened a remedy')
  each('overtakes', overtakes, ({ kind }) => !isOfOthers(kind), 'milestones that the brand can take back')
  for (const index of about) read(index, 'about')
  if (trigger !== undefined) read(trigger, 'trigger')
  each(
    'revises',
    figures.flatMap(({ revises }) => revises ?? []),
    hasFigures,
    'an entry with figures',
  )
  each(
    'newSince',
    figures.flatMap(({ newSince }) => newSince?.entry ?? []),
    hasFigures,
    'an entry with figures',
  )
  const { deliveries = [], recallProgress = [], recall } = milestone
  for (const { base } of figures) if (typeof base === 'number') read(base, 'base')
  each(
    'base',
    deliveries.map(({ base }) => base),
    ({ kind, scope, remedy }) => kind === 'scope_published' || scope !== undefined || remedy !== undefined,
    'a scope, a recall or a remedy',
  )
  each(
    'revises',
    deliveries.flatMap(({ revises }) => revises ?? []),
    (earlier) => earlier.deliveries !== undefined,
    'an entry with deliveries',
  )
  each(
    'revises',
    recallProgress.flatMap(({ revises }) => revises ?? []),
    (earlier) => earlier.recall === recall && earlier.recallProgress !== undefined,
    'an entry with progress of this recall',
  )
  for (const sha256 of evidence) {
    if (snapshot.evidence(sha256, stream) !== undefined) continue
    throw new AppError('evidence_unknown', `No file ${sha256} is on record in this crisis; upload it first.`, {
      sha256,
    })
  }
}

function hasFigures({ figures }: Milestone): boolean {
  return figures !== undefined && figures.length > 0
}

/** What the system or somebody outside the brand said does not lapse because the brand says something else. */
function isOfOthers(kind: Milestone['kind']): boolean {
  return ruleOf(kind).system === true || kind === 'dispute' || kind === 'confirmation'
}

function isOfRecall({ kind }: Pick<Milestone, 'kind'>): boolean {
  return kind.startsWith('recall_')
}

type Topic = 'advice' | 'scope' | 'cause'

/** What an entry says that a later entry can say anew. */
function topicsOf({ kind, advice }: Milestone): Topic[] {
  const topics: Topic[] = []
  if (advice !== undefined) topics.push('advice')
  if (kind === 'scope_published' || isOfRecall({ kind })) topics.push('scope')
  if (kind === 'cause_identified' || kind === 'technical_statement' || kind === 'acknowledged') topics.push('cause')
  return topics
}

/** Whether a later entry says the same thing anew. A recall is said anew only by a recall, which needs a second key. */
function shareTopic(earlier: Milestone, later: Milestone): boolean {
  if (isOfRecall(earlier) && !isOfRecall(later)) return false
  const topics = topicsOf(later)
  return topicsOf(earlier).some((topic) => topics.includes(topic))
}
