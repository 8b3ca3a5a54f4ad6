/**
 * What a holder does with a code: look at the own receipt, renew the view code, redeem, suggest, vote. Every question
 * begins with whose the code is; whoever sends one that nobody has learns nothing but that.
 */
import { formatReceipt } from '../../../ledger/receipt.ts'
import { AppError } from '../../errors.ts'
import type { Appender, AppendResult, Idempotency } from '../log/command.ts'
import { countCasts, findBallot, findToken } from './ballot-store.ts'
import { castVote } from './cast-vote.ts'
import { SpendCodes, readHolder } from './holder-lookup.ts'
import type { SentCode } from './holder-lookup.ts'
import { countWaiting, submitAsHolder } from './proposals.ts'
import type { NewProposal } from './proposals.ts'
import { buildReceipt } from './receipt.ts'
import type { ReceiptSource } from './receipt.ts'
import { redeemReward } from './redeem-reward.ts'
import { renewViewCode } from './renew-view-code.ts'

/** How a request of a holder is known again: undefined when it need not be. */
export type IdempotencyOf = (holder: string) => Idempotency | undefined

/** @throws AppError spend_code_needed, view_code_needed, holder_code_invalid: all of them */
export type HolderDesk = {
  /** The receipt as JSON text. Needs the view code. */
  receipt(sent: SentCode): Promise<string>
  /** A new view code in place of the old one. Needs the spend code, as all that follows. */
  renew(sent: SentCode): Promise<{ viewCode: string; programme: string }>
  redeem(sent: SentCode, reward: string, idempotency: IdempotencyOf): Promise<AppendResult>
  propose(sent: SentCode, proposal: NewProposal, idempotency: IdempotencyOf): Promise<AppendResult>
  vote(sent: SentCode, ballot: number, choice: readonly string[], idempotency: IdempotencyOf): Promise<AppendResult>
}

export function openHolderDesk(source: ReceiptSource, appender: Appender): HolderDesk {
  const { database } = source
  const spendCodes = new SpendCodes(database)
  const requestOf = async (sent: SentCode, idempotencyOf: IdempotencyOf) => {
    const { holder, programme } = await spendCodes.read(sent)
    const idempotency = idempotencyOf(holder)
    return { holder, programme, ...(idempotency === undefined ? {} : { idempotency }) }
  }
  return {
    receipt: async (sent) => formatReceipt(await buildReceipt(source, await readHolder(database, sent, 'view'))),
    renew: async (sent) => await renewViewCode(database, sent),
    redeem: async (sent, reward, idempotency) =>
      await appender.append(redeemReward(await requestOf(sent, idempotency), reward)),
    // What is counted here is counted before the lock: requests that are sent at once may pass a limit together.
    async propose(sent, proposal, idempotency) {
      const request = await requestOf(sent, idempotency)
      return await appender.append(
        submitAsHolder(request, proposal, await countWaiting(database.kysely, request.holder)),
      )
    },
    async vote(sent, index, choice, idempotency) {
      const request = await requestOf(sent, idempotency)
      const place = await findBallot(database.kysely, index)
      if (place?.programme !== request.programme) throw new AppError('not_found', 'There is no such ballot.')
      const token = await findToken(database.kysely, index, request.holder)
      const casts = token === undefined ? 0 : await countCasts(database.kysely, index, token)
      return await appender.append(castVote(request, place, token, choice, casts))
    },
  }
}
