/**
 * Judging a batch: one command after the other, each seeing those before it (S2). Pure: it only changes the snapshot, so
 * a batch can be judged again when its transaction failed.
 */
import { LedgerError } from '../../../ledger/errors.ts'
import { base64url, equalBytes } from '../../../ledger/bytes.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { AppError } from '../../errors.ts'
import type { ReadState, StoredAnswer } from './append-read.ts'
import type { NewEntry } from './append-write.ts'
import type { Command, Draft, HolderSecret, Idempotency, Written } from './command.ts'
import { finishDraft } from './draft.ts'
import { duePoints } from '../points/due.ts'
import { project } from './projections.ts'

/** The entries that the system owes for a crisis at this time (S4). */
export type DueMisses = (state: CrisisState, recordedAt: string) => readonly Draft[]

/** What became of a command, but for the checkpoint. */
export type Judged =
  | { outcome: 'written' | 'replayed'; status: number; answer: JsonObject; written: readonly Written[] }
  | { outcome: 'refused'; error: unknown }

/** What commands are judged by. */
type Seen = Pick<ReadState, 'snapshot' | 'answers'>

export type JudgedBatch = {
  judged: Judged[]
  entries: NewEntry[]
  answers: { request: Idempotency; stored: Omit<StoredAnswer, 'bodyHmac'> }[]
  secrets: { keyId: string; hash: Uint8Array }[]
  holderSecrets: HolderSecret[]
}

/** So many entries are worth a statement of their own: what goes behind them is judged while they are written. */
const PART_ENTRIES = 96

/**
 * Judges the commands in order, in parts of one or more commands.
 *
 * @param recordedAt the time that every entry of the batch gets
 */
export function* judgeParts(
  commands: readonly Command[],
  state: Seen,
  recordedAt: string,
  dueMisses: DueMisses,
): Generator<JudgedBatch> {
  let part = emptyBatch()
  for (const command of commands) {
    part.judged.push(judgeOne(command, state, recordedAt, dueMisses, part))
    if (part.entries.length < PART_ENTRIES) continue
    yield part
    part = emptyBatch()
  }
  if (part.judged.length > 0) yield part
}

/** Judges one command. */
export function judgeAlone(command: Command, state: Seen, recordedAt: string, dueMisses: DueMisses): JudgedBatch {
  const batch = emptyBatch()
  batch.judged.push(judgeOne(command, state, recordedAt, dueMisses, batch))
  return batch
}

function emptyBatch(): JudgedBatch {
  return { judged: [], entries: [], answers: [], secrets: [], holderSecrets: [] }
}

function judgeOne(command: Command, state: Seen, recordedAt: string, dueMisses: DueMisses, batch: JudgedBatch): Judged {
  const { snapshot } = state
  try {
    // A replay is answered before anything is judged: what was right then may be refused by now.
    const stored = findStored(command, state)
    if (stored !== undefined) return { outcome: 'replayed', ...stored, written: writtenOf(stored.answer) }
    for (const code of crisesOf(command)) {
      const crisis = snapshot.crisis(code)
      if (crisis !== undefined) accept(dueMisses(crisis.state, recordedAt), state, recordedAt, batch)
    }
    if (command.needs.points !== undefined)
      accept(duePoints(command.needs.points, snapshot, recordedAt), state, recordedAt, batch)
    const written = accept(command.judge(snapshot, recordedAt), state, recordedAt, batch)
    return answerOf(command, written, state, batch)
  } catch (error) {
    return { outcome: 'refused', error: error instanceof LedgerError ? refusal(error) : error }
  }
}

function crisesOf({ needs }: Command): readonly string[] {
  const streams = needs.streams ?? []
  const named = streams.filter((name) => name.startsWith('crisis:')).map((name) => name.slice('crisis:'.length))
  return [...new Set([...(needs.crises ?? []), ...named])]
}

/** Makes entries of the drafts: all of them, or none when one may not be recorded. */
function accept(drafts: Iterable<Draft>, { snapshot }: Seen, recordedAt: string, batch: JudgedBatch): Written[] {
  const entries: NewEntry[] = []
  const accepted: Draft[] = []
  try {
    for (const draft of drafts) {
      entries.push(acceptOne(draft, snapshot, recordedAt))
      accepted.push(draft)
    }
  } catch (error) {
    snapshot.takeBack()
    throw error
  }
  snapshot.keep()
  batch.entries.push(...entries)
  for (const { data, secretHash, holderSecret } of accepted) {
    const keyId = data['id']
    if (holderSecret !== undefined) {
      batch.holderSecrets.push(holderSecret)
      snapshot.points.loadStaffKey(holderSecret.holder, holderSecret.staffKey)
    }
    if (secretHash !== undefined && typeof keyId === 'string') batch.secrets.push({ keyId, hash: secretHash })
  }
  return entries.map(({ index, leafHash, stream, seq }) => ({ index, leafHash: base64url(leafHash), stream, seq }))
}

function acceptOne(draft: Draft, snapshot: Seen['snapshot'], recordedAt: string): NewEntry {
  const stream = snapshot.stream(draft.stream)
  if (stream === undefined) throw new Error(`L5: stream ${draft.stream} has not been opened`)
  if (stream.brand !== (draft.brand ?? null)) throw new Error(`L2: ${draft.stream} is not of brand ${draft.brand}`)
  const { entry, bytes, leafHash, disclosures, openings } = finishDraft(draft, stream, recordedAt)
  const index = snapshot.size
  project(snapshot.rows, {
    index,
    entry,
    leafHash,
    ...(draft.private === undefined ? {} : { openings: draft.private }),
  })
  const approval = draft.approval === undefined ? undefined : snapshot.approval(draft.approval)
  if (approval !== undefined) snapshot.approvals.set(approval.id, { ...approval, usedIndex: index })
  snapshot.grow()
  return { index, stream: entry.stream, seq: entry.seq, bytes, leafHash, disclosures, openings }
}

function answerOf(command: Command, written: Written[], { answers }: Seen, batch: JudgedBatch): Judged {
  const [first, ...others] = written
  if (first === undefined) return { outcome: 'written', status: 200, answer: {}, written }
  const answer: JsonObject = { ...first, ...(others.length > 0 ? { also: others } : {}), ...command.answer?.(written) }
  const request = command.idempotency
  if (request !== undefined) {
    batch.answers.push({ request, stored: { status: 201, answer } })
    // The same request may stand further on in this batch.
    answers.set(request.request, { bodyHmac: request.bodyHmac, status: 201, answer })
  }
  return { outcome: 'written', status: 201, answer, written }
}

function findStored({ idempotency }: Command, { answers }: Seen): StoredAnswer | undefined {
  if (idempotency === undefined) return undefined
  const stored = answers.get(idempotency.request)
  if (stored === undefined) return undefined
  if (!equalBytes(stored.bodyHmac, idempotency.bodyHmac)) {
    throw new AppError('idempotency_conflict', 'This Idempotency-Key was used with another body.')
  }
  return stored
}

/** The entries that a stored answer names. */
export function writtenOf(answer: JsonObject): Written[] {
  const { index, leafHash, stream, seq, also } = answer as unknown as Written & { also?: Written[] }
  return [{ index, leafHash, stream, seq }, ...(also ?? [])]
}

function refusal(error: LedgerError): AppError {
  return new AppError('entry_refused', error.message, { reason: error.code }, { cause: error })
}
