/**
 * Whose log it is: the check `log`. Roots and times come from a contract that nobody can exchange behind the reader's
 * back, because the log id that came from outside pins it.
 */
import { chainQuestions } from './findings.ts'
import type { Findings, VerifyOptions } from './findings.ts'
import { isTestChain } from './anchor.ts'
import { logId, parseLogId } from './log-id.ts'
import { CheckFailure, held, partly } from './verdict.ts'
import type { Finding } from './verdict.ts'

/** `log`: one origin and one contract throughout, and the log id that they make is the one from outside. */
export function checkLog(findings: Findings): Finding {
  const { bundle, options } = findings
  const name = bundle.vkey.slice(0, Math.max(0, bundle.vkey.indexOf('+')))
  if (name !== bundle.origin) throw new CheckFailure('origin_differs')
  const questions = chainQuestions(bundle)
  if (questions === undefined) return partly('unrecognised', 'contract_unknown')
  const { chainId, contract } = questions
  if (bundle.anchors.some((anchor) => anchor.chainId !== chainId || anchor.contract !== contract)) {
    throw new CheckFailure('contracts_differ')
  }
  return recognise({ origin: bundle.origin, chainId, contract }, options)
}

/**
 * Whether a log is the one that the verifier means: its log id came from outside, and its chain is not one that anybody
 * can run at home.
 */
export function recognise(
  log: { origin: string; chainId: number; contract: string },
  { logId: given, allowTestChain, testChain }: VerifyOptions,
): Finding {
  const isTest = testChain === true || isTestChain(log.chainId)
  const facts = { logId: logId(log), chainId: log.chainId, testChain: isTest }
  if (given === undefined || given === '') return partly('unrecognised', 'log_id_missing', facts)
  if (!isLogId(given, facts.logId)) return partly('unrecognised', 'log_id_other', facts)
  return isTest && allowTestChain !== true ? partly('unrecognised', 'test_chain', facts) : held(facts)
}

/** Whether what somebody typed is this log id. */
export function isLogId(typed: string, id: string): boolean {
  try {
    return parseLogId(typed) === id
  } catch {
    return false
  }
}
