/**
 * What pages show of seals, consents, erasures and auditors: facts of their entries, and the marks that a timeline
 * carries while a seal is unopened or an objection unanswered.
 */
import { foldAudit, unanswered } from '../../ledger/audit.ts'
import type { AuditState } from '../../ledger/audit.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { duesLine } from './clock-words.ts'
import { positionOf } from './context.ts'
import type { StreamContext } from './context.ts'
import { fill, formatDayOf, formatGap, formatList, wordFor } from './format.ts'
import { plain } from './plain.ts'
import type { CrisisRecord, RecordEntry, StreamRecord } from './record.ts'

/** Types whose facts are told here. */
export const KEEPING_TYPES: ReadonlySet<string> = new Set([
  'seal.recorded',
  'seal.opened',
  'consent.given',
  'consent.withdrawn',
  'audit.objection',
  'audit.statement',
  'audit.answered',
  'redaction.registered',
])

/** The facts of such an entry, one line each. */
export function keepingFacts(context: StreamContext, { entry, data, index }: RecordEntry): string[] {
  const { words, state } = context
  const k = words.keeping
  const place = (value: unknown): string =>
    typeof value === 'number' ? String(positionOf(context, value) ?? `#${value}`) : ''
  const places = (value: unknown): string => formatList((Array.isArray(value) ? value : [value]).map(place), words)
  const listed = (sentence: string, value: unknown): string[] => {
    const list = places(value)
    return list === '' ? [] : [fill(sentence, { list })]
  }
  switch (entry.type) {
    case 'seal.recorded': {
      const opened = state?.seals?.find((seal) => seal.index === index)?.opened
      const kind = plain(data['of'])
      return [
        ...(kind === '' ? [] : [fill(k.sealOf, { kind: wordFor(words.kinds, kind) })]),
        opened === undefined ? k.sealClosed : fill(k.sealOpened, { i: place(opened) }),
        ...(duesLine(data, words) === '' ? [] : [duesLine(data, words)]),
      ]
    }
    case 'seal.opened':
      return [fill(k.sealOpens, { i: place(data['seal']) })]
    case 'consent.given': {
      const covers = state?.consents?.find((one) => one.index === index)?.covers ?? []
      return [
        wordFor(k.purposes, plain(data['purpose'])),
        ...(covers.length === 0 ? [] : [fill(k.consentCovers, { list: places(covers) })]),
      ]
    }
    case 'consent.withdrawn':
      return [fill(k.withdraws, { i: place(data['consent']) })]
    case 'audit.answered':
      return listed(k.answerTo, data['of'])
    case 'redaction.registered':
      return [fill(k.erases, { i: place(data['index']), reason: wordFor(words.erasureReasons, plain(data['reason'])) })]
    default:
      return [
        ...(data['finding'] === undefined ? [] : [wordFor(k.findings, plain(data['finding']))]),
        ...listed(k.about, data['about']),
        ...answerLine(
          context,
          state?.audits?.find((one) => one.index === index),
          place,
        ),
      ]
  }
}

/** What became of an objection; a brand's stream has no state to tell it. */
function answerLine(
  { words }: StreamContext,
  audit: AuditState | undefined,
  place: (index: number) => string,
): string[] {
  if (audit === undefined || audit.kind === 'statement') return []
  const { answered } = audit
  return [answered === undefined ? words.keeping.unanswered : fill(words.keeping.answeredBy, { i: place(answered) })]
}

/** Who speaks in an entry of these types; undefined for all others. */
export function keepingSays({ entry }: RecordEntry, words: RecordWords): string | undefined {
  if (entry.actor.kind === 'auditor') return words.keeping.auditorSays
  return entry.type === 'audit.answered' ? words.keeping.brandAnswers : undefined
}

/** That the file of an entry was erased, and why. */
export function fileErasedLine({ fileErased }: RecordEntry, words: RecordWords): string[] {
  if (fileErased === undefined) return []
  const { reason, recordedAt } = fileErased
  return [
    fill(words.keeping.fileErased, {
      reason: wordFor(words.erasureReasons, reason),
      date: formatDayOf(Date.parse(recordedAt), words),
    }),
  ]
}

/** A count for the head of a timeline, and the first entry that it counts. */
export type KeepingMark = { text: string; index: number }

/** Unopened seals with the age of the oldest, and unanswered objections. @param now milliseconds since 1970 */
export function keepingMarks({ state }: CrisisRecord, words: RecordWords, now: number): KeepingMark[] {
  const closed = (state.seals ?? []).filter(({ opened }) => opened === undefined)
  const [oldest] = closed
  const objections = unanswered(state.audits)
  const [first] = objections
  return [
    ...(oldest === undefined
      ? []
      : [
          {
            text: fill(words.keeping.sealsOpen, {
              n: closed.length,
              gap: formatGap(Math.max(0, now - Date.parse(oldest.recordedAt)), words),
            }),
            index: oldest.index,
          },
        ]),
    ...(first === undefined
      ? []
      : [{ text: fill(words.keeping.objectionsOpen, { n: objections.length }), index: first.index }]),
  ]
}

/** A line of a brand's page on what an auditor says of it. */
export type AuditLine = { text: string; href: string }

/** What auditors say in a brand's own stream, the newest first, each with whether the brand has answered. */
export function auditLines({ entries }: StreamRecord, words: RecordWords): AuditLine[] {
  let audits: readonly AuditState[] | undefined
  for (const { entry, index } of entries) audits = foldAudit(audits, entry, index)
  const place = (index: number): number | undefined => entries.find((item) => item.index === index)?.entry.seq
  const lines = (audits ?? []).map(({ index, kind, answered }) => {
    const item = entries.find((one) => one.index === index)
    const state = kind === 'statement' ? words.keeping.needsNone : words.keeping.unanswered
    return {
      text: fill(words.keeping.auditLine, {
        date: formatDayOf(Date.parse(item?.entry.recordedAt ?? ''), words),
        kind: wordFor(words.types, `audit.${kind}`),
        state: answered === undefined ? state : fill(words.keeping.answeredBy, { i: place(answered) ?? answered }),
      }),
      href: `/e/${index}`,
    }
  })
  return lines.reverse()
}
