/** Erasing texts and files, and the consents that texts stand on. What is shown once is in no stored answer. */
import type { FastifyReply } from 'fastify'
import type { JsonObject } from '../../../ledger/json.ts'
import { giveConsent, withdrawConsent } from '../../services/redaction/consents.ts'
import { erasableOf, redactEntry } from '../../services/redaction/redact-entry.ts'
import type { Appender, Command } from '../../services/log/command.ts'
import { WRITERS } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { notFound } from './brand-routes.ts'
import { ofCrisis } from './crisis-routes.ts'
import { crisisOf, indexOf, ofEntry, placeOf } from './entry-place.ts'
import { ConsentAnswer, ConsentBody, RedactionAnswer, RedactionBody, WithdrawalBody } from './redaction-schemas.ts'
import { answerAppend } from './requests.ts'
import { writes } from './route-schema.ts'
import { CodeParams, IndexParams } from './schemas.ts'
import { withdrawalPath } from '../pages/withdrawal-pages.ts'

export function redactionRoutes({ app, appender, questions, directory, requests, publicUrl }: AdminParts): void {
  app.post(
    '/entries/:index/redactions',
    {
      config: ofEntry(WRITERS),
      schema: writes(
        'entries',
        'Erase texts or the file of an entry',
        { params: IndexParams, body: RedactionBody },
        RedactionAnswer,
      ),
    },
    async (request, reply) => {
      const index = indexOf(request.params)
      const identity = requests.of(request)
      const place = await placeOf(directory, index)
      const erasable = erasableOf(await questions.disclosuresOf(index))
      const { command, opening } = redactEntry(identity, index, place, erasable, request.body)
      return await answerOnce(appender, command, reply, () => (opening === undefined ? {} : { caseOpening: opening }))
    },
  )
  app.post(
    '/crises/:code/consents',
    {
      config: ofCrisis(WRITERS),
      schema: writes('crises', 'Record a consent', { params: CodeParams, body: ConsentBody }, ConsentAnswer),
    },
    async (request, reply) => {
      const { command, code } = giveConsent(requests.of(request), request.params.code, request.body)
      return await answerOnce(appender, command, reply, ({ index }) => ({
        code,
        withdrawAt: `${publicUrl}${withdrawalPath(Number(index))}`,
      }))
    },
  )
  app.post(
    '/entries/:index/withdrawals',
    {
      config: ofEntry(WRITERS),
      schema: writes('entries', 'Withdraw a consent and erase what stands on it', {
        params: IndexParams,
        body: WithdrawalBody,
      }),
    },
    async (request, reply) => {
      const index = indexOf(request.params)
      const identity = requests.of(request)
      const crisis = await crisisOf(directory, index)
      const covers = (await questions.consentCovers(crisis, index)) ?? notFound('consent')
      const command = withdrawConsent(identity, { index, crisis, covers }, request.body.code)
      return await answerAppend(appender, command, reply)
    },
  )
}

type Once = { code?: string; withdrawAt?: string; caseOpening?: string }

/** The answer of a write with what is shown this once: never of a dry run, which makes nothing, nor of a replay. */
async function answerOnce(
  appender: Appender,
  command: Command,
  reply: FastifyReply,
  onceOf: (body: JsonObject) => Once,
) {
  const { status, body, replayed, dryRun } = await appender.append(command)
  reply.code(status)
  if (replayed) reply.header('Idempotency-Replayed', 'true')
  return (replayed || dryRun !== undefined ? body : { ...body, ...onceOf(body) }) as never
}
