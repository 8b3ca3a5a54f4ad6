/**
 * From the body of a request to a milestone: what a schema cannot say. Dates must exist, GTINs must have the right check
 * digit, the text must be there in its original language. `null` for a reason that nobody gave becomes absence, because
 * an entry knows no null.
 */
import { LedgerError } from '../../../ledger/errors.ts'
import { dueInstant, parseOccurredAt } from '../../../ledger/instant.ts'
import type { Figure } from '../../../ledger/figures.ts'
import type { Selector } from '../../../ledger/selector.ts'
import { AppError } from '../../errors.ts'
import { parseGtin } from '../../gs1/gtin.ts'
import type { NewMilestone } from '../../services/crises/record-milestone.ts'

type Texts = { readonly 'zh-CN'?: string; readonly en?: string }

/**
 * @param body checked against the schema of its kind
 * @throws AppError validation_failed, text_original_missing
 */
export function readMilestone(body: unknown): NewMilestone {
  const sent = body as NewMilestone
  const { scope, statedUnaffected, advice, figures } = sent
  mustHaveTimes(sent)
  mustHaveOriginal(sent.text, sent.original ?? 'en')
  return {
    ...sent,
    ...(scope === undefined ? {} : { scope: readSelectors(scope, '/scope') }),
    ...(statedUnaffected === undefined
      ? {}
      : { statedUnaffected: readSelectors(statedUnaffected, '/statedUnaffected') }),
    ...(advice === undefined
      ? {}
      : { advice: { level: advice.level, scope: readSelectors(advice.scope, '/advice/scope') } }),
    ...(figures === undefined ? {} : { figures: figures.map(withoutNull) }),
  }
}

/** @throws AppError text_original_missing */
export function mustHaveOriginal(text: Texts | undefined, original: 'zh-CN' | 'en'): void {
  if (text?.[original] === undefined) {
    throw new AppError('text_original_missing', `text must be there in its original language, ${original}.`)
  }
}

/**
 * The 14 digits of a GTIN.
 *
 * @param at where it stands in the request
 * @throws AppError validation_failed
 */
export function readGtin(text: string, at: string): string {
  const gtin = parseGtin(text)
  if (gtin === undefined) throw invalid(at, 'is no GTIN with the right check digit')
  return gtin
}

function readSelectors(selectors: readonly Selector[], at: string): Selector[] {
  return selectors.map((selector, position) => {
    if (!('gtin' in selector) || selector.gtin === undefined) return selector
    return { ...selector, gtin: readGtin(selector.gtin, `${at}/${position}/gtin`) }
  })
}

/** @throws AppError validation_failed when a time cannot be */
export function mustHaveTimes({ occurredAt, zone, due, commitment }: NewMilestone): void {
  mustBeTime('/occurredAt', () => parseOccurredAt(occurredAt, zone))
  if (due !== undefined) mustBeTime('/due', () => dueInstant(due))
  if (commitment !== undefined) mustBeTime('/commitment/due', () => dueInstant(commitment.due))
}

function mustBeTime(at: string, parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    if (error instanceof LedgerError) throw invalid(at, error.message)
    throw error
  }
}

function withoutNull(figure: Figure): Figure {
  const { revisionReason, ...rest } = figure as Figure & { revisionReason?: string | null }
  return revisionReason === undefined || revisionReason === null ? rest : { ...rest, revisionReason }
}

function invalid(at: string, message: string): AppError {
  return new AppError('validation_failed', `The request is not as described at ${at}: ${message}`, {
    errors: [{ at, message }],
  })
}
