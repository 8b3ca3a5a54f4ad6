/**
 * The page on which a person takes a consent back, with the number and the code that were handed over when it was given:
 * a form that works without any script. The code travels in the body alone; what comes back repeats it nowhere and is
 * kept by nobody. `POST /v1/withdrawals` does the same for programs.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { withdrawEn } from '../../../views/messages/withdraw-en.ts'
import { withdrawZhCN } from '../../../views/messages/withdraw-zh-cn.ts'
import type { WithdrawWords } from '../../../views/messages/withdraw-zh-cn.ts'
import { fill } from '../../../views/model/format.ts'
import type { StreamRecord } from '../../../views/model/record.ts'
import { AppError } from '../../errors.ts'
import { outageRefusal } from '../../services/outage.ts'
import { STATUS_OF_CODE } from '../error-handler.ts'
import type { WithdrawalDeps } from '../withdrawal-routes.ts'
import { pageContext } from './page-context.ts'
import type { PageContext, Site } from './page-context.ts'
import { carryQuery } from './render.ts'

const WITHDRAW_WORDS: Readonly<Record<'zh-CN' | 'en', WithdrawWords>> = { 'zh-CN': withdrawZhCN, en: withdrawEn }

/** Where the page is, with the number of a consent filled in. */
export const withdrawalPath = (consent: number): string => `/withdraw?consent=${consent}`

/** The way for the person who gave a consent; undefined when an entry is none, or it was taken back. */
export function withdrawalLink(
  { lang }: Pick<PageContext, 'lang'>,
  { entries }: StreamRecord,
  index: number,
): { href: string; text: string } | undefined {
  const isConsent = entries.some((item) => item.index === index && item.entry.type === 'consent.given')
  const isOver = entries.some(({ entry: { type, data } }) => type === 'consent.withdrawn' && data['consent'] === index)
  return isConsent && !isOver ? { href: withdrawalPath(index), text: WITHDRAW_WORDS[lang].fromEntry } : undefined
}

type Fault = keyof WithdrawWords['problems']
type Form = { readonly consent: string; readonly code: string }
/** `isUnsure`: an answer that came too late may be of a withdrawal that was written. */
type Problem = { text: string; isUnsure: boolean; inNumber: boolean; inCode: boolean }
type Outcome = { heading: string; text: string; href: string | undefined }
type State = { consent: string; problem?: Problem; outcome?: Outcome }

const NUMBER = /^\d{1,15}$/
const CODE = /^[A-Za-z0-9_-]{20,400}$/
/** A number and a code of 400 characters, every character escaped. */
const FORM_BYTES_MAX = 4_096

/** Registers `/withdraw`. */
export function withdrawalPages(app: FastifyInstance, site: Site, { withdraw }: WithdrawalDeps): void {
  void app.register(async (own) => {
    // A form and nothing else: members of another body need not be texts.
    own.removeAllContentTypeParsers()
    own.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
      (_request, body, done) => done(null, formOf(body as string)),
    )
    own.get<{ Querystring: { consent?: unknown } }>('/withdraw', { schema: { hide: true } }, async (request, reply) => {
      const { consent } = request.query
      const known = typeof consent === 'string' && NUMBER.test(consent) ? consent : ''
      return await send(site, request, reply, { consent: known })
    })
    own.post<{ Body: Form | undefined }>('/withdraw', { schema: { hide: true } }, async (request, reply) => {
      const { consent = '', code = '' } = request.body ?? {}
      const { words, status } = await answerOf(withdraw, { consent, code })
      return await send(site, request, reply.code(status), words(WITHDRAW_WORDS[pageContext(site, request).lang]))
    })
  })
}

/** What was typed, without the spaces and line ends that come with pasting. */
function formOf(body: string): Form {
  const form = new URLSearchParams(body)
  const member = (name: string): string => (form.get(name) ?? '').replace(/\s/g, '')
  return { consent: member('consent').slice(0, 16), code: member('code') }
}

type Answer = { status: number; words: (c: WithdrawWords) => State }

async function answerOf(withdraw: WithdrawalDeps['withdraw'], { consent, code }: Form): Promise<Answer> {
  if (!NUMBER.test(consent)) return refused('number_missing', 400, consent)
  if (!CODE.test(code)) return refused('code_missing', 400, consent)
  try {
    const { index, erased } = await withdraw(Number(consent), code)
    return { status: 200, words: (c) => ({ consent, outcome: doneOutcome(c, index, erased) }) }
  } catch (thrown) {
    const error = outageRefusal(thrown) ?? thrown
    if (!(error instanceof AppError)) throw error
    const status = STATUS_OF_CODE[error.code] ?? 400
    if (error.code === 'consent_settled') return { status, words: (c) => ({ consent, outcome: settled(c, consent) }) }
    if (error.code === 'not_found' || error.code === 'code_unknown') return refused(error.code, status, consent)
    if (status === 503) return refused('busy', status, consent)
    throw error
  }
}

const IN_NUMBER: readonly Fault[] = ['number_missing', 'not_found', 'code_unknown']
const IN_CODE: readonly Fault[] = ['code_missing', 'code_unknown']

function refused(fault: Fault, status: number, consent: string): Answer {
  const at = { isUnsure: fault === 'busy', inNumber: IN_NUMBER.includes(fault), inCode: IN_CODE.includes(fault) }
  return { status, words: (c) => ({ consent, problem: { text: fill(c.problems[fault], { n: consent }), ...at } }) }
}

function doneOutcome(c: WithdrawWords, index: number, erased: number): Outcome {
  const text = erased === 0 ? c.doneNone : erased === 1 ? c.doneOne : fill(c.doneMany, { n: erased })
  return { heading: c.doneHeading, text, href: `/e/${index}` }
}

function settled(c: WithdrawWords, consent: string): Outcome {
  return { heading: c.settledHeading, text: fill(c.settled, { n: consent }), href: undefined }
}

async function send(site: Site, request: FastifyRequest, reply: FastifyReply, state: State): Promise<FastifyReply> {
  const context = pageContext(site, request)
  return await reply
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(site.templates('withdraw', templateOf(context, state)))
}

function templateOf({ base, lang, words, carried }: PageContext, state: State): Record<string, unknown> {
  const c = WITHDRAW_WORDS[lang]
  return {
    ...base,
    title: `${state.outcome?.heading ?? c.title} · ${words.site.siteName}`,
    noindex: true,
    c,
    action: carryQuery('/withdraw', carried),
    consent: state.consent,
    problemHeading: state.problem?.isUnsure === true ? c.unsureHeading : c.problemHeading,
    problem: state.problem?.text,
    inNumber: state.problem?.inNumber,
    inCode: state.problem?.inCode,
    outcome: state.outcome,
  }
}
