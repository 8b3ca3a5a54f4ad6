/**
 * The English for what a verification found: one sentence for each outcome of each check, made of its code and facts.
 * It stands apart from the checks, so that a page that tells the same in words of its own does not carry it.
 */
import { formatInstant } from './instant.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { POINTS_HELD, POINTS_SENTENCES } from './points-reason.ts'
import type { Check, CheckCode } from './verdict.ts'

/** A check with the sentence that says what it found. */
export type ReasonedCheck<Name extends string = string> = Check<Name> & { reason: string }

/** `{name}` in a text is the fact of that name; `{entry}` is the entry that the check is about. */
type Sentence = string | ((facts: JsonObject) => string)

/** What a check found, in one or two English sentences. */
export function reasonOf({ name, code, entry, facts }: Check): string {
  const all: JsonObject = entry === undefined ? facts : { ...facts, entry }
  const sentence = CHECKS[`${name} ${code}`] ?? CODES[code] ?? refused
  const text = typeof sentence === 'string' ? sentence : sentence(all)
  const filled = text.replace(/\{(\w+)\}/g, (_, fact: string) => shown(all[fact]))
  const times = all['times'] === undefined ? '' : ` It is the first of ${shown(all['times'])} such entries.`
  return `${filled.charAt(0).toUpperCase()}${filled.slice(1)}${times}`
}

/** The checks of a report, each with its reason. */
export function withReasons<Name extends string>(checks: readonly Check<Name>[]): ReasonedCheck<Name>[] {
  return checks.map((check) => ({ ...check, reason: reasonOf(check) }))
}

/** What a part of the core refused, in its own words. */
const refused = ({ entry, detail }: JsonObject): string =>
  `${entry === undefined ? '' : 'Entry {entry}: '}{detail}${shown(detail).endsWith('.') ? '' : '.'}`

const timeOf = (timestamp: JsonValue | undefined): string => formatInstant(Number(timestamp) * 1000)
const signed = 'The checkpoint of {size} entries is signed by the key that entry {index} names'
const notAnchoredYet = 'Nothing is anchored yet.'
const missesHeld: Sentence = ({ anchored, promises, before }) => {
  if (anchored === false) return 'Nothing is anchored yet that could have fallen due.'
  if (promises === false) return 'This stream makes no promises.'
  return before === undefined
    ? 'Every promise that fell due has its outcome or is marked missed.'
    : 'Every promise that fell due before {before} has its outcome or is marked missed.'
}

/** Sentences of one check. */
const CHECKS: Readonly<Record<string, Sentence>> = {
  'format held': ({ receipt }) =>
    `This is a ${receipt === true ? 'receipt' : 'bundle'} of {entries} entries and {anchors} anchors.`,
  'log held': ({ testChain }) =>
    testChain === true
      ? 'The log id given is the one of this log; its chain {chainId} is a test chain, as allowed.'
      : 'The log id given is the one of this log.',
  'log origin_differs': 'The signing key is of another log than the bundle says.',
  'signature held': `${signed}.`,
  'signature chain_not_asked': `${signed}.`,
  'entries held': ({ unjudged, receipt }) =>
    receipt === true
      ? 'The {entries} entries are of one programme, in the order of the log.'
      : `The {entries} entries are numbered 1 to {entries} without a gap and linked.${
          unjudged === 0 ? '' : ' {unjudged} also carry a signature of their actor, whose key is not in this bundle.'
        }`,
  'inclusion held': 'All {entries} entries stand in the log of {size} entries.',
  'disclosures held': '{texts} texts are those that were recorded; {erased} are registered as erased.',
  'heads held': 'The newest anchor ends with the heads of all {streams} streams below {size}.',
  'heads not_covered': 'The newest anchor counts only what is below {size}: not this stream.',
  'heads heads_missing': 'The bundle has no heads for the {counted} entries that the anchor counts.',
  'complete held': 'These are all {counted} of {counted} entries of the stream as of size {size}.',
  'complete heads_missing': 'The heads do not say how many entries there are.',
  'complete not_anchored': 'No anchor says yet how many entries the stream has.',
  'complete not_covered': ({ counted }) =>
    counted === 0
      ? 'All {pending} entries are newer than what the newest anchor counts.'
      : 'These are all {counted} of {counted} entries of the stream as of size {size}; {pending} newer ones are not counted yet.',
  'anchors held': 'The log of {size} entries begins with each of the {anchors} anchored states.',
  'anchors root_mismatch': (facts) =>
    facts['size'] === undefined
      ? refused(facts)
      : 'The anchor of size {size} is not an earlier state of this log: {detail}.',
  'chain held': ({ anchors }) =>
    anchors === 0
      ? 'The contract is the one of this log; there are no anchors yet.'
      : 'The contract is the one of this log and gives the same root and time for each of the {anchors} anchors.',
  'chain not_anchored': 'The contract never accepted an anchor of size {size}.',
  'times held': ({ anchors, since }) => {
    if (anchors === 0) return notAnchoredYet
    return since === undefined
      ? 'Every entry was recorded between the two anchors around it.'
      : `No entry is recorded later than the anchor above it. Nothing is provable since before ${timeOf(since)}.`
  },
  'promises held': missesHeld,
  'fresh held': ({ size }) =>
    size === undefined
      ? 'The contract has no anchors yet.'
      : 'No anchor of the contract is more than an hour newer than the newest one here.',
  'fresh not_anchored': 'The contract says that it has no anchor at all.',
  'fresh chain_differs': "The contract's latest anchor is of size {size}, older than the newest here.",
  'root held': 'The {size} entries have the root that the checkpoint signs.',
  'root root_mismatch': ({ size, read }) =>
    size === read
      ? 'The {size} entries do not have the root that the checkpoint signs.'
      : 'The checkpoint is of {size} entries, and {read} were read.',
  'L1 held': 'All {size} entries are canonical.',
  'L2 held': 'All {streams} streams are numbered from 1 without a gap, linked, and of one brand each.',
  'L3 held': 'The time of recording never decreases.',
  'L4 held': 'Every heads entry counts all streams as they were.',
  'L5 held': 'Every stream was opened once, by an earlier entry, where it belongs.',
  'L6 held': 'All {anchors} anchored states are states of this log, and the last is the whole of it.',
  'L6 not_anchored':
    'All {anchors} anchored states are states of this log; the last {pending} entries are not anchored yet.',
  'L6 not_heads': 'The anchored state of size {size} does not end with a heads entry.',
  'L6 root_mismatch': 'The first {size} entries do not have the anchored root.',
  'L7 held': missesHeld,
  'L9 held': 'Every programme follows its rules, each anchored before its use, and owes what it says.',
  ...POINTS_HELD,
  'L10 held': 'Every signature of an actor is by a key that the brand had in force.',
  'L8 held': 'Every seal that was opened holds the text that was sealed.',
}

/** Sentences of a code in any check. Codes that are not here are refusals, which bring a message along. */
const CODES: Readonly<Partial<Record<CheckCode, Sentence>>> = {
  skipped: 'Not possible, because the check "{lacking}" did not hold.',
  log_id_missing: 'No log id was given, so it can only be said that the record agrees with itself.',
  log_id_other: 'The log id given is not the one of this log.',
  test_chain: 'The log id given is the one of this log, but anybody can make its chain {chainId} at home.',
  contract_unknown: 'The log names no contract, so it has no log id.',
  contracts_differ: 'The anchors are of more than one contract.',
  origin_differs: 'The checkpoint is of another log.',
  key_not_named: 'Entry {entry} does not name the signing key.',
  key_not_anchored: `${signed}, but no anchor here covers that entry: anybody could have written it.`,
  entries_missing: 'The bundle has no entries.',
  stream_differs: 'Entry {entry} is not of the stream {stream}.',
  brand_differs: 'Entry {entry} is of another brand than its stream {stream}.',
  seq_broken: 'Entry {entry} is number {seq} of {stream}, where {follows} follows.',
  prev_broken: 'Entry {entry} is not linked to the entry before it in {stream}.',
  index_order: 'Entry {entry} stands before entry {before} in the log.',
  time_backward: ({ later }) =>
    later === undefined
      ? 'Entry {entry} is recorded earlier than the entry before it.'
      : 'Entry {entry} claims to be recorded later than entry {later} after it.',
  actor_signature: 'The signature of the actor of entry {entry} does not verify.',
  actor_key_unknown: 'Entry {entry} is signed, but its brand had no key of this actor in force.',
  text_withheld: 'Texts of entry {entry} are withheld, neither shown nor registered as erased: {withheld}.',
  seal_unknown: 'Entry {entry} opens the seal of entry {seal}, which no earlier entry of the stream made.',
  seal_differs: 'Entry {entry} opens the seal of entry {seal} with another text than was sealed.',
  disclosure_unknown: 'A text of entry {entry} is not the one that was recorded.',
  disclosure_repeated: 'A text of entry {entry} is given twice.',
  not_anchored: notAnchoredYet,
  heads_not_anchored: ({ last }) =>
    last === undefined
      ? 'There are heads at {entry} without an anchor.'
      : 'The newest anchor ends with entry {last}, not with the heads at {entry}.',
  count_differs: 'The heads do not confirm that the stream has {counted} entries below {size}, ending with these.',
  not_heads: 'Entry {entry} is not the heads of the streams.',
  anchor_order: 'The anchor of size {size} does not follow the one of size {before}.',
  chain_not_asked: ({ why, size }) =>
    `The chain was not asked${size === undefined ? '' : ' about the anchor of size {size}'}${why === undefined ? '' : ' ({why})'}.`,
  anchor_of_other_log: ({ isThere }) =>
    isThere === true
      ? 'The contract anchors another log.'
      : 'There is no such contract at {contract} on chain {chainId}.',
  chain_differs: 'The contract has another {differing} for the anchor of size {size}.',
  anchor_left_out: 'The contract has an anchor of size {size} that lies nearer to entry {entry}; it is left out.',
  no_earlier_anchor: ({ since }) =>
    `No anchor of this log is older than the first entries: they are provable only since ${timeOf(since)}.`,
  later_than_anchor:
    'Entry {entry} claims to be recorded at {recordedAt}, later than the anchor of size {size} that covers it.',
  earlier_than_anchor:
    'Entry {entry} claims to be recorded before {recordedAt}, but the anchor of size {size} does not have it.',
  miss_missing: 'The promise {promise} of entry {madeBy} fell due at {due} and has neither outcome nor miss.',
  newer_anchor: 'The contract has a newer anchor than this: entries may have been added since. Fetch it again.',
  heads_order: 'The heads at {entry} count {size} entries, as many as before.',
  heads_mismatch: ({ counted, streams }) =>
    counted === streams
      ? 'The heads at {entry} are not those of the {streams} streams below {size}.'
      : 'The heads at {entry} count {counted} streams below {size}; there are {streams}.',
  stream_not_opened: ({ entry, stream, opens }) => {
    if (stream !== undefined) return 'Entry {entry} begins {stream}, which no earlier entry opened.'
    if (opens !== undefined) return 'Entry {entry} opens no stream that can be opened.'
    return entry === 0 ? 'The first entry does not open the log.' : 'Entry {entry} opens the log a second time.'
  },
  ...POINTS_SENTENCES,
  opened_elsewhere: 'Entry {entry} opens {opens} in {stream}, where it does not belong.',
  stream_opened_twice: 'Entry {entry} opens {opens} a second time, after entry {before}.',
}

function shown(fact: JsonValue | undefined): string {
  if (Array.isArray(fact)) return fact.map(shown).join(' and ')
  return typeof fact === 'string' ? fact : JSON.stringify(fact)
}
