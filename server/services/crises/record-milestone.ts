/**
 * Recording a milestone. Texts, notes, sources and the wording of a commitment go into the log as salted digests only;
 * everything else is public. The guards (milestone-guards.ts) decide under the lock.
 */
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import type { Selector } from '../../../ledger/selector.ts'
import { AppError } from '../../errors.ts'
import { calendarChecks, milestoneClocks } from '../clocks/clock-terms.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Needs, Redactable, Snapshot } from '../log/command.ts'
import { guardConsent } from './consent-guards.ts'
import { guardLookBack } from './look-back-guards.ts'
import { guardMilestone, referencedEntries } from './milestone-guards.ts'
import { namedBatch } from './open-crisis.ts'
import { mayNeedSecondKey, needsSecondKey, secondKeyNeeds, secondKeyOf } from './second-key.ts'

type Texts = { readonly 'zh-CN'?: string; readonly en?: string }
export type Source = {
  readonly title: string
  readonly publisher?: string
  readonly date?: string
  readonly url?: string
  readonly evidence?: string
}

/** A milestone as it is sent: its public members, and the words that can be erased later. */
export type NewMilestone = Omit<Milestone, 'commitment'> & {
  readonly commitment?: NonNullable<Milestone['commitment']> & { readonly measure: Texts }
  readonly text?: Texts
  readonly recorderNote?: Texts
  readonly sources?: readonly Source[]
}

/** A command that records a milestone in a crisis. */
export function recordMilestone(request: Request, code: string, sent: NewMilestone): Command {
  const { milestone, redactable } = splitMilestone(sent)
  const actor = actorOf(request.admin)
  return commandOf(request, {
    needs: { ...needsOf(milestone, code), ...secondKeyNeeds(request, code, mayNeedSecondKey(milestone)) },
    judge(snapshot, recordedAt) {
      const crisis = snapshot.crisis(code)
      if (crisis === undefined) throw new AppError('not_found', 'There is no such crisis.')
      guardMilestone(snapshot, crisis.state, milestone, recordedAt)
      guardLookBack(crisis.state, milestone, recordedAt)
      guardConsent(crisis.state, milestone)
      const dues = milestoneClocks(crisis.state, milestone, recordedAt)
      request.checks?.push(...calendarChecks(dues))
      const { brand, state } = crisis
      const second = secondKeyOf(request, snapshot, brand, needsSecondKey(state, milestone), recordedAt)
      const data = { ...recordedData(snapshot, brand, milestone), ...dues, ...second.data }
      return [{ type: 'milestone.recorded', stream: `crisis:${code}`, brand, actor, data, redactable, ...second.draft }]
    },
    answer: answerWith(0),
  })
}

/** The public members, and the values that only their digests stand for. */
function splitMilestone(sent: NewMilestone): { milestone: Milestone; redactable: Redactable[] } {
  const { text, recorderNote, sources, commitment, ...members } = sent
  const redactable: Redactable[] = []
  addTexts(redactable, '/text', text)
  addTexts(redactable, '/recorderNote', recorderNote)
  sources?.forEach((source, position) => redactable.push({ name: `/sources/${position}`, value: { ...source } }))
  if (commitment === undefined) return { milestone: members, redactable }
  const { measure, ...promised } = commitment
  addTexts(redactable, '/commitment/measure', measure)
  return { milestone: { ...members, commitment: promised }, redactable }
}

function addTexts(redactable: Redactable[], name: string, texts: Texts | undefined): void {
  for (const [language, value] of Object.entries(texts ?? {})) redactable.push({ name: `${name}/${language}`, value })
}

function selectorsOf({ scope = [], statedUnaffected = [], advice }: Milestone): readonly Selector[] {
  return [...scope, ...statedUnaffected, ...(advice?.scope ?? [])]
}

function needsOf(milestone: Milestone, code: string): Needs {
  const needs: {
    crises: string[]
    entries?: number[]
    products?: string[]
    batches?: { gtin: string; lot: string }[]
    evidence?: { sha256: string; stream: string }[]
  } = { crises: [code] }
  const entries = referencedEntries(milestone)
  if (entries.length > 0) needs.entries = entries
  const products = new Set<string>()
  const batches = new Map<string, { gtin: string; lot: string }>()
  for (const selector of selectorsOf(milestone)) {
    if ('gtin' in selector && selector.gtin !== undefined) products.add(selector.gtin)
    if (selector.by === 'batch') batches.set(`${selector.gtin} ${selector.lot}`, selector)
  }
  if (products.size > 0) needs.products = [...products]
  if (batches.size > 0) needs.batches = [...batches.values()].map(({ gtin, lot }) => ({ gtin, lot }))
  if (milestone.evidence !== undefined) {
    needs.evidence = milestone.evidence.map((sha256) => ({ sha256, stream: `crisis:${code}` }))
  }
  return needs
}

/** What is recorded of the public members: plain JSON, with the labels of batches filled in (ledger/README.md, 18). */
function recordedData(snapshot: Snapshot, brand: string, milestone: Milestone): JsonObject {
  const withLabels = (selectors: readonly Selector[]): JsonValue =>
    selectors.map((selector) => recordedSelector(snapshot, brand, selector))
  const { scope, statedUnaffected, advice, ...members } = milestone
  const data: JsonObject = { ...(members as unknown as JsonObject) }
  if (scope !== undefined) data['scope'] = withLabels(scope)
  if (statedUnaffected !== undefined) data['statedUnaffected'] = withLabels(statedUnaffected)
  if (advice !== undefined) data['advice'] = { level: advice.level, scope: withLabels(advice.scope) }
  return data
}

function recordedSelector(snapshot: Snapshot, brand: string, selector: Selector): JsonValue {
  if ('gtin' in selector && selector.gtin !== undefined && snapshot.product(selector.gtin)?.brand !== brand) {
    const { gtin } = selector
    throw new AppError('product_unknown', `The brand has no product ${gtin}; register it first.`, { gtin })
  }
  if (selector.by !== 'batch') return { ...selector }
  const named = namedBatch(snapshot, selector.gtin, selector.lot)
  const label = (selector.label as JsonObject | undefined) ?? named['label']
  return { by: 'batch', gtin: selector.gtin, lot: selector.lot, ...(label === undefined ? {} : { label }) }
}
