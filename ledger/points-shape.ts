/**
 * The shape of what the entries of a points stream say: one check for each type. Entries may come from a log that somebody
 * else keeps, so nothing about them is taken on trust: what does not have the shape of its type is no such entry.
 * Specification: README.md, "Types of a programme" (ER2, L1).
 */
import { isDigest, isSlug } from './entry.ts'
import type { Entry } from './entry.ts'
import { isInstant } from './instant.ts'
import { isJsonObject } from './json.ts'
import type { JsonValue } from './json.ts'
import { ACTIVITIES, POINTS_MAX, PROPOSAL_MOVES, REVIEWER_ROLES } from './points-data.ts'
import type { BallotOption, PointsData, PointsType } from './points-data.ts'
import { amountOf, postingsOf } from './postings.ts'
import type { Posting } from './postings.ts'
import { isSize } from './tree.ts'

type Check = (value: JsonValue | undefined) => boolean
type Shape = { readonly [member: string]: Check }

const isText: Check = (value) => typeof value === 'string'
const isCount: Check = isSize
const isPoints: Check = (value) => isSize(value) && value > 0 && value <= POINTS_MAX
const isVersion: Check = (value) => isSize(value) && value > 0
const isMonths: Check = (value) => isSize(value) && value > 0 && value <= 1200
const isDays: Check = (value) => isSize(value) && value <= 366
const isTrue: Check = (value) => value === true
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value)
/** An object with all of `required`, any of `optional`, and nothing else. */
const exactly =
  (required: Shape, optional: Shape = {}): Check =>
  (value) =>
    isJsonObject(value) &&
    Object.keys(required).every((name) => required[name]!(value[name])) &&
    Object.keys(value).every((name) => name in required || (optional[name]?.(value[name]) ?? false))
const eitherOf =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value))
/** An object with all of `required`; those of `optional` that it has are well formed; what else it has is not read. */
const having =
  (required: Shape, optional: Shape = {}): Check =>
  (value) =>
    isJsonObject(value) &&
    Object.keys(required).every((name) => required[name]!(value[name])) &&
    Object.keys(optional).every((name) => value[name] === undefined || optional[name]!(value[name]))
const isName = exactly({ 'zh-CN': isText, en: isText })
const isExpiry = eitherOf(exactly({ months: isMonths }), exactly({ never: isTrue }))
const isPostings: Check = (value) => Array.isArray(value)

const TERMS = { version: isVersion, text: isName, noCash: isName, expiry: isExpiry }
const CITED = { rule: isSlug, version: isVersion, ruleIndex: isCount, source: isCount }
const MOVING = { postings: isPostings }
const REASON = { reason: isText }
const BALLOT = { ballot: isCount }
const REWARD = having(
  {
    reward: isSlug,
    version: isVersion,
    title: isName,
    text: isName,
    conditions: isName,
    cost: isPoints,
    capacity: isVersion,
    from: isInstant,
    until: isInstant,
    valueClass: isText,
    allocation: oneOf('first_come'),
  },
  { eventOn: isText },
)
const RESOLVED = having({ redemption: isCount, reward: isSlug, ...MOVING }, REASON)
const ENDED = having({ grant: isCount, ...MOVING }, REASON)
const STEP = having(BALLOT, REASON)
const isOption = exactly({ id: isSlug, title: isName })
const isOptions: Check = (value) =>
  Array.isArray(value) &&
  value.length > 1 &&
  value.every(isOption) &&
  new Set(value.map((option) => (option as BallotOption).id)).size === value.length
const isVotes = exactly({ option: isSlug, votes: isCount })

const SHAPES: Readonly<Record<PointsType, Check>> = {
  'programme.opened': having({
    id: isSlug,
    name: isName,
    brandName: isName,
    original: oneOf('zh-CN', 'en'),
    terms: exactly({ ...TERMS, version: (value) => value === 1 }),
  }),
  'terms.published': having({ ...TERMS, validFrom: isInstant }),
  // ER2: closed, so that there is no place for a rating, a stance, the choice in a vote, silence or the deletion of a text.
  'rule.published': exactly(
    {
      rule: isSlug,
      version: isVersion,
      activity: oneOf(...ACTIVITIES),
      title: isName,
      text: isName,
      earns: eitherOf(exactly({ points: isPoints }), exactly({ pointsMax: isPoints }), exactly({ vote: isTrue })),
      reviewerRole: oneOf(...REVIEWER_ROLES),
      pendingDays: isDays,
      validFrom: isInstant,
    },
    { perHolderMax: isPoints, validUntil: isInstant, expiryMonths: isMonths },
  ),
  'rule.withdrawn': having({ rule: isSlug, version: isVersion }),
  'holder.opened': having({}),
  'grant.pending': having({ ...CITED, ...MOVING, amount: isPoints, deadline: isInstant }),
  'grant.posted': eitherOf(
    having({ ...CITED, ...MOVING, amount: isPoints }, { expiresAt: isInstant }),
    having({ grant: isCount, ...MOVING }, { expiresAt: isInstant }),
  ),
  'grant.voided': ENDED,
  'grant.lapsed': ENDED,
  'grant.reversed': having({ grant: isCount, amount: isPoints, ...REASON, ...MOVING }),
  'points.expiring': having({ expiresAt: isInstant, holders: isVersion, amount: isVersion }),
  'points.expired': having({ expiresAt: isInstant, ...MOVING }),
  'points.liabilities': having({
    programme: isSlug,
    size: isVersion,
    leaves: isVersion,
    root: isDigest,
    sum: isCount,
  }),
  'reward.published': REWARD,
  'reward.amended': REWARD,
  'reward.closed': having({ reward: isSlug }, REASON),
  'redemption.held': having({
    reward: isSlug,
    version: isVersion,
    rewardIndex: isCount,
    amount: isPoints,
    holdUntil: isInstant,
    ...MOVING,
  }),
  'redemption.confirmed': RESOLVED,
  'redemption.released': RESOLVED,
  'redemption.refunded': RESOLVED,
  'proposal.submitted': having({ answerDue: isInstant }),
  'proposal.moved': having(
    { proposal: isCount, to: oneOf(...PROPOSAL_MOVES) },
    { into: isCount, improvement: isCount },
  ),
  'proposal.answer_missed': having({ proposal: isCount, due: isInstant }),
  'entitlement.granted': having({ ...CITED, ...BALLOT }),
  'ballot.drafted': having({
    question: isName,
    options: isOptions,
    choice: oneOf('single', 'approval'),
    opensAt: isInstant,
    closesAt: isInstant,
    splitMin: isVersion,
  }),
  'ballot.frozen': having({ ...BALLOT, eligible: isCount, root: isDigest }),
  'ballot.opened': STEP,
  'ballot.cast': having(BALLOT),
  'ballot.closed': STEP,
  'ballot.tallied': eitherOf(
    exactly({
      ...BALLOT,
      casts: isCount,
      counted: isCount,
      eligible: isCount,
      list: isHex,
      counts: (value) => Array.isArray(value) && value.every(isVotes),
    }),
    exactly({ ...BALLOT, casts: isCount, counted: isCount, eligible: isCount, list: isHex, belowMinimum: isTrue }),
  ),
  'ballot.challenged': STEP,
  'ballot.finalised': STEP,
}

function isHex(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

/** Whether this is a type of the list that stands in points streams. */
export function isPointsType(type: string): type is PointsType {
  return Object.prototype.hasOwnProperty.call(SHAPES, type)
}

/** What an entry of a points stream says, by its type, and what it moves. */
export type Told = {
  readonly [Type in PointsType]: {
    readonly type: Type
    readonly data: PointsData[Type]
    readonly postings: readonly Posting[]
  }
}[PointsType]

/**
 * What an entry says; undefined when it is of another type, when its members do not have the shape of its type, or when its
 * postings are not lawful or not of the amount that it names.
 */
export function pointsDataOf(entry: Pick<Entry, 'type' | 'data'>): Told | undefined {
  const { type, data } = entry
  if (!isPointsType(type) || !SHAPES[type](data)) return undefined
  const postings = postingsOf(entry)
  if (postings === undefined) return undefined
  const { amount } = data
  if (postings.length > 0 && amount !== undefined && amountOf(postings) !== amount) return undefined
  return { type, data, postings } as unknown as Told
}
