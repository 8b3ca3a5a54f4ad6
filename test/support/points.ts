/** A points programme on a test log: its brand, keys, rules and holders, and anchors as the chain would confirm them. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../../server/db/database.ts'
import type { Admin } from '../../server/services/keys/admin-key.ts'
import type { Request } from '../../server/services/keys/key-commands.ts'
import type { AppendResult, Command, Idempotency } from '../../server/services/log/command.ts'
import type { Log } from '../../server/services/log/open-log.ts'
import { openHolders } from '../../server/services/points/open-holders.ts'
import type { OpenedHolder } from '../../server/services/points/open-holders.ts'
import { openProgramme } from '../../server/services/points/open-programme.ts'
import { publishRule } from '../../server/services/points/rules.ts'
import type { NewRule } from '../../server/services/points/rules.ts'
import type { NewTerms } from '../../server/services/points/open-programme.ts'
import { BRAND, CHAIN_ID, CONTRACT, idempotencyOf, openBrand } from './log.ts'

export const PROGRAMME = 'herd'
export const STAFF: Admin = { keyId: 'k_staff', role: 'staff', brand: BRAND }

const NAME = { 'zh-CN': '牧场伙伴', en: 'Herd partners' }
export const TERMS: NewTerms = {
  text: { 'zh-CN': '积分按公开规则发放。', en: 'Points follow published rules.' },
  noCash: { 'zh-CN': '积分不是钱，不能转让。', en: 'Points are no money and cannot be passed on.' },
  expiry: { months: 12 },
}

/** A rule for supervision; 10 points at once unless told otherwise. */
export function supervision(members: Partial<NewRule> & { rule: string }): NewRule {
  return {
    activity: 'supervision',
    title: { 'zh-CN': '质量监督', en: 'Quality supervision' },
    text: { 'zh-CN': '提交一份完整的检查记录。', en: 'For a complete record of an inspection.' },
    earns: { points: 10 },
    reviewerRole: 'staff',
    pendingDays: 0,
    ...members,
  }
}

export const as = (admin: Admin, idempotency?: Idempotency): Request => ({
  admin,
  ...(idempotency === undefined ? {} : { idempotency }),
})

/** A request with its own key, as routes make it. */
export const once = (admin: Admin = STAFF): Request => as(admin, idempotencyOf(randomUUID()))

/** Opens the programme `herd` with these rules, and holders. */
export async function openTestProgramme(
  log: Log,
  database: Database,
  rules: readonly NewRule[],
  holders: number,
): Promise<OpenedHolder[]> {
  await log.sequencer.append(openBrand())
  const programme = { id: PROGRAMME, name: NAME, original: 'zh-CN', terms: TERMS } as const
  await log.sequencer.append(openProgramme(once(), BRAND, programme))
  for (const rule of rules) await log.sequencer.append(publishRule(once(), PROGRAMME, rule))
  const opened = openHolders(once(), PROGRAMME, { count: holders })
  await log.sequencer.append(opened.command)
  await confirmAnchor(database)
  return opened.holders
}

/** What the anchoring loop writes once the chain has confirmed the log as it stands. */
export async function confirmAnchor({ kysely }: Database): Promise<void> {
  await sql`
    INSERT INTO anchor (chain_id, contract, size, root, transaction, block, timestamp)
    SELECT ${CHAIN_ID}, ${CONTRACT}, size, sha256(edge), '0x' || repeat('ab', 32), size, 1 FROM log_head
    ON CONFLICT DO NOTHING`.execute(kysely)
}

/** Puts an entry of the brand on record that points can be given for, and gives its index. */
export async function recordSource(log: Log): Promise<number> {
  const { written } = await log.sequencer.append(sourceCommand())
  return written[0]?.index ?? -1
}

export function sourceCommand(): Command {
  const data = { gtin: '06901234567892', lot: randomUUID().slice(0, 8) }
  return {
    needs: { brands: [BRAND], batches: [data], streams: [`brand:${BRAND}`] },
    judge: () => [
      { type: 'note.recorded', stream: `brand:${BRAND}`, brand: BRAND, actor: { kind: 'staff', id: 'k_staff' }, data },
    ],
  }
}

export const indexOf = ({ written }: AppendResult): number => written[0]?.index ?? -1
