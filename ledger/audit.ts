/**
 * What auditors write: objections and statements in the stream of a crisis or a brand, by a key that the brand does not
 * hold (AU1). The brand can answer an objection, and neither refuse nor remove it; how many are unanswered is counted.
 * Specification: README.md, "Auditors".
 */
import type { Entry } from './entry.ts'

/** `answered`: the first entry of the brand that answers it; statements need no answer. */
export type AuditState = {
  readonly index: number
  readonly kind: 'objection' | 'statement'
  readonly answered?: number
}

const KINDS: Readonly<Record<string, AuditState['kind']>> = {
  'audit.objection': 'objection',
  'audit.statement': 'statement',
}

/** Whether an entry is an auditor's own word: its type says so, and an auditor's key wrote it. */
export function isAuditorsWord({ type, actor }: Pick<Entry, 'type' | 'actor'>): boolean {
  return KINDS[type] !== undefined && actor.kind === 'auditor'
}

/** What auditors said after an entry: the same list when it says nothing about it. Absent while nobody said anything. */
export function foldAudit(
  known: readonly AuditState[] | undefined,
  entry: Entry,
  index: number,
): readonly AuditState[] | undefined {
  const kind = KINDS[entry.type]
  if (kind !== undefined && isAuditorsWord(entry)) return [...(known ?? []), { index, kind }]
  const { of } = entry.data
  if (entry.type !== 'audit.answered' || !known?.some((one) => one.index === of && one.answered === undefined)) {
    return known
  }
  return known.map((one) => (one.index === of ? { ...one, answered: index } : one))
}

/** The objections that the brand has not answered. */
export function unanswered(known: readonly AuditState[] | undefined): AuditState[] {
  return (known ?? []).filter(({ kind, answered }) => kind === 'objection' && answered === undefined)
}
