/**
 * Points streams for tests, made in memory: entries as the writer would make them, but without the log around them. The
 * fold and the rules look only at what an entry says and where it stands.
 */
import type { Entry } from '../../ledger/entry.ts'
import { formatInstant } from '../../ledger/instant.ts'
import type { JsonObject } from '../../ledger/json.ts'
import type { IndexedEntry } from '../../ledger/milestone.ts'
import type { Moment } from '../../ledger/points-rules.ts'
import { foldProgramme } from '../../ledger/programme.ts'
import type { ProgrammeState } from '../../ledger/programme.ts'

export const PROGRAMME = 'family'
export const POINTS = `points:${PROGRAMME}`
/** 2026-06-14T08:00:00.000Z */
export const OPENED_AT = '2026-06-14T08:00:00.000Z'
export const DAY_MS = 86_400_000
export const NAME = { 'zh-CN': '示例', en: 'Example' }

/** The data of `programme.opened`. */
export const openedData = (more: JsonObject = {}): JsonObject => ({
  id: PROGRAMME,
  name: NAME,
  brandName: NAME,
  original: 'zh-CN',
  terms: { version: 1, text: NAME, noCash: NAME, expiry: { months: 12 } },
  ...more,
})

/** The data of `rule.published`. */
export const ruleData = (more: JsonObject = {}): JsonObject => ({
  rule: 'report',
  version: 1,
  activity: 'defect_report',
  title: NAME,
  text: NAME,
  earns: { points: 100 },
  reviewerRole: 'staff',
  pendingDays: 0,
  validFrom: OPENED_AT,
  ...more,
})

/** The data of `reward.published`. */
export const rewardData = (more: JsonObject = {}): JsonObject => ({
  reward: 'visit',
  version: 1,
  title: NAME,
  text: NAME,
  conditions: NAME,
  cost: 60,
  capacity: 2,
  from: OPENED_AT,
  until: '2026-12-31T16:00:00.000Z',
  valueClass: 'low',
  allocation: 'first_come',
  ...more,
})

/** The data of `ballot.drafted`. */
export const ballotData = (more: JsonObject = {}): JsonObject => ({
  question: NAME,
  options: [
    { id: 'lid', title: NAME },
    { id: 'cup', title: NAME },
  ],
  choice: 'single',
  opensAt: '2026-06-15T00:00:00.000Z',
  closesAt: '2026-06-20T00:00:00.000Z',
  splitMin: 20,
  ...more,
})

const BY_SYSTEM = /^(grant\.lapsed|points\.|proposal\.answer_missed|ballot\.(opened|closed|tallied))/
const BY_HOLDERS = /^(redemption\.held|ballot\.cast)$/

/** Who writes an entry of a type where all is right. */
export function writerOf(type: string): Entry['actor'] {
  if (BY_SYSTEM.test(type)) return { kind: 'system' }
  return BY_HOLDERS.test(type) ? { kind: 'holder' } : { kind: 'staff', id: 'k_1' }
}

/** A stream that grows by an entry a minute; indexes leave gaps, as they do in a log that others write to as well. */
export class ProgrammeStream {
  readonly entries: IndexedEntry[] = []
  /** Sizes of the log that the contract has accepted. */
  readonly anchors: number[] = []
  state: ProgrammeState | undefined
  now = Date.parse(OPENED_AT)

  constructor(data: JsonObject = {}) {
    this.add('programme.opened', openedData(data))
  }

  /** Adds an entry and gives its index. */
  add(type: string, data: JsonObject = {}, more: Partial<Entry> = {}): number {
    const index = this.next
    const entry: Entry = {
      v: 1,
      type,
      brand: 'acme',
      stream: POINTS,
      seq: this.entries.length + 1,
      prev: null,
      recordedAt: formatInstant(this.now),
      actor: writerOf(type),
      data,
      ...more,
    }
    this.entries.push({ index, entry })
    this.state = foldProgramme(this.state, entry, index)
    this.now += 60_000
    return index
  }

  get next(): number {
    return 10 + this.entries.length * 3
  }

  /** An anchor covers all entries so far. */
  anchor(): void {
    this.anchors.push(this.next - 1)
  }

  /** Where and when the next entry would stand. */
  moment(more: Partial<Moment> = {}): Moment {
    const anchored = (index: number): number | undefined => this.anchors.find((size) => size > index)
    return { index: this.next, recordedAt: formatInstant(this.now), anchored, ...more }
  }

  /** The state that a test relies on to be there. */
  get programme(): ProgrammeState {
    if (this.state === undefined) throw new Error('the stream opens no programme')
    return this.state
  }
}

/** The data of an entry that moves points in one posting. */
export const moving = (from: string, to: string, amount: number, more: JsonObject = {}): JsonObject => ({
  ...more,
  postings: [{ from, to, amount }],
})

/** The data of a grant that is posted at once. */
export const granted = (ruleIndex: number, amount = 100, more: JsonObject = {}): JsonObject =>
  moving('issuance', 'available', amount, { rule: 'report', version: 1, ruleIndex, source: 3, amount, ...more })
