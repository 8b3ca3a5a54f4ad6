/** Claims: one holder cannot flood the log, whoever has the code and however often it is sent. */
import t from 'tap'
import { openHolderDesk } from '../../../server/services/points/holder-desk.ts'
import { draftBallot, freezeBallot, grantEntitlement } from '../../../server/services/points/ballots.ts'
import { CASTS_MAX } from '../../../server/services/points/cast-vote.ts'
import { eligibilityOf } from '../../../server/services/points/freeze-eligibility.ts'
import { LiabilitiesTrees } from '../../../server/services/points/liabilities-tree.ts'
import { WAITING_MAX, moveProposal } from '../../../server/services/points/proposals.ts'
import { idempotencyOf } from '../../support/log.ts'
import { PROGRAMME, confirmAnchor, indexOf, once } from '../../support/points.ts'
import { DAY_MS, ballotOn, openSpending } from './spending.ts'

t.setTimeout(600_000)

const liabilities = new LiabilitiesTrees()
t.teardown(async () => await liabilities.close())

const spending = await openSpending(t, 2)
const { database, log, source } = spending
const [ada, ben] = spending.holders as [(typeof spending.holders)[0], (typeof spending.holders)[0]]
const desk = openHolderDesk({ database, checkpoints: log.checkpoints, liabilities }, log.sequencer)
const codeOf = ({ spendCode }: typeof ada) => ({ kind: 'spend', code: spendCode }) as const
const anew = () => undefined

t.test('so many suggestions of one holder wait for their answers, and no more', async (t) => {
  const idea = { original: 'en', title: { en: 'A cap' }, text: { en: 'Easier to open.' } } as const
  const last = idempotencyOf('a suggestion')
  const sent: number[] = []
  for (let i = 1; i < WAITING_MAX; i++) sent.push(indexOf(await desk.propose(codeOf(ada), idea, anew)))
  const answered = await desk.propose(codeOf(ada), idea, () => last)
  const refused = { code: 'proposals_waiting', detail: { waiting: WAITING_MAX } }
  await t.rejects(desk.propose(codeOf(ada), idea, anew), refused)
  t.same((await desk.propose(codeOf(ada), idea, () => last)).body, answered.body, 'sent again it is answered again')
  await desk.propose(codeOf(ben), idea, anew)
  const place = { index: sent[0]!, programme: PROGRAMME, holder: ada.id }
  await log.sequencer.append(moveProposal(once(), place, { to: 'accepted' }))
  await desk.propose(codeOf(ada), idea, anew)
  await t.rejects(desk.propose(codeOf(ada), idea, anew), refused)
})

t.test('a vote is changed so many times, and no more: the last one counts', async (t) => {
  const drafted = draftBallot(once(), PROGRAMME, ballotOn(spending))
  const place = { index: indexOf(await log.sequencer.append(drafted)), programme: PROGRAMME }
  for (const { id: holder } of [ada, ben]) {
    await log.sequencer.append(grantEntitlement(once(), place, { rule: 'voice', source, holder }))
  }
  await log.sequencer.append(freezeBallot(once(), place, await eligibilityOf(database, place)))
  await confirmAnchor(database)
  await spending.setAhead(DAY_MS + 1000)
  await spending.sweep()
  for (let i = 0; i < CASTS_MAX; i++) await desk.vote(codeOf(ada), place.index, [i % 2 === 0 ? 'cap' : 'straw'], anew)
  await t.rejects(desk.vote(codeOf(ada), place.index, ['cap'], anew), { code: 'votes_exhausted' })
  await desk.vote(codeOf(ben), place.index, ['label'], anew)
})
