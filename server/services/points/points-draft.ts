/** Entries of a programme's stream, and the two things that every command on one asks first. */
import type { JsonObject } from '../../../ledger/json.ts'
import type { ProgrammeState } from '../../../ledger/programme.ts'
import { AppError } from '../../errors.ts'
import type { Draft, Redactable, Snapshot } from '../log/command.ts'
import { pointsStream } from '../log/points-rows.ts'
import type { HolderRow } from '../log/points-rows.ts'

/** The actor of what nobody asked for. */
export const SYSTEM: Draft['actor'] = { kind: 'system' }

/** The actor of what a holder does: nothing in the log says which one. */
export const HOLDER: Draft['actor'] = { kind: 'holder' }

/** A draft in the stream of a programme that is on record. */
export function pointsDraft(
  snapshot: Snapshot,
  programme: string,
  actor: Draft['actor'],
  type: string,
  data: JsonObject,
  further: Pick<Draft, 'private' | 'redactable' | 'holderSecret'> = {},
): Draft {
  const { brand } = mustHaveProgramme(snapshot, programme)
  return { type, stream: pointsStream(programme), brand, actor, data, ...further }
}

/** Whom an entry concerns that moves nothing of theirs, the holder being among `needs.points.notes` (RC1). */
export function noteOf(snapshot: Snapshot, holder: string): Redactable {
  return { name: '/holder', value: { holder, number: snapshot.points.notes(holder) + 1 } }
}

/** @throws AppError not_found */
export function mustHaveProgramme(snapshot: Snapshot, id: string): ProgrammeState {
  const state = snapshot.points.programme(id)
  if (state === undefined) throw new AppError('not_found', 'There is no such programme.')
  return state
}

/** @throws AppError holder_unknown */
export function mustHaveHolder(snapshot: Snapshot, programme: string, id: string): HolderRow {
  const holder = snapshot.points.holder(id)
  if (holder === undefined || holder.programme !== programme) {
    throw new AppError('holder_unknown', `There is no holder ${id} in this programme; open one first.`)
  }
  return holder
}
