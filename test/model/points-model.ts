/**
 * A second mind about points: what every step must answer and what everybody then has, in a few plain maps, without a log,
 * a database or the functions of the service. It counts time in milliseconds since 1970.
 */

export const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ZONE_MS = 8 * HOUR_MS
const NOTICE_WINDOW_MS = 45 * DAY_MS
const NOTICE_STANDS_MS = 30 * DAY_MS
export const HOLD_MS = 14 * DAY_MS
const TERMS_MONTHS = 12
const NOTICES_KEPT = 100

export type ModelRule = {
  rule: string
  version: number
  points?: number
  pointsMax?: number
  perHolderMax?: number
  pendingDays: number
  expiryMonths?: number
  isAnchored: boolean
  isWithdrawn: boolean
}

/** A step. Grants and redemptions are named by the number of the step that made them. */
export type Step =
  | { kind: 'grant'; ref: number; rule: string; source: number; holder: number; amount?: number }
  | { kind: 'post' | 'void'; ref: number; grant: number }
  | { kind: 'reverse'; ref: number; grant: number; amount?: number }
  | { kind: 'redeem'; ref: number; holder: number }
  | { kind: 'confirm' | 'release' | 'refund'; ref: number; redemption: number }

type Grant = {
  ref: number
  key: string
  holder: number
  rule: ModelRule
  amount: number
  state: 'pending' | 'posted' | 'voided' | 'lapsed'
  deadline: number
  reversed: number
}
type Tranche = { grant: number; holder: number; left: number; expiresAt: number }
type Redemption = {
  holder: number
  parts: [Tranche, number][]
  state: 'held' | 'confirmed' | 'released' | 'refunded'
  until: number
}

export class PointsModel {
  readonly rules: ModelRule[] = []
  readonly grants = new Map<number, Grant>()
  readonly redemptions = new Map<number, Redemption>()
  readonly tranches = new Map<number, Tranche>()
  readonly #keys = new Map<string, Grant>()
  readonly #notices = new Map<number, number>()
  readonly reward: { cost: number; capacity: number }
  redeemed = 0
  expired = 0
  forfeited = 0

  constructor(reward: { cost: number; capacity: number }) {
    this.reward = reward
  }

  /** What the step answers: `ok`, or the code of the refusal. What is due comes first, whatever the answer is. */
  judge(step: Step, now: number): string {
    switch (step.kind) {
      case 'grant':
        return this.#grant(step, now)
      case 'redeem':
        return this.#redeem(step, now)
      case 'confirm':
      case 'release':
      case 'refund':
        return this.#resolveRedemption(step, now)
      default:
        return this.#resolveGrant(step, now)
    }
  }

  /** What the timer writes at a time. */
  sweep(now: number): void {
    for (const grant of this.grants.values()) this.#lapse(grant, now)
    for (const redemption of this.redemptions.values()) this.#releaseLate(redemption, now)
    const soon = [...this.tranches.values()].filter((it) => it.left > 0 && it.expiresAt <= now + NOTICE_WINDOW_MS)
    for (const expiresAt of soon.map((it) => it.expiresAt).toSorted((a, b) => a - b)) this.#notice(expiresAt, now)
    for (const tranche of this.tranches.values()) this.#expire(tranche, now)
  }

  available(holder: number): number {
    return this.#sum([...this.tranches.values()].filter((it) => it.holder === holder).map(({ left }) => left))
  }

  pending(holder: number): number {
    const mine = [...this.grants.values()].filter((it) => it.holder === holder && it.state === 'pending')
    return this.#sum(mine.map(({ amount }) => amount))
  }

  held(holder: number): number {
    const mine = [...this.redemptions.values()].filter((it) => it.holder === holder && it.state === 'held')
    return mine.length * this.reward.cost
  }

  taken(): number {
    return [...this.redemptions.values()].filter(({ state }) => state === 'held' || state === 'confirmed').length
  }

  #sum(numbers: readonly number[]): number {
    return numbers.reduce((sum, number) => sum + number, 0)
  }

  #grant({ ref, rule: name, source, holder, amount }: Step & { kind: 'grant' }, now: number): string {
    const key = `${name} ${source} ${holder}`
    const before = this.#keys.get(key)
    if (before !== undefined) return amount === undefined || amount === before.amount ? 'grant_exists' : 'grant_differs'
    const versions = this.rules.filter(({ rule }) => rule === name)
    const newest = versions.at(-1)
    if (newest === undefined) return 'rule_unknown'
    const usable = versions.filter(({ isAnchored }) => isAnchored).at(-1)
    if (usable === undefined || usable.isWithdrawn) return newest.isWithdrawn ? 'rule_withdrawn' : 'rule_not_anchored'
    const given = amount ?? usable.points ?? 0
    if (usable.points === undefined ? given < 1 || given > usable.pointsMax! : given !== usable.points)
      return 'grant_amount'
    if (usable.perHolderMax !== undefined && this.#used(holder, name) + given > usable.perHolderMax) return 'holder_max'
    const isPosted = usable.pendingDays === 0
    const grant: Grant = {
      ref,
      key,
      holder,
      rule: usable,
      amount: given,
      state: isPosted ? 'posted' : 'pending',
      deadline: now + usable.pendingDays * DAY_MS,
      reversed: 0,
    }
    this.grants.set(ref, grant)
    this.#keys.set(key, grant)
    if (isPosted) this.#addTranche(grant, now)
    return 'ok'
  }

  #used(holder: number, rule: string): number {
    const mine = [...this.grants.values()].filter((it) => it.holder === holder && it.rule.rule === rule)
    return this.#sum(
      mine.map(({ state, amount, reversed }) => (state === 'pending' || state === 'posted' ? amount - reversed : 0)),
    )
  }

  #addTranche({ ref, holder, amount, rule }: Grant, now: number): void {
    const expiresAt = endOfDayAfter(now, rule.expiryMonths ?? TERMS_MONTHS)
    this.tranches.set(ref, { grant: ref, holder, left: amount, expiresAt })
  }

  #resolveGrant(step: Step & { grant: number }, now: number): string {
    const grant = this.grants.get(step.grant)!
    this.#lapse(grant, now)
    for (const tranche of this.tranches.values()) if (tranche.holder === grant.holder) this.#expire(tranche, now)
    if (step.kind === 'reverse') return this.#reverse(grant, 'amount' in step ? step.amount : undefined)
    if (grant.state !== 'pending') return 'grant_not_pending'
    grant.state = step.kind === 'post' ? 'posted' : 'voided'
    if (grant.state === 'posted') this.#addTranche(grant, now)
    return 'ok'
  }

  #reverse(grant: Grant, amount: number | undefined): string {
    if (grant.state !== 'posted') return 'grant_not_posted'
    const whole = grant.amount - grant.reversed
    const wanted = amount ?? whole
    if (whole === 0 || wanted > whole) return 'reversal_too_large'
    const tranche = this.tranches.get(grant.ref)!
    if (wanted > tranche.left && this.held(grant.holder) > 0) return 'grant_held'
    const back = Math.min(wanted, tranche.left)
    tranche.left -= back
    grant.reversed += wanted
    this.forfeited -= wanted - back
    return 'ok'
  }

  #redeem({ ref, holder }: Step & { kind: 'redeem' }, now: number): string {
    for (const tranche of this.tranches.values()) if (tranche.holder === holder) this.#expire(tranche, now)
    if (this.taken() >= this.reward.capacity) return 'reward_sold_out'
    if (this.available(holder) < this.reward.cost) return 'balance_too_small'
    const mine = [...this.tranches.values()].filter((it) => it.holder === holder && it.left > 0)
    mine.sort((a, b) => a.expiresAt - b.expiresAt || a.grant - b.grant)
    const parts: [Tranche, number][] = []
    let missing = this.reward.cost
    for (const tranche of mine) {
      const part = Math.min(missing, tranche.left)
      if (part === 0) break
      tranche.left -= part
      missing -= part
      parts.push([tranche, part])
    }
    this.redemptions.set(ref, { holder, parts, state: 'held', until: now + HOLD_MS })
    return 'ok'
  }

  #resolveRedemption(step: Step & { redemption: number }, now: number): string {
    const redemption = this.redemptions.get(step.redemption)!
    this.#releaseLate(redemption, now)
    const needed = step.kind === 'refund' ? 'confirmed' : 'held'
    if (redemption.state !== needed) return `redemption_not_${needed}`
    if (step.kind === 'confirm') {
      redemption.state = 'confirmed'
      this.redeemed += this.reward.cost
    } else {
      if (step.kind === 'refund') this.redeemed -= this.reward.cost
      this.#giveBack(redemption, step.kind === 'refund' ? 'refunded' : 'released')
    }
    return 'ok'
  }

  #giveBack(redemption: Redemption, state: 'released' | 'refunded'): void {
    redemption.state = state
    for (const [tranche, part] of redemption.parts) tranche.left += part
  }

  /** The first notice counts, as long as it is among the newest. */
  #notice(expiresAt: number, now: number): void {
    if (this.#notices.has(expiresAt)) return
    this.#notices.set(expiresAt, now)
    const [oldest] = this.#notices.keys()
    if (this.#notices.size > NOTICES_KEPT) this.#notices.delete(oldest!)
  }

  #lapse(grant: Grant, now: number): void {
    if (grant.state === 'pending' && grant.deadline <= now) grant.state = 'lapsed'
  }

  #releaseLate(redemption: Redemption, now: number): void {
    if (redemption.state === 'held' && redemption.until <= now) this.#giveBack(redemption, 'released')
  }

  #expire(tranche: Tranche, now: number): void {
    const noticed = this.#notices.get(tranche.expiresAt)
    if (tranche.expiresAt > now || noticed === undefined || noticed + NOTICE_STANDS_MS > now) return
    this.expired += tranche.left
    tranche.left = 0
  }
}

/** The end of a day in +08:00, so many months later; the last day of a month that is too short. */
function endOfDayAfter(now: number, months: number): number {
  const local = new Date(now + ZONE_MS)
  const year = local.getUTCFullYear()
  const month = local.getUTCMonth() + months
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(local.getUTCDate(), last) + 1) - ZONE_MS
}
