/**
 * A live crisis of an invented brand whose clocks run, as a sample log: every entry carries the clocks that it starts,
 * and the system writes what it owes before each, with the functions that the service uses.
 */
import { DEFAULT_CLOCKS } from '../../../ledger/clock-preset.ts'
import type { ClockPreset } from '../../../ledger/clock-preset.ts'
import { milestoneDues, openingDues } from '../../../ledger/clocks.ts'
import type { Timing } from '../../../ledger/clocks.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { foldCrisis } from '../../../ledger/crisis.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import { formatInstant } from '../../../ledger/instant.ts'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { dueMisses } from '../../../ledger/promises.ts'
import { WORK_CALENDAR } from '../../../server/services/clocks/work-calendar.ts'
import { SampleLog } from './sample-log.ts'
import type { Told } from './sample-log.ts'

const BRAND = 'example-dairy'
const CODE = 'CR-CLCK2345'
const STREAM = `crisis:${CODE}`
const GTIN = '06901234567892'
const NAME = { 'zh-CN': '示例乳业', en: 'Example Dairy' }
const PRODUCT = { 'zh-CN': '示例鲜牛奶 950ml', en: 'Example milk 950 ml' }
const BY = { brand: BRAND, actor: { kind: 'staff', id: 'k_1' } }
const START = Date.parse('2026-06-10T02:00:00.000Z')

export class TimedStory {
  readonly log = new SampleLog({ startMs: START - 5000 })
  readonly #entries = new Map<string, number>()
  #state: CrisisState | undefined
  /** The log's clock: it goes on by a second with every entry. */
  #now = START - 5000

  readonly #preset: ClockPreset

  /** @param own the clocks that the brand published before; absent: the common ones */
  constructor(severity = 'S1', own?: ClockPreset) {
    this.#preset = own ?? DEFAULT_CLOCKS
    this.#add('ledger', 'stream.opened', { opens: `brand:${BRAND}` }, {})
    this.#add(`brand:${BRAND}`, 'brand.opened', { slug: BRAND, name: NAME }, BY)
    this.#add(`brand:${BRAND}`, 'product.registered', { gtin: GTIN, name: PRODUCT }, BY)
    this.#add(`brand:${BRAND}`, 'stream.opened', { opens: STREAM, code: CODE }, BY)
    const { name, version } = WORK_CALENDAR
    const severities = this.#preset as unknown as JsonValue
    if (own !== undefined) this.#add(`brand:${BRAND}`, 'clocks.published', { version: 1, severities }, BY)
    const clocks = { version: own === undefined ? 0 : 1, calendar: { name, version }, severities }
    const dues = openingDues(severity, this.#timing())
    this.#add(STREAM, 'crisis.opened', { ...openedData(severity), clocks, dues }, BY)
  }

  get told(): Told {
    return { log: this.log, brand: BRAND, code: CODE, stream: STREAM, gtin: GTIN, entries: this.#entries }
  }

  /** Lets the clock go to so many minutes after the opening; what falls due is recorded by the system when it is. */
  at(minutes: number): this {
    const target = START + minutes * 60_000 - 1000
    this.log.wait(target - this.#now)
    this.#now = target
    return this
  }

  /** The system looks, and writes what is due. */
  sweep(): this {
    for (const { data, actor } of this.#owed()) this.#add(STREAM, 'milestone.recorded', data, { brand: BRAND, actor })
    return this
  }

  /** Records a milestone of the brand. */
  says(id: string, data: JsonObject, redactable: Record<string, JsonValue> = {}): this {
    this.sweep()
    const members = { occurredAt: this.#next(), assertedBy: ['brand'], original: 'zh-CN', ...data }
    const dues = milestoneDues(this.#state!, members as unknown as Milestone, this.#timing())
    const whole = { ...members, ...(dues.length === 0 ? {} : { dues }) }
    this.#entries.set(id, this.#add(STREAM, 'milestone.recorded', whole, { ...BY, redactable }))
    return this
  }

  #owed() {
    return this.#state === undefined ? [] : dueMisses(this.#state, this.#next())
  }

  #timing(): Timing {
    return { preset: this.#preset, calendar: WORK_CALENDAR, recordedAt: this.#next() }
  }

  /** The time that the next entry gets. */
  #next(): string {
    return formatInstant(this.#now + 1000)
  }

  #add(stream: string, type: string, data: JsonObject, options: Parameters<SampleLog['append']>[3]): number {
    const index = this.log.append(stream, type, data, options)
    this.#now += 1000
    const { bytes } = this.log.items[index]!
    if (stream === STREAM) this.#state = foldCrisis(this.#state, parseEntry(bytes), index)
    return index
  }
}

function openedData(severity: string): JsonObject {
  return {
    code: CODE,
    mode: 'live',
    brandName: NAME,
    title: { 'zh-CN': '部分批次口味异常', en: 'Taste fault in some batches' },
    original: 'zh-CN',
    type: 'product_quality',
    severity,
    safety: true,
    products: [{ gtin: GTIN, name: PRODUCT, batches: [{ lot: 'L0611' }] }],
    parties: [{ id: 'brand', kind: 'brand', name: NAME }],
  }
}
