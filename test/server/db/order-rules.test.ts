/**
 * The rules of a live crisis hold in the database by themselves: whatever a program forgot to judge, the transaction
 * fails. What is late, and records of the past, are marked by readers and let in here.
 */
import t from 'tap'
import type { JsonObject } from '../../../ledger/json.ts'
import { sqlState } from '../../../server/db/session.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { crisisCode, milestone, openBrand, openCrisis, openTestLog } from '../../support/log.ts'

const VIOLATED = '23000'
const HOUR = 3_600_000
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString()
const LOOK_BACKS = { version: 1, severities: { S1: { lookBacks: [7, 30] }, S2: { lookBacks: [30] }, S3: {}, S4: {} } }
const due = { at: inHours(48) }

/** Writes milestones that nobody judged, as a program with a bug would. */
class Story {
  readonly #log: Log
  readonly #code: string

  constructor(log: Log, code: string) {
    this.#log = log
    this.#code = code
  }

  static async open(log: Log, number: number, data: JsonObject = {}): Promise<Story> {
    const code = crisisCode(number)
    await log.sequencer.append(openCrisis(code, { safety: true, ...data }))
    return new Story(log, code)
  }

  /** The SQLSTATE of the refusal; undefined when it is on record. */
  async say(kind: string, data: JsonObject = {}): Promise<string | undefined> {
    const { zone: _, ...said } = milestone(this.#code, { kind, occurredAt: inHours(0), ...data }).data
    const isDay = (data['zone'] ?? undefined) !== undefined
    const system = kind === 'commitment_missed' ? { actor: { kind: 'system' } } : {}
    const draft = { ...milestone(this.#code, {}), data: isDay ? { ...said, zone: data['zone']! } : said, ...system }
    return await this.#log.sequencer.append({ needs: { crises: [this.#code] }, judge: () => [draft] }).then(
      () => undefined,
      (error: unknown) => sqlState(error) ?? String(error),
    )
  }
}

const SPEAKING = ['apology', 'compensation', 'voice_recorded', 'case_shared', 'improvement_announced']
const basis = { personalBasis: 'public_source' }

for (const engine of ENGINES) {
  t.test(`what the program forgets, ${engine} refuses`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir })
    t.teardown(async () => log.close())
    await log.sequencer.append(openBrand())
    let number = 1
    const open = async (data?: JsonObject): Promise<Story> => await Story.open(log, number++, data)

    await t.test('C1: a step that is not possible, in a record of the past too', async (t) => {
      for (const mode of ['live', 'reconstructed']) {
        const story = await open({ mode, safety: false })
        t.equal(await story.say('closed', { noCauseReason: 'not_found' }), VIOLATED, 'suspected to closed')
        t.equal(await story.say('statement', { state: 'monitoring' }), VIOLATED)
        t.equal(await story.say('acknowledged'), undefined)
        t.equal(await story.say('acknowledged'), undefined, 'what changes nothing is no step')
        t.equal(await story.say('statement', { state: 'investigating' }), undefined)
        t.equal(await story.say('dismissed', { dismissReason: 'no_fault_found' }), VIOLATED)
      }
    })

    await t.test('M4: safety comes first, and N3: what shows a person stands on something', async (t) => {
      const story = await open()
      for (const kind of SPEAKING) t.equal(await story.say(kind, basis), VIOLATED, kind)
      t.equal(await story.say('voice_recorded', { ...basis, occurredAt: inHours(-30) }), undefined, 'late: a mark')
      t.equal(await story.say('safety_instruction', { advice: { level: 'stop_use', scope: [] } }), undefined)
      for (const kind of SPEAKING) t.equal(await story.say(kind, basis), undefined, kind)
      for (const kind of ['voice_recorded', 'case_shared']) {
        t.equal(await story.say(kind), VIOLATED, kind)
        t.equal(await story.say(kind, { occurredAt: '2026-01-02', zone: '+08:00' }), VIOLATED, 'however long ago')
      }
      const harmless = await open({ safety: false })
      t.equal(await harmless.say('apology'), undefined)
    })

    await t.test('C1: a remedy rests on a scope with a basis and on a safety instruction', async (t) => {
      const story = await open()
      await story.say('acknowledged')
      t.equal(await story.say('statement', { state: 'remedying' }), VIOLATED)
      await story.say('safety_instruction', { advice: { level: 'stop_use', scope: [] } })
      await story.say('scope_published', { scope: [] })
      t.equal(await story.say('statement', { state: 'remedying' }), VIOLATED, 'a scope without a basis')
      t.equal(await story.say('scope_published', { scope: [], basis: 'cause', state: 'remedying' }), undefined)
    })

    await t.test(
      'C1, CL4: closing leaves nothing silent, and starts the look-backs of the gravest severity',
      async (t) => {
        const story = await open({ safety: false, clocks: LOOK_BACKS })
        await story.say('reclassified', { severity: 'S1' })
        await story.say('reclassified', { severity: 'S4' })
        await story.say('acknowledged')
        await story.say('scope_published', { scope: [], basis: 'cause', state: 'remedying' })
        await story.say('commitment_made', { commitment: { id: 'c1', due } })
        await story.say('commitment_made', { commitment: { id: 'c2', due: { date: '2026-01-02' } } })
        await story.say('commitment_made', { commitment: { id: 'c3', due } })
        await story.say('commitment_missed', { promise: 'c3', of: 'c3', due, madeBy: 1 })
        for (const openCommitments of [[], ['c1', 'c2'], ['c1', 'c3'], ['c3']]) {
          t.equal(
            await story.say('statement', { state: 'monitoring', openCommitments }),
            VIOLATED,
            openCommitments.join(),
          )
        }
        t.equal(await story.say('statement', { state: 'monitoring', openCommitments: ['c1'] }), undefined)
        const dues = [7, 30].map((days) => ({ clock: `look_back_${days}`, due: { at: inHours(24 * days) } }))
        const closing = { openCommitments: ['c1'], noCauseReason: 'not_found', dues }
        t.equal(await story.say('closed', closing), VIOLATED, 'c3 was missed, and nobody said why')
        await story.say('commitment_explained', { of: 'c3' })
        await story.say('commitment_rescheduled', { of: 'c3', due })
        const both = { ...closing, openCommitments: ['c1', 'c3'] }
        t.equal(await story.say('closed', closing), VIOLATED, 'c3 is open again')
        t.equal(await story.say('closed', both), undefined)
      },
    )

    await t.test('C1, CL4: an end has a cause or a reason, also when it claims to be of yesterday', async (t) => {
      const watched = async (): Promise<Story> => {
        const story = await open({ safety: false, clocks: LOOK_BACKS })
        await story.say('acknowledged')
        await story.say('scope_published', { scope: [], basis: 'cause', state: 'remedying' })
        await story.say('statement', { state: 'monitoring' })
        return story
      }
      const dues = [{ clock: 'look_back_30', due: { at: inHours(24 * 30) } }]
      const story = await watched()
      t.equal(await story.say('closed', { dues }), VIOLATED)
      t.equal(await story.say('closed', { noCauseReason: 'not_found' }), VIOLATED, 'no look-back')
      t.equal(await story.say('closed', { occurredAt: inHours(-30) }), VIOLATED, 'no look-back')
      await story.say('cause_identified')
      t.equal(await story.say('closed', { dues }), undefined)
      t.equal(await story.say('reopened'), VIOLATED)
      t.equal(await story.say('reopened', { trigger: 4 }), undefined)
      t.equal(await (await watched()).say('closed', { dues, occurredAt: inHours(-30) }), undefined, 'late: a mark')
      const other = await open({ safety: false })
      t.equal(await other.say('dismissed'), VIOLATED)
      t.equal(await other.say('dismissed', { dismissReason: 'no_fault_found' }), undefined)
    })

    await t.test('W3: a promise is kept, and an improvement shipped, with evidence', async (t) => {
      const story = await open({ safety: false })
      await story.say('commitment_made', { commitment: { id: 'c1', due } })
      for (const evidence of [{}, { evidence: [] }]) {
        t.equal(await story.say('commitment_fulfilled', { fulfils: 'c1', ...evidence }), VIOLATED)
        t.equal(await story.say('improvement_shipped', evidence), VIOLATED)
      }
      const evidence = ['a'.repeat(64)]
      t.equal(await story.say('commitment_fulfilled', { fulfils: 'c1', evidence }), undefined)
      t.equal(await story.say('improvement_shipped', { evidence }), undefined)
    })

    await t.test('a record of the past says what happened, in whatever order', async (t) => {
      const story = await open({ mode: 'reconstructed' })
      t.equal(await story.say('apology'), undefined)
      t.equal(await story.say('acknowledged'), undefined)
      t.equal(await story.say('statement', { state: 'remedying' }), undefined)
      t.equal(await story.say('statement', { state: 'monitoring' }), undefined)
      t.equal(await story.say('closed'), undefined)
    })
  })
}
