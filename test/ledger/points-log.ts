/**
 * A signed, anchored log with a points programme in it, made from the core alone: holders, grants, a redemption, a reversal,
 * balances trees before each anchor, and the receipts of its holders. Every rule can be broken on purpose.
 */
import type { Bundle } from '../../ledger/bundle.ts'
import { base64url, utf8 } from '../../ledger/bytes.ts'
import { disclosureDigest } from '../../ledger/disclosure.ts'
import { sha256 } from '../../ledger/hash.ts'
import { formatOpening, parseOpening } from '../../ledger/holder-opening.ts'
import type { Opening, Tranche } from '../../ledger/holder-opening.ts'
import type { JsonObject, JsonValue } from '../../ledger/json.ts'
import { balanceCommitment } from '../../ledger/liabilities.ts'
import type { BalanceLeaf } from '../../ledger/liabilities.ts'
import { expiryOf } from '../../ledger/points-rules.ts'
import { isHolderKind, outstandingOf } from '../../ledger/postings.ts'
import type { AccountKind, HolderKind } from '../../ledger/postings.ts'
import { foldProgramme } from '../../ledger/programme.ts'
import type { ProgrammeState } from '../../ledger/programme.ts'
import { RECEIPT_FORMAT } from '../../ledger/receipt.ts'
import type { Receipt, ReceiptBalance } from '../../ledger/receipt.ts'
import { addTranches, removeTranches, takeTranches } from '../../ledger/tranches.ts'
import { leafValue, pathTo, rootValue } from './balance-tree.ts'
import { DAY_MS, OPENED_AT, POINTS, PROGRAMME, openedData, rewardData, ruleData, writerOf } from './programme-stream.ts'
import { openedLog } from './sample-log.ts'
import type { Draft, SampleLog } from './sample-log.ts'

type Holder = {
  viewCode: string
  version: number
  notes: number
  balances: Record<HolderKind, number>
  tranches: readonly Tranche[]
}

/** A movement of one holder's points; `tranches` where the side `available` needs them. */
export type Move = { holder: string; from: AccountKind; to: AccountKind; amount: number; tranches?: readonly Tranche[] }

type Tree = { index: number; size: number; holders: string[]; leaves: BalanceLeaf[] }

/** A log with one programme that grows. */
export class PointsLog {
  readonly log: SampleLog
  readonly holders = new Map<string, Holder>()
  readonly openings = new Map<number, { holder: string; text: string }[]>()
  readonly trees: Tree[] = []
  state: ProgrammeState | undefined
  /** The entry of the programme before the next: what a grant is given for, so that no two are for one. */
  #last = 0

  /** @param log where a brand is opened, and the programme in its stream */
  constructor(opened: JsonObject = {}, log = openedLog()) {
    this.log = log
    this.log.add({ type: 'stream.opened', stream: 'brand:acme', data: { opens: POINTS } })
    this.add('programme.opened', openedData(opened))
  }

  /** Writes an entry of the programme, with the openings of holders. */
  add(
    type: string,
    data: JsonObject,
    opened: { holder: string; opening: Opening }[] = [],
    more: Partial<Draft> = {},
  ): number {
    const index = this.log.size
    const texts = opened.map(({ holder, opening }, i) => {
      const salt = base64url(sha256(utf8(`${index}/${i}`)).slice(0, 16))
      return { holder, text: formatOpening(salt, opening) }
    })
    const xd = texts.map(({ text }) => disclosureDigest(text)).toSorted()
    const { with: overrides = {}, ...draft } = more
    const members = { actor: writerOf(type), ...(xd.length === 0 ? {} : { xd }), ...overrides }
    this.log.add({ type, stream: POINTS, data, ...draft, with: members })
    this.openings.set(index, texts)
    this.#last = index
    this.state = foldProgramme(this.state, this.log.entry(index), index)
    return index
  }

  open(holder: string): number {
    const balances = { available: 0, pending: 0, held: 0 }
    this.holders.set(holder, { viewCode: `V-${holder}`, version: 0, notes: 0, balances, tranches: [] })
    return this.add('holder.opened', {}, [this.note(holder)])
  }

  /** The opening of an entry that concerns a holder of whose points it moves nothing. */
  note(holder: string): { holder: string; opening: Opening } {
    const account = this.holders.get(holder)!
    account.notes += 1
    return { holder, opening: { kind: 'holder', value: { holder, number: account.notes } } }
  }

  /** Moves points, each side from the balance that the one before left. */
  move(type: string, data: JsonObject, ...moves: Move[]): number {
    const opened = moves.flatMap((move, posting) => this.#sides(move, posting))
    const postings = moves.map(({ from, to, amount }) => ({ from, to, amount }))
    return this.add(type, { ...data, postings }, opened)
  }

  #sides({ holder, from, to, amount, tranches }: Move, posting: number): { holder: string; opening: Opening }[] {
    const account = this.holders.get(holder)!
    const ends = [
      ['from', from, -amount],
      ['to', to, amount],
    ] as const
    return ends.flatMap(([side, kind, change]) => {
      if (!isHolderKind(kind)) return []
      const previous = account.balances[kind]
      account.balances[kind] = previous + change
      account.version += 1
      const parts = kind === 'available' ? tranches : undefined
      if (parts !== undefined) {
        account.tranches = change > 0 ? addTranches(account.tranches, parts) : removeTranches(account.tranches, parts)!
      }
      const value = { holder, previous, current: previous + change, version: account.version }
      const told = parts === undefined ? value : { ...value, tranches: parts }
      return [{ holder, opening: { kind: 'side', posting, side, value: told } as const }]
    })
  }

  rule(more: JsonObject = {}): number {
    return this.add('rule.published', ruleData({ validFrom: this.#now(), ...more }))
  }

  #now(): string {
    return new Date(this.log.now * 1000).toISOString()
  }

  #cited(ruleIndex: number, amount: number): JsonObject {
    const { rule, version } = this.log.entry(ruleIndex).data
    return { rule: rule!, version: version!, ruleIndex, source: this.#last, amount }
  }

  /** A grant that is posted at once. */
  grant(holder: string, ruleIndex: number, amount = 100, more: JsonObject = {}): number {
    const expiresAt = expiryOf(this.state!, {}, this.#now())!
    const tranches = [{ grant: this.log.size, amount, expiresAt }]
    const data = { ...this.#cited(ruleIndex, amount), expiresAt, ...more }
    return this.move('grant.posted', data, { holder, from: 'issuance', to: 'available', amount, tranches })
  }

  /** A grant that waits, a week unless its rule says otherwise. */
  pend(holder: string, ruleIndex: number, amount: number): number {
    const { pendingDays } = this.log.entry(ruleIndex).data
    const deadline = new Date(this.log.now * 1000 + (Number(pendingDays) || 7) * DAY_MS).toISOString()
    const data = { ...this.#cited(ruleIndex, amount), deadline }
    return this.move('grant.pending', data, { holder, from: 'issuance', to: 'pending', amount })
  }

  post(holder: string, grant: number, amount: number): number {
    const expiresAt = expiryOf(this.state!, {}, this.#now())!
    const tranches = [{ grant, amount, expiresAt }]
    return this.move(
      'grant.posted',
      { grant, expiresAt },
      { holder, from: 'pending', to: 'available', amount, tranches },
    )
  }

  void(holder: string, grant: number, amount: number): number {
    return this.move('grant.voided', { grant }, { holder, from: 'pending', to: 'issuance', amount })
  }

  hold(holder: string, rewardIndex: number, amount = 60): number {
    const { version, reward } = this.log.entry(rewardIndex).data
    const tranches = takeTranches(this.holders.get(holder)!.tranches, amount)?.taken ?? []
    const data = { reward: reward!, version: version!, rewardIndex, amount, holdUntil: '2026-07-01T00:00:00.000Z' }
    return this.move('redemption.held', data, { holder, from: 'available', to: 'held', amount, tranches })
  }

  confirm(holder: string, redemption: number, amount = 60): number {
    const move: Move = { holder, from: 'held', to: 'redeemed', amount }
    return this.move('redemption.confirmed', { redemption, reward: 'visit' }, move)
  }

  /** Takes points of a grant back; what the holder no longer has, the brand bears. */
  reverse(holder: string, grant: number, taken: number, shortfall = 0): number {
    const { tranches } = this.holders.get(holder)!
    const known = tranches.find((tranche) => tranche.grant === grant)
    const part = known === undefined || taken === 0 ? [] : [{ ...known, amount: taken }]
    const moves: Move[] = []
    if (taken > 0) moves.push({ holder, from: 'available', to: 'issuance', amount: taken, tranches: part })
    if (shortfall > 0) moves.push({ holder, from: 'forfeited', to: 'issuance', amount: shortfall })
    const data = { grant, amount: taken + shortfall, reason: 'granted in error' }
    if (taken > 0) return this.move('grant.reversed', data, ...moves)
    const postings = moves.map(({ from, to, amount }) => ({ from, to, amount }))
    return this.add('grant.reversed', { ...data, postings }, [this.note(holder)])
  }

  /** Writes the balances of all holders. @param change makes it a lie */
  count(change: (leaves: BalanceLeaf[]) => void = () => undefined, more: JsonObject = {}): number {
    const size = this.log.size
    const holders = [...this.holders.keys()].toReversed()
    const leaves = holders.map((holder, i): BalanceLeaf => {
      const { viewCode, balances } = this.holders.get(holder)!
      const balance = balances.available + balances.pending + balances.held
      const salt = base64url(sha256(utf8(`${size}/${i}`)).slice(0, 16))
      return { salt, programme: PROGRAMME, commitment: balanceCommitment(viewCode, PROGRAMME), balance }
    })
    change(leaves)
    const root = rootValue(leaves.map(valueOf))
    const sum = leaves.reduce((before, { balance }) => before + balance, 0)
    const data = { programme: PROGRAMME, size, leaves: leaves.length, root: base64url(root.slice(0, 32)), sum, ...more }
    const index = this.add('points.liabilities', data)
    this.trees.push({ index, size, holders, leaves })
    return index
  }

  /** The balances, the heads, and the contract's acceptance. */
  anchor(): void {
    this.count()
    this.log.anchor()
  }

  bundle(): Bundle {
    return this.log.bundle(POINTS)
  }

  /** The receipt of a holder, as the server makes it. */
  receipt(holder: string): Receipt {
    const { log } = this
    const whole = this.bundle()
    const newest = log.anchors[log.anchors.length - 1]?.size ?? 0
    const tree = this.trees.filter(({ index }) => index < newest).pop()
    const { vkey, origin, checkpoint, key, anchors } = whole
    const entries = whole.entries.flatMap((entry) => {
      const own = (this.openings.get(entry.index) ?? []).filter((opening) => opening.holder === holder)
      const openings = own.map(({ text }) => text)
      const { type } = log.entry(entry.index)
      if (!isCommon(type) && openings.length === 0 && entry.index !== tree?.index) return []
      return [{ ...entry, ...(openings.length === 0 ? {} : { openings }) }]
    })
    const balance = tree === undefined ? undefined : this.#balance(holder, tree)
    const rest = balance === undefined ? {} : { balance }
    return { format: RECEIPT_FORMAT, origin, vkey, stream: POINTS, checkpoint, key, entries, ...rest, anchors }
  }

  #balance(holder: string, { holders, leaves }: Tree): ReceiptBalance | undefined {
    const leaf = holders.indexOf(holder)
    const own = leaves[leaf]
    if (own === undefined) return undefined
    const { salt, commitment, balance } = own
    return { salt, commitment, balance, leaf, path: pathTo(leaves.map(valueOf), leaf) }
  }

  /** What the programme owes now. */
  get outstanding(): number {
    return outstandingOf(this.state!.totals)
  }
}

const COMMON = ['programme.opened', 'terms.published', 'rule.published', 'reward.published', 'reward.amended']
const isCommon = (type: string): boolean => COMMON.includes(type)

const valueOf = ({ salt, programme, commitment, balance }: BalanceLeaf): Uint8Array =>
  leafValue(salt, programme, commitment, balance)

/** What an opening says, for tests that look inside. */
export const openedIn = (text: string): JsonValue => parseOpening(text).value as unknown as JsonValue

/**
 * The log that most tests start from: two holders; a rule that gives 100 at once and one that waits; a redemption that is
 * confirmed, a grant that is voided, one that is posted and partly taken back; two anchors.
 */
export function pointsLog(points = new PointsLog()): PointsLog {
  const report = points.rule()
  const idea = points.rule({ rule: 'idea', activity: 'suggestion_adopted', earns: { pointsMax: 50 }, pendingDays: 7 })
  const visit = points.add('reward.published', rewardData({ from: OPENED_AT }))
  points.open('H-A')
  points.open('H-B')
  points.anchor()
  points.grant('H-A', report)
  const first = points.pend('H-B', idea, 40)
  const second = points.pend('H-B', idea, 30)
  points.anchor()
  const redemption = points.hold('H-A', visit)
  points.post('H-B', first, 40)
  points.void('H-B', second, 30)
  points.confirm('H-A', redemption)
  points.reverse('H-B', first, 15)
  points.anchor()
  return points
}
