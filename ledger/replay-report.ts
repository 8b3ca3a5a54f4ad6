/**
 * The report on a whole log: what its entries broke (L1–L5, L7), and how it agrees with its signed checkpoint and with
 * the contract (L6). Specification: README.md, "Replay".
 */
import type { AnchorRecord } from './anchor.ts'
import { base64url, equalBytes } from './bytes.ts'
import { parseCheckpoint } from './checkpoint.ts'
import type { VerifyOptions } from './findings.ts'
import { formatInstant } from './instant.ts'
import { logId } from './log-id.ts'
import type { LogIdentity } from './log-id.ts'
import { openNote, parseNote } from './note.ts'
import type { Verifier } from './note.ts'
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
  'chain',
  'times',
  'fresh',
] as const

/** The name of a check of a whole log. */
export type ReplayCheckName = (typeof REPLAY_CHECKS)[number]

/** The rules that an entry can break as it comes by. */
export type ReplayRule = 'L1' | 'L2' | 'L3' | 'L4' | 'L5' | 'L7'

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
  const rule = (name: ReplayRule, holds: string): Check<ReplayCheckName> =>
    runCheck(name, [], () => ruleFinding(state, name, holds))
  const checks: Check<ReplayCheckName>[] = [
    runCheck('log', [], () => checkContract(contract, options)),
    runCheck('signature', [], () => checkSignature(state, checkpoint, newest, history !== undefined)),
    runCheck('root', [], () => checkRoot(state, checkpoint)),
    rule('L1', `All ${state.size} entries are canonical.`),
    rule('L2', `All ${state.streams} streams are numbered from 1 without a gap, linked, and of one brand each.`),
    rule('L3', 'The time of recording never decreases.'),
    rule('L4', 'Every heads entry counts all streams as they were.'),
    rule('L5', 'Every stream was opened once, by an earlier entry, where it belongs.'),
    runCheck('L6', [], () => (history === undefined ? notAsked(options.chainError) : checkAnchored(state, anchors))),
    runCheck('L7', [], () => checkMisses(state, newest)),
    runCheck('chain', [], () => checkHistory(state, history, options)),
    runCheck('times', [], () =>
      history === undefined ? notAsked(options.chainError) : checkBlockTimes(state, anchors),
    ),
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
  return partly('unrecognised', 'contract_unknown', 'The log names no contract, so it has no log id.')
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
    throw new CheckFailure('origin_differs', 'the checkpoint is of another log than the entries')
  }
  const signedBy = state.keys.filter(({ verifier }) => opened.verified.includes(verifier)).map(({ index }) => index)
  const index = Math.min(...signedBy)
  const signed = `The checkpoint of ${size} entries is signed by the key that entry ${index} names`
  if (newest !== undefined && index < newest.size) return held(`${signed}.`, { size, index })
  if (!wasAsked) return partly('not checked', 'chain_not_asked', `${signed}.`, { size, index })
  return partly('unrecognised', 'key_not_anchored', `${signed}, but no anchor is known that covers that entry.`, {
    index,
  })
}

/** `root`: the checkpoint is of exactly the entries read. */
function checkRoot(state: ReplayState, note: Uint8Array | string): Finding {
  const { size, root } = parseCheckpoint(parseNote(note).text)
  if (size !== state.size) {
    throw new CheckFailure('root_mismatch', `the checkpoint is of ${size} entries, and ${state.size} were read`)
  }
  if (!equalBytes(root, state.root)) {
    throw new CheckFailure('root_mismatch', `the ${size} entries do not have the root that the checkpoint signs`)
  }
  return held(`The ${size} entries have the root that the checkpoint signs.`, { size })
}

function ruleFinding({ faults }: ReplayState, rule: ReplayRule, holds: string): Finding {
  const fault = faults.get(rule)
  if (fault === undefined) return held(holds)
  const { failure, times } = fault
  if (times === 1 || !(failure instanceof CheckFailure)) throw failure
  throw new CheckFailure(failure.code, `${failure.message} (the first of ${times} such entries)`, failure.entry, {
    times,
  })
}

/** L6: every anchored state is a state of this log, and ends with a heads entry. */
function checkAnchored(state: ReplayState, anchors: readonly AnchorRecord[]): Finding {
  for (const { size, root } of anchors) {
    const found = state.anchorable.get(size)
    if (found === undefined) {
      const message = `the anchored state of size ${size} does not end with a heads entry`
      throw new CheckFailure('not_heads', message, size - 1, { size })
    }
    if (!equalBytes(found.root, root)) {
      throw new CheckFailure('root_mismatch', `the first ${size} entries do not have the anchored root`, undefined, {
        size,
      })
    }
  }
  const newest = anchors[anchors.length - 1]?.size ?? 0
  const pending = state.size - newest
  const all = `All ${anchors.length} anchored states are states of this log`
  if (pending === 0) return held(`${all}, and the last is the whole of it.`, { anchors: anchors.length })
  const reason = `${all}; the last ${pending} entries are not anchored yet.`
  return partly('pending', 'not_anchored', reason, { anchors: anchors.length, pending })
}

/** L7: every due time of a live crisis before the newest anchor has its outcome or its miss. */
function checkMisses(state: ReplayState, newest: AnchorRecord | undefined): Finding {
  const heads = state.anchorable.get(newest?.size ?? lastKey(state.anchorable))
  const finding = ruleFinding(state, 'L7', 'Every promise that fell due has its outcome or is marked missed.')
  if (heads === undefined) return finding
  const before = missesBefore(heads.recordedAt)
  for (const audit of state.promises.values()) {
    const [missing] = audit.missing(before)
    if (missing !== undefined) throw missFailure(missing)
  }
  return finding
}

function lastKey(states: ReadonlyMap<number, unknown>): number {
  return [...states.keys()].pop() ?? 0
}

/** `chain`: the contract is the one of this log. That its roots are ours is L6. */
function checkHistory(state: ReplayState, history: AnchorHistory | undefined, options: ReplayOptions): Finding {
  if (history === undefined) return notAsked(options.chainError)
  assertOrigin(history, state.origin)
  return held(`The contract is the one of this log and has ${history.anchors.length} anchors.`, {
    anchors: history.anchors.length,
  })
}

/** `times`: nothing under an anchor is recorded later than its block. That nothing is recorded earlier is L3. */
function checkBlockTimes(state: ReplayState, anchors: readonly AnchorRecord[]): Finding {
  for (const anchor of anchors) {
    const heads = state.anchorable.get(anchor.size)
    if (heads !== undefined) assertNotLater(anchor.size - 1, heads.recordedAt, anchor)
  }
  const [first] = anchors
  if (first === undefined) return held('Nothing is anchored yet.')
  const since = formatInstant(first.timestamp * 1000)
  const reason = `No entry is recorded later than the anchor above it. Nothing is provable since before ${since}.`
  return held(reason, { since: first.timestamp })
}

function checkLatest(
  history: AnchorHistory | undefined,
  newest: AnchorRecord | undefined,
  options: ReplayOptions,
): Finding {
  if (history === undefined) return notAsked(options.chainError)
  return freshness(history.anchors[history.anchors.length - 1], newest)
}
