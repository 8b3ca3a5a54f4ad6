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
  if (name !== bundle.origin) {
    throw new CheckFailure('origin_differs', 'the signing key is of another log than the bundle says')
  }
  const questions = chainQuestions(bundle)
  if (questions === undefined) {
    return partly('unrecognised', 'contract_unknown', 'The bundle names no contract, so it has no log id.')
  }
  const { chainId, contract } = questions
  if (bundle.anchors.some((anchor) => anchor.chainId !== chainId || anchor.contract !== contract)) {
    throw new CheckFailure('contracts_differ', 'the anchors are of more than one contract')
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
  const facts = { logId: logId(log), chainId: log.chainId }
  if (given === undefined || given === '') {
    const reason = 'No log id was given, so it can only be said that the record agrees with itself.'
    return partly('unrecognised', 'log_id_missing', reason, facts)
  }
  if (!isLogId(given, facts.logId)) {
    return partly('unrecognised', 'log_id_other', 'The log id given is not the one of this log.', facts)
  }
  if (!isTestChain(log.chainId) && testChain !== true) return held('The log id given is the one of this log.', facts)
  if (allowTestChain === true) {
    return held(`The log id given is the one of this log; its chain ${log.chainId} is a test chain, as allowed.`, facts)
  }
  const reason = `The log id given is the one of this log, but anybody can make its chain ${log.chainId} at home.`
  return partly('unrecognised', 'test_chain', reason, facts)
}

/** Whether what somebody typed is this log id. */
export function isLogId(typed: string, id: string): boolean {
  try {
    return parseLogId(typed) === id
  } catch {
    return false
  }
}
