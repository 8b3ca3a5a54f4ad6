/**
 * Claims: what a service would write that has forgotten a rule of the programme, the database refuses by itself. Each
 * command here is one that no guard of ours has looked at; everything else of it is as it should be.
 */
import t from 'tap'
import { tokenCommitment } from '../../../ledger/ballot.ts'
import type { JsonObject } from '../../../ledger/json.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import type { Command, Draft, Snapshot } from '../../../server/services/log/command.ts'
import type { PointsNeeds, TrancheRow } from '../../../server/services/log/points-rows.ts'
import { openKey } from '../../../server/services/keys/key-commands.ts'
import { draftBallot, freezeBallot, grantEntitlement } from '../../../server/services/points/ballots.ts'
import { findToken } from '../../../server/services/points/ballot-store.ts'
import { book, soonestFirst } from '../../../server/services/points/book.ts'
import { eligibilityOf } from '../../../server/services/points/freeze-eligibility.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import { openHolders } from '../../../server/services/points/open-holders.ts'
import { SYSTEM, noteOf, pointsDraft } from '../../../server/services/points/points-draft.ts'
import { submitProposal } from '../../../server/services/points/proposals.ts'
import { publishReward } from '../../../server/services/points/publish-reward.ts'
import { redeemReward, releaseRedemption } from '../../../server/services/points/redeem-reward.ts'
import { postGrant } from '../../../server/services/points/resolve-grant.ts'
import { publishRule } from '../../../server/services/points/rules.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { BRAND, openTestLog } from '../../support/log.ts'
import { PROGRAMME, STAFF, indexOf, once, openTestProgramme, recordSource, supervision } from '../../support/points.ts'

t.setTimeout(600_000)

const NAME = { 'zh-CN': '牧场伙伴', en: 'Herd partners' }
const DAY_MS = 86_400_000

type Drafts = (snapshot: Snapshot, recordedAt: string) => Iterable<Draft>

/** A command that judges nothing. */
const unjudged = (needs: PointsNeeds, drafts: Drafts): Command => ({
  needs: { points: { programmes: [PROGRAMME], ...needs } },
  judge: drafts,
})

/** An entry about a holder that moves nothing. */
const entry = (type: string, data: JsonObject, holder: string): Command =>
  unjudged({ holders: [holder], notes: [holder] }, (snapshot) => [
    pointsDraft(snapshot, PROGRAMME, actor, type, data, { private: [noteOf(snapshot, holder)] }),
  ])

const actor = { kind: 'staff', id: STAFF.keyId }

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir })
    t.teardown(async () => log.close())
    const rules = [
      supervision({ rule: 'help' }),
      supervision({ rule: 'waits', pendingDays: 7 }),
      supervision({ rule: 'voice', earns: { vote: true } }),
    ]
    const [ada, ben] = (await openTestProgramme(log, database, rules, 2)).map(({ id }) => id) as [string, string]
    const append = log.sequencer.append.bind(log.sequencer)
    const source = await recordSource(log)
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString()
    const second = openKey(once(), { role: 'staff', brand: BRAND })
    const other = { ...STAFF, keyId: String((await append(second.command)).body['id']) }
    const own = openHolders(once(), PROGRAMME, { staffKey: STAFF.keyId })
    await append(own.command)
    const [{ id: self } = { id: '' }] = own.holders
    const grant = async (holder: string, rule = 'help', admin = STAFF) => {
      const given = { rule, source: await recordSource(log), holder }
      return { index: indexOf(await append(grantPoints(once(admin), PROGRAMME, given))), programme: PROGRAMME, holder }
    }
    const visit = { reward: 'visit', title: NAME, text: NAME, conditions: NAME, cost: 6, valueClass: 'small' }
    const open = { from: at(-1000), until: at(DAY_MS) }
    await append(publishReward(once(), PROGRAMME, { ...visit, ...open, capacity: 2 }))
    const redeemed = async (holder: string) => {
      const held = await append(redeemReward({ programme: PROGRAMME, holder }, 'visit'))
      return { index: indexOf(held), programme: PROGRAMME, holder }
    }

    await t.test('L4: no reversal that the brand bears while points of its holder are held', async (t) => {
      const given = await grant(ada)
      const needs = { holders: [ada], tranches: [ada], notes: [ada], grants: [given.index] }
      const borne = (snapshot: Snapshot): Draft => {
        const postings = [{ from: 'forfeited', to: 'issuance', amount: 5 }]
        const data = { grant: given.index, amount: 5, reason: 'given in error', postings }
        return pointsDraft(snapshot, PROGRAMME, actor, 'grant.reversed', data, { private: [noteOf(snapshot, ada)] })
      }
      const held = await redeemed(ada)
      await t.rejects(append(unjudged(needs, (snapshot) => [borne(snapshot)])), /L4: .* held/)
      const release = releaseRedemption(once(), held)
      // In one transaction as in three: what counts is what was held when the entry was written.
      const around: Drafts = function* (snapshot, recordedAt) {
        yield* release.judge(snapshot, recordedAt)
        yield borne(snapshot)
        yield* redeemReward({ programme: PROGRAMME, holder: ada }, 'visit').judge(snapshot, recordedAt)
      }
      const all = { ...needs, redemptions: [held.index] }
      await append({
        ...unjudged(all, around),
        needs: { ...release.needs, points: { programmes: [PROGRAMME], ...all } },
      })
      const [totals] = await database.kysely.selectFrom('programme_balance').select(['forfeited', 'held']).execute()
      t.same(totals, { forfeited: -5, held: 6 })
      const undone = database.kysely
        .updateTable('point_grant')
        .set({ reversed: 0 })
        .where('entry_index', '=', given.index)
      await t.rejects(undone.execute(), /L4: a reversal is never taken back/)
      const after: Drafts = function* (snapshot, recordedAt) {
        yield* redeemReward({ programme: PROGRAMME, holder: ben }, 'visit').judge(snapshot, recordedAt)
        yield borne(snapshot)
      }
      await grant(ben)
      await t.rejects(append(unjudged({ ...needs, holders: [ada, ben], tranches: [ada, ben] }, after)), /L4: .* held/)
    })

    await t.test('RW1: no place that there is not', async (t) => {
      await redeemed(ben)
      await grant(self, 'help', other)
      const oversold = unjudged({ holders: [self], tranches: [self] }, (snapshot) => {
        const known = snapshot.points.programme(PROGRAMME)?.rewards[0]
        const tranches = soonestFirst(snapshot, self, 6)
        const move = { holder: self, from: 'available', to: 'held', amount: 6, tranches } as const
        const { postings, private: openings } = book(snapshot, [move])
        const cited = { reward: 'visit', version: 1, rewardIndex: known?.index ?? 0, amount: 6 }
        const data = { ...cited, holdUntil: at(DAY_MS), postings }
        return [pointsDraft(snapshot, PROGRAMME, { kind: 'holder' }, 'redemption.held', data, { private: openings })]
      })
      await t.rejects(append(oversold), /rw1_never_oversold/)
    })

    await t.test('RW4: a redemption does not end twice', async (t) => {
      const [{ entry_index: index } = { entry_index: 0 }] = await database.kysely
        .selectFrom('redemption')
        .select('entry_index')
        .where('holder', '=', ben)
        .execute()
      await append(releaseRedemption(once(), { index, programme: PROGRAMME, holder: ben }))
      await redeemed(ben)
      const again = unjudged({ holders: [ben], redemptions: [index] }, (snapshot) => {
        const move = { holder: ben, from: 'held', to: 'redeemed', amount: 6 } as const
        const { postings, private: openings } = book(snapshot, [move])
        const data = { redemption: index, reward: 'visit', postings }
        return [pointsDraft(snapshot, PROGRAMME, actor, 'redemption.confirmed', data, { private: openings })]
      })
      await t.rejects(append(again), /a redemption is resolved once/)
    })

    await t.test('GR2: nobody posts what is their own, whoever granted it', async (t) => {
      const pending = await grant(self, 'waits', other)
      await t.rejects(append(postGrant(once(), pending)), { code: 'reviewer_is_beneficiary' })
      const honest = postGrant(once(other), pending)
      const posted: Command = {
        needs: honest.needs,
        judge: (snapshot, recordedAt) => [...honest.judge(snapshot, recordedAt)].map((draft) => ({ ...draft, actor })),
      }
      await t.rejects(append(posted), /GR2: /)
      await append(postGrant(once(other), pending))
    })

    await t.test('GR4, L4: of a grant that waits nothing is taken back', async (t) => {
      const { index } = await grant(ada, 'waits')
      const early = unjudged({ holders: [ada], grants: [index] }, (snapshot) => {
        const tranches = soonestFirst(snapshot, ada, 1)
        const move = { holder: ada, from: 'available', to: 'issuance', amount: 1, tranches } as const
        const { postings, private: openings } = book(snapshot, [move])
        const data = { grant: index, amount: 1, reason: 'given in error', postings }
        return [pointsDraft(snapshot, PROGRAMME, actor, 'grant.reversed', data, { private: openings })]
      })
      const needs = { points: { ...early.needs.points, tranches: [ada] } }
      await grant(ada)
      await t.rejects(append({ ...early, needs }), /"point_grant" violates check constraint/)
    })

    await t.test('L5: nothing expires before its day, nor before a notice has stood', async (t) => {
      const early = unjudged({ holders: [ada], tranches: [ada] }, function* (snapshot) {
        const [{ grantIndex, remaining: amount, expiresAt }] = snapshot.points.tranches(ada) as [TrancheRow]
        const day = { expiresAt: expiresAt ?? '' }
        yield pointsDraft(snapshot, PROGRAMME, SYSTEM, 'points.expiring', { ...day, holders: 1, amount })
        const tranches = [{ grant: grantIndex, amount, ...day }]
        const { postings, private: openings } = book(snapshot, [
          { holder: ada, from: 'available', to: 'expired', amount, tranches },
        ])
        yield pointsDraft(snapshot, PROGRAMME, SYSTEM, 'points.expired', { ...day, postings }, { private: openings })
      })
      await t.rejects(append(early), /points expire after a notice/)
    })

    await t.test('PR3: an answer is missed once', async (t) => {
      const idea = { original: 'en', title: { en: 'A cap' }, text: { en: 'Easier to open.' } } as const
      const proposal = indexOf(await append(submitProposal(once(), PROGRAMME, idea)))
      const missed = unjudged({ proposals: [proposal] }, (snapshot) => [
        pointsDraft(snapshot, PROGRAMME, SYSTEM, 'proposal.answer_missed', { proposal, due: at(0) }),
      ])
      await append(missed)
      await t.rejects(append(missed), /PR3: /)
    })

    await t.test('ER1, GR2, BL1, BL2: no vote by a young rule, for oneself, or when nobody votes', async (t) => {
      const young = indexOf(
        await append(publishRule(once(), PROGRAMME, supervision({ rule: 'young', earns: { vote: true } }))),
      )
      const options = ['a', 'b'].map((id) => ({ id, title: NAME }))
      const asked = {
        question: NAME,
        options,
        choice: 'single',
        opensAt: at(DAY_MS),
        closesAt: at(2 * DAY_MS),
      } as const
      const ballot = indexOf(await append(draftBallot(once(), PROGRAMME, asked)))
      const place = { index: ballot, programme: PROGRAMME }
      const entitled = await append(grantEntitlement(once(), place, { rule: 'voice', source, holder: ada }))
      const { rule_index: ruleIndex } = await database.kysely
        .selectFrom('entitlement')
        .select('rule_index')
        .where('entry_index', '=', indexOf(entitled))
        .executeTakeFirstOrThrow()
      const cited = { ballot, rule: 'voice', version: 1, ruleIndex, source }
      const vote = (data: JsonObject, holder: string): Command => entry('entitlement.granted', data, holder)
      await t.rejects(append(vote({ ...cited, rule: 'young', ruleIndex: young }, ben)), /ER1: no anchor/)
      await t.rejects(append(vote(cited, self)), /GR2: /)
      await t.rejects(append(vote({ ...cited, source: source - 1 }, ada)), /entitlement_ballot_holder_key/, 'twice')
      const next = indexOf(await append(draftBallot(once(), PROGRAMME, asked)))
      const again = vote({ ...cited, ballot: next }, ada)
      await t.rejects(append(again), /entitlement_holder_rule_source_programme_key/, 'GR3: by the same source')
      await append(freezeBallot(once(), place, await eligibilityOf(database, place)))
      await t.rejects(append(vote(cited, ben)), /BL1: the list of those entitled is frozen/)
      const frozen = unjudged({ ballots: [ballot] }, (snapshot) => [
        pointsDraft(snapshot, PROGRAMME, actor, 'ballot.frozen', { ballot, eligible: 2, root: 'A'.repeat(43) }),
      ])
      await t.rejects(append(frozen), /a ballot takes each step once/)

      const cast = (token: string): Command =>
        unjudged({ ballots: [ballot], notes: [ada] }, (snapshot) => {
          const openings = [{ name: '/choice', value: { token, choice: ['a'] } }, noteOf(snapshot, ada)]
          const holder = { kind: 'holder' }
          return [pointsDraft(snapshot, PROGRAMME, holder, 'ballot.cast', { ballot }, { private: openings })]
        })
      const token = (await findToken(database.kysely, ballot, ada)) ?? ''
      await t.rejects(append(cast(token)), /BL2: the ballot is not open/)
      const foreign = Buffer.alloc(16, 7).toString('base64url')
      t.not(tokenCommitment(foreign), tokenCommitment(token))
      await t.rejects(append(cast(foreign)), /ballot_cast_ballot_commitment_fkey/, 'a token that nobody has')
    })

    await t.test('what was refused left no trace', async (t) => {
      t.same((await checkLog(database)).problems, [])
    })
  })
}
