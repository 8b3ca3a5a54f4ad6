/** Commands of rewards, proposals and ballots as tests write them, and a programme whose clock a test sets. */
import { join } from 'node:path'
import { openDatabase } from '../../../server/db/database.ts'
import type { Database } from '../../../server/db/database.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import type { NewBallot } from '../../../server/services/points/ballots.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import type { OpenedHolder } from '../../../server/services/points/open-holders.ts'
import type { NewReward } from '../../../server/services/points/publish-reward.ts'
import type { HolderRequest } from '../../../server/services/points/redeem-reward.ts'
import { writeDueSpending } from '../../../server/services/points/spending-timer.ts'
import { installDatabaseClock, setDatabaseClock } from '../../support/database-clock.ts'
import { openTestDatabase } from '../../support/database.ts'
import { openTestLog } from '../../support/log.ts'
import { PROGRAMME, once, openTestProgramme, recordSource, supervision } from '../../support/points.ts'

export const DAY_MS = 86_400_000
const NAME = { 'zh-CN': '牧场参观', en: 'A visit to the ranch' }

type Test = { teardown(work: () => Promise<void>): void; comment(text: string): void }

export type Spending = {
  database: Database
  url: string
  log: Log
  holders: OpenedHolder[]
  /** An entry that points can be given for. */
  source: number
  /** Moves the clocks of database and instance this far ahead of the machine's. */
  setAhead(ms: number): Promise<void>
  /** An instant so far from the clock's now. */
  instant(ms: number): string
  sweep(): Promise<number>
  /** Grants so many points, by rules of 10 each, so that they are tranches of their own. */
  grant(holder: OpenedHolder, times: number): Promise<void>
}

/** A programme on PostgreSQL with a rule for 10 points and one for votes. */
export async function openSpending(t: Test, holders: number): Promise<Spending> {
  const { url, dataDir } = await openTestDatabase(t, 'postgres')
  if (url === undefined) throw new Error('this needs PostgreSQL')
  await installDatabaseClock(url)
  let ahead = 0
  const database = await openDatabase({ url, dataDir })
  const clock = (): number => Date.now() + ahead
  const onError = (error: unknown): void => t.comment(String(error))
  const log = await openTestLog({ database, dataDir: join(dataDir, 'log'), clock, onError })
  t.teardown(async () => {
    await log.close()
    await database.close()
  })
  const rules = [
    supervision({ rule: 'help' }),
    supervision({ rule: 'voice', activity: 'suggestion_adopted', earns: { vote: true } }),
  ]
  const opened = await openTestProgramme(log, database, rules, holders)
  return {
    database,
    url,
    log,
    holders: opened,
    source: await recordSource(log),
    async setAhead(ms) {
      ahead = ms
      await setDatabaseClock(url, ms)
    },
    instant: (ms) => new Date(clock() + ms).toISOString(),
    sweep: async () => await writeDueSpending(database, log.sequencer),
    async grant({ id }, times) {
      for (let i = 0; i < times; i++) {
        const source = await recordSource(log)
        await log.sequencer.append(grantPoints(once(), PROGRAMME, { rule: 'help', source, holder: id }))
      }
    },
  }
}

/** What a holder sends with the spend code. */
export const holderRequest = ({ id }: OpenedHolder): HolderRequest => ({ programme: PROGRAMME, holder: id })

export function ranchVisit(spending: Spending, members: Partial<NewReward> = {}): NewReward {
  return {
    reward: 'ranch-visit',
    title: NAME,
    text: { 'zh-CN': '一日参观，含午餐。', en: 'One day with lunch.' },
    conditions: { 'zh-CN': '年满十八岁。', en: 'Eighteen or older.' },
    cost: 20,
    capacity: 3,
    from: spending.instant(-1000),
    until: spending.instant(60 * DAY_MS),
    valueClass: 'under-200-cny',
    ...members,
  }
}

export function ballotOn(spending: Spending, members: Partial<NewBallot> = {}): NewBallot {
  return {
    question: { 'zh-CN': '先做哪一项？', en: 'Which one first?' },
    options: ['cap', 'label', 'straw'].map((id) => ({ id, title: { 'zh-CN': id, en: id } })),
    choice: 'single',
    opensAt: spending.instant(DAY_MS),
    closesAt: spending.instant(3 * DAY_MS),
    ...members,
  }
}
