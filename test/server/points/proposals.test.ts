/** Claims: PR1–PR3 on proposals, in the service and again in the database. */
import { sql } from 'kysely'
import t from 'tap'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { openHolders } from '../../../server/services/points/open-holders.ts'
import { ANSWER_DAYS, moveProposal, submitAsHolder, submitProposal } from '../../../server/services/points/proposals.ts'
import type { ProposalMove } from '../../../server/services/points/proposals.ts'
import { openKey } from '../../../server/services/keys/key-commands.ts'
import { BRAND } from '../../support/log.ts'
import { PROGRAMME, STAFF, indexOf, once } from '../../support/points.ts'
import { DAY_MS, holderRequest, openSpending } from './spending.ts'

t.setTimeout(600_000)

const IDEA = {
  original: 'zh-CN',
  title: { 'zh-CN': '换个瓶盖' },
  text: { 'zh-CN': '老人打不开。', en: 'Old people cannot open it.' },
  author: '小王',
} as const

t.test('PR1, PR2, PR3: every proposal gets an answer with a reason from somebody else, or its miss', async (t) => {
  const spending = await openSpending(t, 1)
  const { log, database, holders } = spending
  const append = log.sequencer.append.bind(log.sequencer)
  const second = openKey(once(), { role: 'staff', brand: BRAND })
  const key = String((await append(second.command)).body['id'])
  const other = once({ ...STAFF, keyId: key })
  const another = () => once(other.admin)
  const move = (
    index: number,
    to: ProposalMove['to'],
    members: Partial<ProposalMove> = {},
    holder: string | null = null,
  ) => ({ place: { index, programme: PROGRAMME, holder }, move: { to, ...members } })

  const own = indexOf(await append(submitProposal(once(), PROGRAMME, IDEA)))
  const sent = indexOf(await append(submitAsHolder(holderRequest(holders[0]!), IDEA)))

  await t.test('the words are redactable and the sender stands nowhere', async (t) => {
    const { bytes, disclosures } = await log.reader.entry(sent)
    const text = Buffer.from(bytes).toString()
    t.notMatch(text, /瓶盖|小王|H-[0-9A-Z]{20}/)
    t.equal(disclosures.length, 4)
    const openings = await database.kysely
      .selectFrom('opening')
      .select('holder')
      .where('entry_index', '=', sent)
      .execute()
    t.same(openings, [{ holder: holders[0]!.id }])
  })

  await t.test('what was written must be there in its own language', async (t) => {
    const foreign = { ...IDEA, original: 'en' as const }
    await t.rejects(append(submitProposal(once(), PROGRAMME, foreign)), { code: 'text_original_missing' })
    const late = submitProposal(once(), PROGRAMME, IDEA, spending.instant((ANSWER_DAYS + 1) * DAY_MS))
    await t.rejects(append(late), { code: 'answer_due' })
  })

  await t.test('PR2: nobody moves what is their own, as staff or as a holder', async (t) => {
    const { place, move: step } = move(own, 'under_review')
    await t.rejects(append(moveProposal(once(), place, step)), { code: 'reviewer_is_author' })
    const { command, holders: opened } = openHolders(once(), PROGRAMME, { staffKey: key })
    await append(command)
    const theirs = indexOf(await append(submitAsHolder(holderRequest(opened[0]!), IDEA)))
    const mine = move(theirs, 'accepted', {}, opened[0]!.id)
    await t.rejects(append(moveProposal(another(), mine.place, mine.move)), { code: 'reviewer_is_author' })
    await append(moveProposal(once(), mine.place, mine.move))
    for (const [index, reviewer] of [
      [own, 'k_staff'],
      [theirs, key],
    ] as const) {
      await t.rejects(
        sql`INSERT INTO proposal_step (entry_index, proposal, step, reviewer, has_reason)
          VALUES (${index}, ${index}, 'accepted', ${reviewer}, true)`.execute(database.kysely),
        /PR2/,
      )
    }
  })

  await t.test('PR1: declining and merging need a reason', async (t) => {
    const declined = move(own, 'declined')
    await t.rejects(append(moveProposal(another(), declined.place, declined.move)), { code: 'reason_missing' })
    await t.rejects(
      sql`INSERT INTO proposal_step (entry_index, proposal, step, reviewer, has_reason)
        VALUES (${own}, ${own}, 'declined', ${key}, false)`.execute(database.kysely),
      /pr1_reason/,
    )
    const merged = move(own, 'merged', { into: sent, reason: { en: 'the same idea' } })
    await append(moveProposal(another(), merged.place, merged.move))
    const again = move(own, 'accepted')
    await t.rejects(append(moveProposal(another(), again.place, again.move)), { code: 'proposal_step' })
    await t.rejects(
      append(
        moveProposal(another(), move(sent, 'merged', {}, holders[0]!.id).place, {
          to: 'merged',
          into: 999_999,
          reason: { en: 'x' },
        }),
      ),
      { code: 'proposal_unknown' },
    )
  })

  await t.test('PR3: a missed answer is written by the system, once, and the answer may still come', async (t) => {
    t.equal(await spending.sweep(), 0)
    await spending.setAhead((ANSWER_DAYS + 1) * DAY_MS)
    await Promise.all([spending.sweep(), spending.sweep(), spending.sweep()])
    t.equal(await spending.sweep(), 0)
    const state = await database.kysely
      .selectFrom('proposal')
      .selectAll()
      .where('entry_index', '=', sent)
      .executeTakeFirst()
    t.ok(state?.missed_index)
    const accepted = move(sent, 'accepted', {}, holders[0]!.id)
    await append(moveProposal(another(), accepted.place, accepted.move))
    const shipped = move(sent, 'shipped', { improvement: spending.source }, holders[0]!.id)
    await append(moveProposal(another(), shipped.place, shipped.move))
    const misses = (await log.reader.streamEntries(`points:${PROGRAMME}`)).filter(({ bytes }) =>
      Buffer.from(bytes).toString().includes('proposal.answer_missed'),
    )
    t.equal(misses.length, 1)
  })

  t.same((await checkLog(database)).problems, [], 'fsck finds the same')
})
