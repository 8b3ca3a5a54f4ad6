/**
 * Corrections: a new entry that says what is wrong with an earlier one. Both stay. The reasons are those of EPCIS error
 * declarations; the entry that says it right, if there is one, must be on record in the same stream before.
 */
import type { CrisisState } from '../../../ledger/crisis.ts'
import type { Entry } from '../../../ledger/entry.ts'
import { isVoidedBy } from '../../../ledger/force.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Redactable } from '../log/command.ts'
import { correctionNeedsSecondKey, secondKeyNeeds, secondKeyOf } from './second-key.ts'

export const CORRECTION_REASONS = ['did_not_occur', 'incorrect_data', 'incomplete'] as const
export type NewCorrection = {
  readonly reason: (typeof CORRECTION_REASONS)[number]
  readonly original: 'zh-CN' | 'en'
  /** Index of the entry that says it right. */
  readonly by?: number
  readonly text: { readonly 'zh-CN'?: string; readonly en?: string }
}

/** Types of entries that a brand can correct: what it said, not what the system did. */
const CORRECTABLE: ReadonlySet<string> = new Set([
  'milestone.recorded',
  'evidence.recorded',
  'product.registered',
  'batch.registered',
  'code.retired',
  'brand.opened',
  'crisis.opened',
  'correction.recorded',
])

/**
 * A command that corrects an entry.
 *
 * @param place the stream of the entry and its brand
 */
export function correctEntry(
  request: Request,
  index: number,
  place: { readonly stream: string; readonly brand: string },
  correction: NewCorrection,
): Command {
  const { reason, original, by, text } = correction
  const { stream, brand } = place
  const code = stream.startsWith('crisis:') ? stream.slice('crisis:'.length) : undefined
  const actor = actorOf(request.admin)
  return commandOf(request, {
    needs: {
      streams: [stream],
      entries: by === undefined ? [index] : [index, by],
      ...(code === undefined ? {} : secondKeyNeeds(request, code, true)),
    },
    judge(snapshot, recordedAt) {
      const corrected = snapshot.entry(index)
      if (corrected === undefined) throw new AppError('not_found', 'There is no such entry.')
      if (!CORRECTABLE.has(corrected.entry.type) || corrected.entry.actor.kind === 'system') {
        throw new AppError('not_correctable', wayBesides(corrected.entry))
      }
      if (isVoiceOfOthers(corrected.entry) && reason !== 'incomplete') {
        throw new AppError(
          'not_correctable',
          'What others dispute or confirm is not taken back by the brand: answer it, or correct it as incomplete.',
        )
      }
      if (by !== undefined && (by <= index || snapshot.entry(by)?.entry.stream !== stream)) {
        throw new AppError(
          'relation_unknown_entry',
          `by names entry ${by}, which is no later entry of the same stream.`,
        )
      }
      const crisis = code === undefined ? undefined : snapshot.crisis(code)
      if (crisis !== undefined && isVoidedBy(reason, by)) mustNotUnsettle(crisis.state, index, reason)
      const isNeeded = crisis !== undefined && correctionNeedsSecondKey(crisis.state, index, reason, by)
      const second = crisis === undefined ? undefined : secondKeyOf(request, snapshot, brand, isNeeded, recordedAt)
      const data = { corrects: index, reason, original, ...(by === undefined ? {} : { by }), ...second?.data }
      const redactable = redactableOf(text)
      return [{ type: 'correction.recorded', stream, brand, actor, data, redactable, ...second?.draft }]
    },
    answer: answerWith(0),
  })
}

/** What to do about an entry that no correction mends. */
function wayBesides({ type, actor }: Entry): string {
  if (actor.kind === 'system')
    return 'What the system wrote cannot be corrected: explain it in a milestone of your own.'
  return `An entry ${type} cannot be corrected: say in a milestone what is wrong with it.`
}

/** Whether an entry is a dispute or a confirmation, or was written by an auditor. */
function isVoiceOfOthers({ actor, data }: Entry): boolean {
  return actor.kind === 'auditor' || data['kind'] === 'dispute' || data['kind'] === 'confirmation'
}

/**
 * What a promise or a clock came to in a live crisis stands: else it could be kept first, and taken back when it is too
 * late (W3, CL4). What ended a clock can still be said right by a later entry; and what people act by, a scope or
 * advice, must be open to being taken back, whatever clock it ended.
 */
function mustNotUnsettle({ mode, commitments, clocks = [] }: CrisisState, index: number, reason: string): void {
  if (mode !== 'live') return
  const ended = clocks.find(({ by, clock }) => by === index && !ACTED_BY.has(clock))
  if (ended !== undefined && reason === 'did_not_occur') {
    throw new AppError(
      'not_correctable',
      `This entry ended the clock ${ended.clock}: correct it as incorrect_data and name in by the entry that says it right, or as incomplete.`,
      { clock: ended.clock },
    )
  }
  const settled = commitments.find(({ by, outcome }) => by === index && SETTLED.has(outcome))
  if (settled === undefined) return
  throw new AppError(
    'not_correctable',
    `This entry settled the commitment ${settled.id}: correct it as incomplete, and say in its text what is wrong.`,
    { commitment: settled.id },
  )
}

/** Clocks that are ended by what people act by. */
const ACTED_BY: ReadonlySet<string> = new Set(['first_statement', 'scope'])

const SETTLED: ReadonlySet<string> = new Set(['kept', 'late', 'abandoned'])

function redactableOf(text: NewCorrection['text']): Redactable[] {
  return Object.entries(text).map(([language, value]) => ({ name: `/text/${language}`, value }))
}
