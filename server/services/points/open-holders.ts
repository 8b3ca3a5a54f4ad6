/** Opening holders. The log learns that there is one more holder, and nothing else; not even which one it is. */
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Draft, HolderSecret, Snapshot } from '../log/command.ts'
import { commitmentOf, hashCode, newHolderId, newSpendCode, newViewCode, screenKeyOf } from './holder-codes.ts'
import { mustHaveProgramme, pointsDraft } from './points-draft.ts'

export type NewHolders = {
  /** How many; 1 unless given. */
  readonly count?: number
  /** The admin key of the person behind the holder: it may not grant to him (GR2). */
  readonly staffKey?: string
  /** How to reach the holder; kept outside of the log. */
  readonly contact?: string
}

/** A holder as he is shown once. */
export type OpenedHolder = { id: string; viewCode: string; spendCode: string }

/** A command that opens holders, and their codes, which nobody sees again. */
export function openHolders(
  request: Request,
  programme: string,
  { count = 1, staffKey, contact }: NewHolders,
): { command: Command; holders: OpenedHolder[] } {
  const holders = Array.from({ length: count }, () => ({
    id: newHolderId(),
    viewCode: newViewCode(),
    spendCode: newSpendCode(),
  }))
  const secrets = holders.map((holder) => secretOf(holder, programme, staffKey ?? null, contact ?? null))
  const command = commandOf(request, {
    needs: {
      points: { programmes: [programme], holders: holders.map(({ id }) => id) },
      ...(staffKey === undefined ? {} : { keys: [staffKey] }),
    },
    judge(snapshot) {
      mustHaveProgramme(snapshot, programme)
      if (staffKey !== undefined) mustHaveKey(snapshot, staffKey)
      return secrets.map((secret) => holderDraft(snapshot, programme, actorOf(request.admin), secret))
    },
    answer: answerWith(0, { programme }),
  })
  return { command, holders }
}

function holderDraft(snapshot: Snapshot, programme: string, actor: Draft['actor'], holderSecret: HolderSecret): Draft {
  const { holder } = holderSecret
  const opening = { name: '/holder', value: { holder, number: 1 } }
  return pointsDraft(snapshot, programme, actor, 'holder.opened', {}, { private: [opening], holderSecret })
}

function secretOf(
  { id, viewCode, spendCode }: OpenedHolder,
  programme: string,
  staffKey: string | null,
  contact: string | null,
): HolderSecret {
  return {
    holder: id,
    viewHash: hashCode(viewCode),
    spendHash: hashCode(spendCode),
    commitment: commitmentOf(viewCode, programme),
    screenKey: screenKeyOf(viewCode),
    staffKey,
    contact,
  }
}

function mustHaveKey(snapshot: Snapshot, id: string): void {
  if (snapshot.key(id) === undefined) throw new AppError('staff_key_unknown', `There is no admin key ${id}.`)
}
