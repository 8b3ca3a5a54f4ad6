/** The clocks of a brand through the API: published before use, fixed at the opening, started by milestones (CL1–CL4). */
import { sql } from 'kysely'
import t from 'tap'
import { DEFAULT_CLOCKS } from '../../../ledger/clock-preset.ts'
import type { CrisisState } from '../../../ledger/crisis.ts'
import { parseEntry } from '../../../ledger/entry.ts'
import type { Entry } from '../../../ledger/entry.ts'
import type { Milestone } from '../../../ledger/milestone.ts'
import { openAuditor } from '../../../server/services/audit/auditor.ts'
import { checkLog } from '../../../server/services/log/check-log.ts'
import { guardLookBack } from '../../../server/services/crises/look-back-guards.ts'
import { ENGINES } from '../../support/database.ts'
import { GTIN, inHours, milestoneBody, openSite } from './site.ts'
import type { Site } from './site.ts'

const FAST = { ...DEFAULT_CLOCKS, S3: { acknowledge: { hours: 2 }, update: { hours: 3 }, lookBacks: [7, 30] } }

async function entryAt(site: Site, index: number): Promise<Entry> {
  return parseEntry((await site.log.reader.entries(index, index + 1))[0]!.bytes)
}

async function stateOf(site: Site, code: string): Promise<CrisisState> {
  return (await site.get(`/crises/${code}`)).json<{ state: CrisisState }>().state
}

const hoursFrom = (recordedAt: string, hours: number): string =>
  new Date(Date.parse(recordedAt) + hours * 3_600_000).toISOString()

for (const engine of ENGINES) {
  t.test(
    `a preset is published before it is used, and a crisis keeps the one of its opening (CL1, on ${engine})`,
    async (t) => {
      const site = await openSite(t, engine)
      const built = (await site.get('/brands/dairy/clocks')).json<Record<string, unknown>>()
      t.match(built, { version: 0, index: null, severities: DEFAULT_CLOCKS, calendar: { name: 'CN', zone: '+08:00' } })
      const before = await site.crisis()
      const published = await site.write('/brands/dairy/clocks', { severities: FAST })
      const entry = await entryAt(site, Number(published['index']))
      t.match(entry, { type: 'clocks.published', stream: 'brand:dairy', data: { version: 1, severities: FAST } })
      t.ok((entry.data['calendar'] as unknown as { holidays: string[] }).holidays.includes('2026-02-17'))
      const after = await site.crisis()
      const opened = async (code: string): Promise<Entry> => {
        const [first] = await site.log.reader.streamEntries(`crisis:${code}`)
        return parseEntry(first!.bytes)
      }
      const [old, fresh] = [await opened(before), await opened(after)]
      t.match(old.data, { clocks: { version: 0, severities: DEFAULT_CLOCKS, calendar: { name: 'CN' } } })
      t.match(fresh.data, { clocks: { version: 1, index: published['index'], severities: FAST } })
      t.same(fresh.data['dues'], [{ clock: 'acknowledge', due: { at: hoursFrom(fresh.recordedAt, 2) } }])
      const acknowledged = await entryAt(site, await site.milestone(before, { kind: 'acknowledged' }))
      t.same(
        acknowledged.data['dues'],
        [{ clock: 'update', due: { at: hoursFrom(acknowledged.recordedAt, 24 * 7) } }],
        'by the clocks of its opening',
      )
      await site.write('/brands/dairy/clocks', { severities: DEFAULT_CLOCKS })
      t.match((await site.get('/brands/dairy/clocks')).json(), { version: 2, severities: DEFAULT_CLOCKS })
      await t.rejects(
        sql`UPDATE brand SET clocks_version = 1`.execute(site.database.kysely),
        /CL1/,
        'nor in the database',
      )
      t.same((await checkLog(site.database)).problems, [])
    },
  )
}

t.test('what is no preset is refused, and so is who may not publish it', async (t) => {
  const site = await openSite(t, 'postgres')
  const bad = [{}, { severities: { S1: {} } }, { severities: { ...FAST, S4: { acknowledge: { hours: 0 } } } }]
  for (const body of bad) t.equal((await site.post('/brands/dairy/clocks', body)).statusCode, 400)
  const descending = { severities: { ...FAST, S4: { lookBacks: [30, 7] } } }
  t.match((await site.post('/brands/dairy/clocks', descending)).json(), { code: 'clocks_malformed', status: 400 })
  t.equal((await site.post('/brands/nobody/clocks', { severities: FAST })).statusCode, 404)
  t.equal((await site.get('/brands/nobody/clocks')).statusCode, 404)
  const auditor = await site.key('auditor', 'dairy')
  t.equal((await site.post('/brands/dairy/clocks', { severities: FAST }, { key: auditor })).statusCode, 403)
})

t.test('milestones start and end the clocks; a client cannot send them; a reconstructed record has none', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis({ severity: 'S2' })
  const signal = await site.milestone(code, { kind: 'signal_noted', occurredAt: `${inHours(-0.2).slice(0, 16)}Z` })
  const sent = { kind: 'acknowledged', dues: [{ clock: 'update', due: { at: inHours(9999) } }] }
  t.equal((await site.post(`/crises/${code}/milestones`, milestoneBody(sent))).statusCode, 400)
  const missed = { kind: 'clock_missed', clock: 'update', promise: 'update_1', due: { at: inHours(1) }, madeBy: 1 }
  t.match((await site.post(`/crises/${code}/milestones`, milestoneBody(missed))).json(), { code: 'kind_of_system' })
  const index = await site.milestone(code, { kind: 'acknowledged', trigger: signal })
  const raised = await entryAt(site, await site.milestone(code, { kind: 'reclassified', severity: 'S1' }))
  t.same(
    (raised.data['dues'] as unknown as { clock: string }[]).map(({ clock }) => clock),
    ['first_statement', 'update'],
    'tightened, forward only (CL2)',
  )
  const state = await stateOf(site, code)
  t.match(state.clocks, [{ clock: 'acknowledge', by: index }, { clock: 'first_statement' }, { clock: 'update' }])
  const auditor = openAuditor({ database: site.database, reader: site.log.reader })
  const { clocks } = await auditor.crisis(code)
  t.match(clocks, {
    overdue: [],
    misses: 0,
    next: { promise: `first_statement_${raised.seq}`, clock: 'first_statement' },
  })
  t.match(clocks.timeToAcknowledge, { minutes: 12, trigger: signal, acknowledged: index })
  const later = openAuditor({
    database: site.database,
    reader: site.log.reader,
    now: () => Date.now() + 13 * 3_600_000,
  })
  t.same(
    (await later.crisis(code)).clocks.overdue.map(({ clock }) => clock),
    ['first_statement', 'update'],
  )
  const recorder = { kind: 'third_party', name: { 'zh-CN': '某人', en: 'Somebody' } }
  const past = await site.crisis({ mode: 'reconstructed', recorder })
  await site.milestone(past, { kind: 'acknowledged', occurredAt: '2020-01-01', zone: '+08:00' })
  const entries = await site.log.reader.streamEntries(`crisis:${past}`)
  for (const { bytes } of entries) t.match(parseEntry(bytes).data, { dues: undefined, clocks: undefined })
  t.match((await auditor.crisis(past)).clocks, {
    next: null,
    overdue: [],
    timeToAcknowledge: { reason: 'reconstructed' },
  })
})

t.test('a look-back must be owed, and half of its time must have passed (CL4)', async (t) => {
  const site = await openSite(t, 'postgres')
  const code = await site.crisis({ severity: 'S2' })
  const refuses = async (problem: string, lookBack: number): Promise<void> => {
    const answer = await site.post(
      `/crises/${code}/milestones`,
      milestoneBody({ kind: 'look_back_published', lookBack }),
    )
    t.match(answer.json(), { code: problem, status: 409 }, answer.body)
  }
  await refuses('look_back_unknown', 30)
  const signal = await site.milestone(code, { kind: 'signal_noted' })
  await site.milestone(code, { kind: 'acknowledged', trigger: signal })
  const scope = [{ by: 'batch', gtin: GTIN, lot: 'L1' }]
  await site.milestone(code, { kind: 'scope_published', scope, basis: 'precaution' })
  await site.milestone(code, { kind: 'statement', state: 'remedying' })
  await site.milestone(code, { kind: 'statement', state: 'monitoring' })
  const closed = await entryAt(site, await site.milestone(code, { kind: 'closed', noCauseReason: 'not_found' }))
  t.same(
    (closed.data['dues'] as unknown as { clock: string; due: { at: string } }[]).map(({ clock, due }) => [
      clock,
      due.at,
    ]),
    [
      ['dossier', hoursFrom(closed.recordedAt, 24 * 30)],
      ['look_back_30', hoursFrom(closed.recordedAt, 24 * 30)],
      ['look_back_90', hoursFrom(closed.recordedAt, 24 * 90)],
    ],
  )
  await refuses('look_back_unknown', 7)
  await refuses('look_back_too_early', 30)
  const scoped = (await stateOf(site, code)).clocks?.find(({ clock }) => clock === 'acknowledge')?.by
  const never = { reason: 'did_not_occur', original: 'en', text: { en: 'It was not so.', 'zh-CN': '并非如此。' } }
  const corrected = await site.post(`/entries/${scoped as number}/corrections`, never)
  t.match(corrected.json(), { status: 409, code: 'not_correctable', detail: /ended the clock acknowledge/ })
  await site.milestone(code, { kind: 'reopened', trigger: signal })
  const state = await stateOf(site, code)
  t.same(
    state.clocks?.filter(({ by }) => by === undefined).map(({ clock }) => clock),
    ['dossier', 'look_back_30', 'look_back_90', 'update'],
  )
})

t.test('a look-back that was missed before does not open the next one before its time (CL4)', async (t) => {
  const site = await openSite(t, 'pglite')
  const state = await stateOf(site, await site.crisis())
  const day = (days: number): string => hoursFrom('2026-03-01T00:00:00.000Z', 24 * days)
  const clock = { promise: 'look_back_30_5', clock: 'look_back_30', madeBy: 5 }
  const missed = { ...clock, due: { at: day(30) }, missed: 9 }
  const running = { ...clock, promise: 'look_back_30_12', madeBy: 12, due: { at: day(70) } }
  const guard = (clocks: CrisisState['clocks'] & object, on: number): void => {
    const milestone = { kind: 'look_back_published' as const, lookBack: 30 }
    guardLookBack({ ...state, clocks }, { ...milestoneBody(), ...milestone } as Milestone, day(on))
  }
  t.doesNotThrow(() => guard([missed], 41))
  t.throws(() => guard([missed, running], 41), { code: 'look_back_too_early', message: /2026-04-25/ })
  t.doesNotThrow(() => guard([missed, running], 55))
})
