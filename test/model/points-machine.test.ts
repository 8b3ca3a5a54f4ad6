/**
 * Random rewards, redemptions, suggestions and ballots through the real judge, in memory and on a fake clock. Whatever the
 * writer lets through, the verifier must let through as well; and at the end every holder's file is whole, its balances are
 * the books', and every ballot can be counted again. `SEED=… node test/model/points-machine.test.ts` plays the same again.
 */
import t from 'tap'
import { ascending, eligibilityRoot, formatBallotList, tokenCommitment } from '../../ledger/ballot.ts'
import { parseOpening } from '../../ledger/holder-opening.ts'
import { ProgrammeAudit } from '../../ledger/points-audit.ts'
import { ballotOf, rewardOf } from '../../ledger/points-rules.ts'
import { outstandingOf } from '../../ledger/postings.ts'
import type { ProgrammeState } from '../../ledger/programme.ts'
import { auditHolder } from '../../ledger/receipt-audit.ts'
import { recountBallot } from '../../ledger/recount.ts'
import { AppError } from '../../server/errors.ts'
import type { Command } from '../../server/services/log/command.ts'
import { draftBallot, endBallot, freezeBallot, grantEntitlement } from '../../server/services/points/ballots.ts'
import { castVote } from '../../server/services/points/cast-vote.ts'
import { grantPoints } from '../../server/services/points/grant-points.ts'
import { openHolders } from '../../server/services/points/open-holders.ts'
import { openProgramme } from '../../server/services/points/open-programme.ts'
import { SYSTEM, pointsDraft } from '../../server/services/points/points-draft.ts'
import { moveProposal, submitAsHolder } from '../../server/services/points/proposals.ts'
import { amendReward, closeReward, publishReward } from '../../server/services/points/publish-reward.ts'
import {
  confirmRedemption,
  redeemReward,
  refundRedemption,
  releaseRedemption,
} from '../../server/services/points/redeem-reward.ts'
import { reverseGrant } from '../../server/services/points/resolve-grant.ts'
import { publishRule } from '../../server/services/points/rules.ts'
import { BRAND, openBrand } from '../support/log.ts'
import { PROGRAMME, STAFF, TERMS, once, sourceCommand, supervision } from '../support/points.ts'
import { Dice } from './commands.ts'
import { MemoryLog } from './memory-log.ts'

const RUNS = 20
const STEPS = 700
const HOUR = 3_600_000
const DAY = 24 * HOUR
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const NAME = { 'zh-CN': '牧场伙伴', en: 'Herd partners' }
const MOVES = ['under_review', 'accepted', 'declined', 'merged', 'in_progress', 'shipped'] as const
const ENDS = [confirmRedemption, releaseRedemption, refundRedemption] as const

class Programme {
  readonly log = new MemoryLog()
  readonly dice: Dice
  readonly holders: string[]
  /** The holder behind whom the key stands that does everything here. */
  readonly staff: string
  readonly #audit = new ProgrammeAudit()
  #anchored = 0
  now = Date.parse('2026-06-01T00:00:00.000Z')
  readonly grants: { index: number; programme: string; holder: string }[] = []
  readonly redemptions: { index: number; programme: string; holder: string }[] = []
  readonly proposals: { index: number; programme: string; holder: string }[] = []
  readonly ballots: number[] = []
  readonly refusals = new Map<string, number>()
  accepted = 0

  constructor(dice: Dice) {
    this.dice = dice
    this.play(openBrand())
    this.play(openProgramme(once(), BRAND, { id: PROGRAMME, name: NAME, original: 'zh-CN', terms: TERMS }))
    this.play(publishRule(once(), PROGRAMME, supervision({ rule: 'help' })))
    this.play(publishRule(once(), PROGRAMME, supervision({ rule: 'voice', earns: { vote: true }, perHolderMax: 9 })))
    const { command, holders } = openHolders(once(), PROGRAMME, { count: 4 })
    this.play(command)
    const staff = openHolders(once(), PROGRAMME, { staffKey: STAFF.keyId })
    this.play(staff.command)
    this.holders = holders.map(({ id }) => id)
    this.staff = staff.holders[0]!.id
    this.anchor()
    const dates = { from: this.at(-HOUR), until: this.at(60 * DAY) }
    const reward = {
      reward: 'visit',
      title: NAME,
      text: NAME,
      conditions: NAME,
      cost: 15,
      capacity: 3,
      valueClass: 'visit',
    }
    this.play(publishReward(once(), PROGRAMME, { ...reward, ...dates }))
  }

  get state(): ProgrammeState {
    return this.log.snapshot.points.programme(PROGRAMME)!
  }

  at(ms: number): string {
    return new Date(this.now + ms).toISOString()
  }

  anchor(): void {
    this.#anchored = this.log.entries.length
    this.log.snapshot.points.loadAnchored(this.#anchored)
  }

  /** Judges a command; gives the index of its last entry. Every entry that it wrote must pass the verifier. */
  play(command: Command): number | undefined {
    const { entries, error } = this.log.append(command, this.at(0))
    const anchored = (index: number): number | undefined => (index < this.#anchored ? this.#anchored : undefined)
    for (const entry of entries) {
      const { fault, told } = entry.entry.stream === `points:${PROGRAMME}` ? this.#audit.add(entry, anchored) : {}
      if (fault !== undefined) throw new Error(`the writer let through what the verifier calls ${fault.code}`)
      if (told?.type === 'grant.posted' && 'rule' in told.data && told.data.rule !== 'help') throw new Error('ER1')
    }
    if (error === undefined) this.accepted += 1
    else if (!(error instanceof AppError)) throw error
    else this.refusals.set(error.code, (this.refusals.get(error.code) ?? 0) + 1)
    return error === undefined ? entries.at(-1)?.index : undefined
  }

  step(): void {
    const { dice } = this
    this.now += dice.below(5) * HOUR
    dice.one(STORY)(this)
    this.compare()
  }

  /** P1, RW1, L5: what the state says is what the accounts and redemptions come to. */
  compare(): void {
    const { rows, points } = this.log.snapshot
    const all = [...this.holders, this.staff].map((holder) => points.account(holder))
    const owed = all.reduce((sum, { available, pending, held }) => sum + available + pending + held, 0)
    if (owed !== outstandingOf(this.state.totals))
      throw new Error(`${owed} owed, ${outstandingOf(this.state.totals)} said`)
    const { taken, capacity } = rewardOf(this.state, 'visit')!
    const ends = rows.redemption.loaded().filter(({ state }) => state === 'held' || state === 'confirmed').length
    if (taken !== ends || taken > capacity)
      throw new Error(`RW1: ${taken} taken, ${ends} redemptions, ${capacity} places`)
    for (const { holder, available } of all) {
      const left = rows.tranche.loaded().filter((row) => row.holder === holder)
      if (left.reduce((sum, { remaining }) => sum + remaining, 0) !== available) throw new Error('L5: not its tranches')
    }
  }

  /** RC1, RC2: the file of every holder has no gap and comes to the books; BL3: every closed ballot counts again. */
  end(): void {
    const entries = this.log.entries.filter(({ entry }) => entry.stream === `points:${PROGRAMME}`)
    for (const holder of [...this.holders, this.staff]) {
      const own = entries.flatMap(({ index, entry }) => {
        const openings = (this.log.openings.get(index) ?? []).filter((opening) => opening.holder === holder)
        const texts = openings.map(({ body }) => body)
        return texts.length > 0 ? [{ index, entry, openings: texts }] : []
      })
      const { balances } = auditHolder(own)
      const { available, pending, held } = this.log.snapshot.points.account(holder)
      if (JSON.stringify(balances) !== JSON.stringify({ available, pending, held }))
        throw new Error('RC1: other balances')
    }
    for (const ballot of this.ballots) this.#recount(ballot)
  }

  #recount(ballot: number): void {
    const known = ballotOf(this.state, ballot)!
    if (known.state !== 'closed') return
    const casts = this.log.entries.flatMap(({ index, entry }) => {
      const choice = this.log.openings.get(index)?.find(({ holder }) => holder === null)
      return entry.type === 'ballot.cast' && entry.data['ballot'] === ballot ? [{ index, opening: choice!.body }] : []
    })
    const eligible = this.eligible(ballot)
    const stream = `points:${PROGRAMME}`
    const list = { format: 'trust-ledger/ballot@1', stream, ballot, eligible, casts } as const
    const entries = this.log.entries.filter(({ entry }) => entry.stream === stream)
    const { differences, counted } = recountBallot(list, formatBallotList(list), entries)
    const codes = differences.map(({ code }) => code).join()
    if (codes !== 'ballot_not_tallied') throw new Error(`BL3: ${codes}`)
    const voters = new Set(casts.map(({ opening }) => (parseOpening(opening).value as { token: string }).token))
    if (counted !== voters.size) throw new Error('BL2: each has one vote')
  }

  eligible(ballot: number): string[] {
    const { rows } = this.log.snapshot
    const entitled = rows.entitlement.changed().filter((row) => row.ballot === ballot)
    return ascending(entitled.map(({ holder }) => tokenCommitment(tokenOf(ballot, holder))))
  }

  source(): number {
    return this.play(sourceCommand())!
  }
}

const tokenOf = (ballot: number, holder: string): string => `${ballot}-${holder}`

/** What may happen, the usual more often. */
const STORY: readonly ((programme: Programme) => void)[] = [
  ...Array.from(
    { length: 4 },
    () =>
      (p: Programme): void =>
        p.anchor(),
  ),
  (p) => {
    p.now += p.dice.below(4) * DAY
  },
  ...Array.from({ length: 4 }, () => (p: Programme): void => {
    const holder = p.dice.chance(0.1) ? p.staff : p.dice.one(p.holders)
    const index = p.play(grantPoints(once(), PROGRAMME, { rule: 'help', source: p.source(), holder }))
    if (index !== undefined && holder === p.staff) throw new Error('GR2: somebody decided on points of their own')
    if (index !== undefined) p.grants.push({ index, programme: PROGRAMME, holder })
  }),
  (p) => {
    if (p.grants.length === 0) return
    p.play(reverseGrant(once(), p.dice.one(p.grants), 'counted twice', p.dice.chance(0.5) ? 4 : undefined))
  },
  ...Array.from({ length: 4 }, () => (p: Programme): void => {
    const holder = p.dice.one(p.holders)
    const index = p.play(redeemReward({ programme: PROGRAMME, holder }, 'visit'))
    if (index !== undefined) p.redemptions.push({ index, programme: PROGRAMME, holder })
  }),
  ...Array.from({ length: 3 }, () => (p: Programme): void => {
    if (p.redemptions.length > 0) p.play(p.dice.one(ENDS)(once(), p.dice.one(p.redemptions)))
  }),
  (p) => {
    const { cost, capacity, from, until, index } = rewardOf(p.state, 'visit')!
    const change = { cost: Math.max(10, cost - 1 + p.dice.below(3)), capacity: capacity + p.dice.below(3) - 1 }
    const words = { title: NAME, text: p.dice.chance(0.2) ? { ...NAME, en: 'Less' } : NAME, conditions: NAME }
    const reward = { reward: 'visit', ...words, ...change, from, until, valueClass: 'visit' }
    if (change.capacity > 0) p.play(amendReward(once(), PROGRAMME, reward, index))
  },
  (p) => {
    if (p.dice.chance(0.02)) p.play(closeReward(once(), PROGRAMME, 'visit', 'The stable is rebuilt.'))
  },
  ...Array.from({ length: 2 }, () => (p: Programme): void => {
    const holder = p.dice.chance(0.2) ? p.staff : p.dice.one(p.holders)
    const words = { original: 'en', title: { en: 'A cap' }, text: { en: 'Easier to open.' } } as const
    const index = p.play(submitAsHolder({ programme: PROGRAMME, holder }, words))
    if (index !== undefined) p.proposals.push({ index, programme: PROGRAMME, holder })
  }),
  ...Array.from({ length: 4 }, () => (p: Programme): void => {
    if (p.proposals.length === 0) return
    const place = p.dice.one(p.proposals)
    const to = p.dice.one(MOVES)
    const into = to === 'merged' || p.dice.chance(0.05) ? { into: p.dice.one(p.proposals).index } : {}
    const reason = p.dice.chance(0.7) ? { reason: { en: 'Two are planned already.' } } : {}
    const index = p.play(moveProposal(once(), place, { to, ...into, ...reason }))
    if (index !== undefined && place.holder === p.staff)
      throw new Error('PR2: somebody decided on a proposal of their own')
  }),
  (p) => {
    const options = ['cap', 'label'].map((id) => ({ id, title: NAME }))
    const times = { opensAt: p.at(p.dice.below(48) * HOUR), closesAt: p.at((3 + p.dice.below(20)) * DAY) }
    const index = p.play(draftBallot(once(), PROGRAMME, { question: NAME, options, choice: 'single', ...times }))
    if (index !== undefined) p.ballots.push(index)
  },
  ...Array.from({ length: 3 }, () => (p: Programme): void => {
    if (p.ballots.length === 0) return
    const given = { rule: 'voice', source: p.source(), holder: p.dice.one([...p.holders, p.staff]) }
    p.play(grantEntitlement(once(), placeOf(p), given))
  }),
  ...Array.from({ length: 2 }, () => (p: Programme): void => {
    if (p.ballots.length === 0) return
    const place = placeOf(p)
    const eligible = p.eligible(place.index)
    const list = eligible.join('')
    p.log.snapshot.points.loadTokenList(place.index, list)
    p.play(freezeBallot(once(), place, { eligible: eligible.length, root: eligibilityRoot(eligible), list }))
  }),
  ...Array.from({ length: 6 }, () => (p: Programme): void => {
    if (p.ballots.length === 0) return
    const place = placeOf(p)
    const holder = p.dice.one(p.holders)
    const isEntitled = p.log.snapshot.rows.entitlement
      .changed()
      .some((row) => row.ballot === place.index && row.holder === holder)
    const token = isEntitled ? tokenOf(place.index, holder) : undefined
    const index = p.play(castVote({ holder }, place, token, [p.dice.one(['cap', 'label', 'none'])]))
    if (index !== undefined && !isEntitled) throw new Error('BL1: a vote without an entitlement')
  }),
  (p) => {
    if (p.ballots.length > 0) p.play(endBallot(once(), placeOf(p), 'finalised'))
  },
  // What the system does for those whom nobody asks about (S4).
  (p) => {
    const redemptions = p.redemptions.map(({ index }) => index)
    const proposals = p.proposals.map(({ index }) => index)
    const points = { programmes: [PROGRAMME], holders: p.holders, redemptions, proposals, ballots: p.ballots }
    p.play({ needs: { points }, judge: () => [] })
  },
  (p) => {
    const due = pointsDraft(p.log.snapshot, PROGRAMME, SYSTEM, 'note.recorded', {})
    p.play({ needs: { points: { programmes: [PROGRAMME] } }, judge: () => [due] })
  },
]

/** One of the newest ballots. */
function placeOf({ ballots, dice }: Programme): { index: number; programme: string } {
  return { index: dice.one(ballots.slice(-2)), programme: PROGRAMME }
}

t.test(
  `P1 P2 L5 GR2 RW1 RW2 PR1 PR2 PR3 BL1 BL2 BL3 RC1: ${RUNS * STEPS} random steps pass the verifier`,
  async (t) => {
    t.comment(`seed ${SEED}`)
    const dice = new Dice(SEED)
    const types = new Set<string>()
    const refusals = new Set<string>()
    let accepted = 0
    for (let run = 0; run < RUNS; run++) {
      const programme = new Programme(dice)
      for (let step = 0; step < STEPS; step++) {
        try {
          programme.step()
        } catch (error) {
          throw new Error(`seed ${SEED}, run ${run}, step ${step}: ${(error as Error).message}`, { cause: error })
        }
      }
      programme.end()
      for (const { entry } of programme.log.entries) types.add(entry.type)
      for (const code of programme.refusals.keys()) refusals.add(code)
      accepted += programme.accepted
    }
    t.comment(`${accepted} accepted; refused: ${[...refusals].toSorted().join(' ')}`)
    t.ok(accepted > (RUNS * STEPS) / 4, 'many commands are accepted')
    for (const type of [
      'reward.amended',
      'redemption.refunded',
      'proposal.answer_missed',
      'ballot.cast',
      'ballot.closed',
    ]) {
      t.ok(types.has(type), `${type} happens`)
    }
    for (const code of [
      ...['reward_sold_out', 'reward_worsened', 'balance_too_small', 'reviewer_is_beneficiary', 'reviewer_is_author'],
      ...['proposal_step', 'ballot_step', 'not_entitled', 'choice_invalid', 'entitlement_exists'],
    ]) {
      t.ok(refusals.has(code), `${code} refuses something`)
    }
  },
)
