/**
 * The report on a whole log: what its entries broke (L1–L5, L7–L10), and how it agrees with its signed checkpoint and with
 * the contract (L6). Specification: README.md, "Replay".
 */
import type { AnchorRecord } from './anchor.ts'
import { base64url, equalBytes } from './bytes.ts'
import { parseCheckpoint } from './checkpoint.ts'
import type { VerifyOptions } from './findings.ts'
import { logId } from './log-id.ts'
import type { LogIdentity } from './log-id.ts'
import { openNote, parseNote } from './note.ts'
import type { Verifier } from './note.ts'
import type { ProgrammeReplay } from './programme-replay.ts'
import type { PromiseAudit } from './promises.ts'
import { CheckFailure, held, partly, runCheck, worstVerdict } from './verdict.ts'
import type { Check, Finding, Verdict } from './verdict.ts'
import { assertNotLater, assertOrigin, freshness, notAsked } from './verify-anchors.ts'
import { recognise } from './verify-log.ts'
import { missFailure, missesBefore } from './verify-record.ts'

/** The checks of a whole log, in their order. */
export const REPLAY_CHECKS = [
  'log',
  'signature',
  'root',
  'L1',
  'L2',
  'L3',
  'L4',
  'L5',
  'L6',
  'L7',
  'L8',
  'L9',
  'L10',
  'chain',
  'times',
  'fresh',
] as const

/** The name of a check of a whole log. */
export type ReplayCheckName = (typeof REPLAY_CHECKS)[number]

/** The rules that an entry can break as it comes by. */
export type ReplayRule = 'L1' | 'L2' | 'L3' | 'L4' | 'L5' | 'L7' | 'L8' | 'L9' | 'L10'

/** All that one contract holds, by number, asked by the verifier itself. `origin`: undefined when it is not there. */
export type AnchorHistory = { chainId: number; contract: string; origin: string | undefined; anchors: AnchorRecord[] }

/** What the verifier brings along, with every anchor of the contract in place of single answers. */
export type ReplayOptions = Omit<VerifyOptions, 'chain'> & { history?: AnchorHistory | undefined }

/** What is known about a whole log. `root`: of the entries read, base64url. `anchored`: its newest anchored state. */
export type ReplayReport = {
  verdict: Verdict
  checks: Check<ReplayCheckName>[]
  origin?: string
  logId?: string
  size: number
  streams: number
  root: string
  anchored?: { size: number; timestamp: number; anchors: number }
}

/** What reading the entries has left. `anchorable`: the states that end with a heads entry, by size. */
export type ReplayState = {
  size: number
  root: Uint8Array
  streams: number
  origin: string | undefined
  faults: Map<ReplayRule, { failure: Error; times: number }>
  keys: { index: number; verifier: Verifier }[]
  anchorable: Map<number, { root: Uint8Array; recordedAt: string }>
  promises: Map<string, PromiseAudit>
  programmes: Map<string, ProgrammeReplay>
}

/** Makes the checks that need the whole log, and the report. */
export function replayReport(
  state: ReplayState,
  contract: LogIdentity | undefined,
  checkpoint: Uint8Array | string,
  options: ReplayOptions,
): ReplayReport {
  const history = historyOf(contract, options)
  // What was anchored while the entries were being read is a matter of `fresh`.
  const anchors = (history?.anchors ?? []).filter(({ size }) => size <= state.size)
  const newest = anchors[anchors.length - 1]
  const rule = (name: ReplayRule): Check<ReplayCheckName> => runCheck(name, [], () => ruleFinding(state, name))
  const checks: Check<ReplayCheckName>[] = [
    runCheck('log', [], () => checkContract(contract, options)),
    runCheck('signature', [], () => checkSignature(state, checkpoint, newest, history !== undefined)),
    runCheck('root', [], () => checkRoot(state, checkpoint)),
    rule('L1'),
    rule('L2'),
    rule('L3'),
    rule('L4'),
    rule('L5'),
    runCheck('L6', [], () => (history === undefined ? notAsked(options) : checkAnchored(state, anchors))),
    runCheck('L7', [], () => checkMisses(state, newest)),
    rule('L8'),
    runCheck('L9', [], () => checkProgrammes(state, history === undefined ? undefined : anchors)),
    rule('L10'),
    runCheck('chain', [], () => checkHistory(state, history, options)),
    runCheck('times', [], () => (history === undefined ? notAsked(options) : checkBlockTimes(state, anchors))),
    runCheck('fresh', [], () => checkLatest(history, newest, options)),
  ]
  return {
    verdict: worstVerdict(checks.map(({ verdict }) => verdict)),
    checks,
    ...(state.origin === undefined ? {} : { origin: state.origin }),
    ...(contract === undefined ? {} : { logId: logId(contract) }),
    size: state.size,
    streams: state.streams,
    root: base64url(state.root),
    ...(newest === undefined
      ? {}
      : { anchored: { size: newest.size, timestamp: newest.timestamp, anchors: anchors.length } }),
  }
}

/** The history of this very contract: that of another one is none. */
function historyOf(contract: LogIdentity | undefined, { history }: ReplayOptions): AnchorHistory | undefined {
  return history?.chainId === contract?.chainId && history?.contract === contract?.contract ? history : undefined
}

function checkContract(contract: LogIdentity | undefined, options: ReplayOptions): Finding {
  if (contract !== undefined) return recognise(contract, options)
  return partly('unrecognised', 'contract_unknown')
}

/** `signature`: a key that an anchored entry of the log names has signed the checkpoint. */
function checkSignature(
  state: ReplayState,
  note: Uint8Array | string,
  newest: AnchorRecord | undefined,
  wasAsked: boolean,
): Finding {
  const opened = openNote(
    note,
    state.keys.map(({ verifier }) => verifier),
  )
  const { origin, size } = parseCheckpoint(opened.text)
  if (origin !== state.origin || opened.verified.some(({ name }) => name !== origin)) {
    throw new CheckFailure('origin_differs')
  }
  const signedBy = state.keys.filter(({ verifier }) => opened.verified.includes(verifier)).map(({ index }) => index)
  const index = Math.min(...signedBy)
  const facts = { size, index, anchored: newest?.size ?? 0 }
  if (index < facts.anchored) return held(facts)
  return wasAsked ? partly('unrecognised', 'key_not_anchored', facts) : partly('not checked', 'chain_not_asked', facts)
}

/** `root`: the checkpoint is of exactly the entries read. */
function checkRoot(state: ReplayState, note: Uint8Array | string): Finding {
  const { size, root } = parseCheckpoint(parseNote(note).text)
  const facts = { size, read: state.size }
  if (size !== state.size || !equalBytes(root, state.root)) throw new CheckFailure('root_mismatch', undefined, facts)
  return held(facts)
}

function ruleFinding({ faults, size, streams }: ReplayState, rule: ReplayRule): Finding {
  const fault = faults.get(rule)
  if (fault === undefined) return held({ size, streams })
  const { failure, times } = fault
  if (times === 1 || !(failure instanceof CheckFailure)) throw failure
  throw new CheckFailure(failure.code, failure.entry, { ...failure.facts, times })
}

/** L6: every anchored state is a state of this log, and ends with a heads entry. */
function checkAnchored(state: ReplayState, anchors: readonly AnchorRecord[]): Finding {
  for (const { size, root } of anchors) {
    const found = state.anchorable.get(size)
    if (found === undefined) throw new CheckFailure('not_heads', size - 1, { size })
    if (!equalBytes(found.root, root)) throw new CheckFailure('root_mismatch', undefined, { size })
  }
  const newest = anchors[anchors.length - 1]?.size ?? 0
  const facts = { anchors: anchors.length, pending: state.size - newest }
  return facts.pending === 0 ? held(facts) : partly('pending', 'not_anchored', facts)
}

/** L7: every due time of a live crisis before the newest anchor has its outcome or its miss. */
function checkMisses(state: ReplayState, newest: AnchorRecord | undefined): Finding {
  const heads = state.anchorable.get(newest?.size ?? lastKey(state.anchorable))
  const finding = ruleFinding(state, 'L7')
  if (heads === undefined) return finding
  const before = missesBefore(heads.recordedAt)
  for (const audit of state.promises.values()) {
    const [missing] = audit.missing(before)
    if (missing !== undefined) throw missFailure(missing)
  }
  return finding
}

/** L9: every programme follows its rules; what relies on an anchor relies on one that the contract has, if it was asked. */
function checkProgrammes(state: ReplayState, anchors: readonly AnchorRecord[] | undefined): Finding {
  const finding = ruleFinding(state, 'L9')
  const heads = state.anchorable.get(anchors?.[anchors.length - 1]?.size ?? lastKey(state.anchorable))
  for (const programme of state.programmes.values()) {
    const failure = programme.fault(anchors?.map(({ size }) => size))
    if (failure !== undefined) throw failure
    if (heads === undefined) continue
    const [missing] = programme.missingAnswers(missesBefore(heads.recordedAt))
    if (missing !== undefined) throw missFailure(missing)
    const overdue = programme.overdue(heads.recordedAt)
    if (overdue !== undefined) throw overdue
  }
  return finding
}

function lastKey(states: ReadonlyMap<number, unknown>): number {
  return [...states.keys()].pop() ?? 0
}

/** `chain`: the contract is the one of this log. That its roots are ours is L6. */
function checkHistory(state: ReplayState, history: AnchorHistory | undefined, options: ReplayOptions): Finding {
  if (history === undefined) return notAsked(options)
  assertOrigin(history, state.origin)
  return held({ anchors: history.anchors.length })
}

/** `times`: nothing under an anchor is recorded later than its block. That nothing is recorded earlier is L3. */
function checkBlockTimes(state: ReplayState, anchors: readonly AnchorRecord[]): Finding {
  for (const anchor of anchors) {
    const heads = state.anchorable.get(anchor.size)
    if (heads !== undefined) assertNotLater(anchor.size - 1, heads.recordedAt, anchor)
  }
  const [first] = anchors
  return held(first === undefined ? { anchors: 0 } : { since: first.timestamp })
}

function checkLatest(
  history: AnchorHistory | undefined,
  newest: AnchorRecord | undefined,
  options: ReplayOptions,
): Finding {
  if (history === undefined) return notAsked(options)
  return freshness(history.anchors[history.anchors.length - 1], newest)
}
