/** Claims: a holder's receipt, built by the service under real anchors, is what the core's verifier calls verified. */
import t from 'tap'
import { utf8 } from '../../../ledger/bytes.ts'
import { chainQuestions } from '../../../ledger/findings.ts'
import { formatReceipt, timelineOf } from '../../../ledger/receipt.ts'
import type { Receipt } from '../../../ledger/receipt.ts'
import { formatLogId, logId } from '../../../ledger/log-id.ts'
import { verifyReceipt } from '../../../ledger/verify-receipt.ts'
import type { ReceiptReport } from '../../../ledger/verify-receipt.ts'
import { draftBallot, freezeBallot, grantEntitlement } from '../../../server/services/points/ballots.ts'
import { eligibilityOf } from '../../../server/services/points/freeze-eligibility.ts'
import { grantPoints } from '../../../server/services/points/grant-points.ts'
import { readHolder } from '../../../server/services/points/holder-lookup.ts'
import { openHolders } from '../../../server/services/points/open-holders.ts'
import type { OpenedHolder } from '../../../server/services/points/open-holders.ts'
import { openProgramme } from '../../../server/services/points/open-programme.ts'
import { submitAsHolder } from '../../../server/services/points/proposals.ts'
import { publishReward } from '../../../server/services/points/publish-reward.ts'
import { buildReceipt } from '../../../server/services/points/receipt.ts'
import { confirmRedemption, redeemReward, refundRedemption } from '../../../server/services/points/redeem-reward.ts'
import { renewViewCode } from '../../../server/services/points/renew-view-code.ts'
import { reverseGrant } from '../../../server/services/points/resolve-grant.ts'
import { publishRule, withdrawRule } from '../../../server/services/points/rules.ts'
import { askContract } from '../../../server/verify/chain-reader.ts'
import { BRAND, openBrand } from '../../support/log.ts'
import { PROGRAMME, TERMS, indexOf, once, recordSource, supervision } from '../../support/points.ts'
import { openSite, settle } from '../anchoring/site.ts'
import type { Site } from '../anchoring/site.ts'
import { DAY_MS } from './spending.ts'

t.setTimeout(600_000)

const NAME = { 'zh-CN': '牧场伙伴', en: 'Herd partners' }

/** A programme whose rules a real anchor covers, and its holders. */
async function openAnchored(site: Site, holders: number): Promise<OpenedHolder[]> {
  const { log } = site
  await log.sequencer.append(openBrand())
  const programme = { id: PROGRAMME, name: NAME, original: 'zh-CN', terms: TERMS } as const
  await log.sequencer.append(openProgramme(once(), BRAND, programme))
  await log.sequencer.append(publishRule(once(), PROGRAMME, supervision({ rule: 'help' })))
  const voice = supervision({ rule: 'voice', activity: 'suggestion_adopted', earns: { vote: true } })
  await log.sequencer.append(publishRule(once(), PROGRAMME, voice))
  const opened = openHolders(once(), PROGRAMME, { count: holders })
  await log.sequencer.append(opened.command)
  await settle(site.deps)
  return opened.holders
}

async function readReceipt({ database, log, deps }: Site, viewCode: string): Promise<Receipt> {
  const holder = await readHolder(database, { kind: 'view', code: viewCode }, 'view')
  return await buildReceipt({ database, checkpoints: log.checkpoints, liabilities: deps.liabilities }, holder)
}

async function judge({ chain, contract }: Site, receipt: Receipt, viewCode: string): Promise<ReceiptReport> {
  const questions = chainQuestions(timelineOf(receipt))
  if (questions === undefined) throw new Error('the receipt names no contract')
  return verifyReceipt(utf8(formatReceipt(receipt)), {
    viewCode,
    logId: formatLogId(logId({ origin: receipt.origin, chainId: 31337, contract: contract.address })),
    allowTestChain: true,
    chain: await askContract(chain.rpcUrl, questions),
  })
}

const failures = ({ checks }: ReceiptReport): string =>
  JSON.stringify(checks.filter(({ verdict }) => verdict !== 'verified'))

t.test('a receipt through the life of a holder', async (t) => {
  const site = await openSite(t, 'postgres')
  const { log, deps } = site
  const append = log.sequencer.append.bind(log.sequencer)
  const [holder, other] = (await openAnchored(site, 3)) as [OpenedHolder, OpenedHolder]
  const mine = { programme: PROGRAMME, holder: holder.id }
  const expect = async (verdict: string, words: string): Promise<Receipt> => {
    const receipt = await readReceipt(site, holder.viewCode)
    const report = await judge(site, receipt, holder.viewCode)
    t.equal(report.verdict, verdict, `${words}: ${failures(report)}`)
    return receipt
  }

  await expect('verified', 'before anything was given')
  const grants: number[] = []
  for (let i = 0; i < 3; i++) {
    const source = await recordSource(log)
    for (const { id } of [holder, other]) {
      grants.push(indexOf(await append(grantPoints(once(), PROGRAMME, { rule: 'help', source, holder: id }))))
    }
  }
  await expect('pending', 'before the next anchor')
  await settle(deps)
  const granted = await expect('verified', 'with points')
  t.equal(granted.balance?.balance, 30)

  const reward = {
    reward: 'visit',
    title: NAME,
    text: NAME,
    conditions: NAME,
    cost: 15,
    capacity: 5,
    from: new Date(Date.now() - 1000).toISOString(),
    until: new Date(Date.now() + DAY_MS).toISOString(),
    valueClass: 'under-200-cny',
  }
  await append(publishReward(once(), PROGRAMME, reward))
  const held = { index: indexOf(await append(redeemReward(mine, 'visit'))), ...mine }
  await settle(deps)
  await expect('verified', 'with a place held')
  await append(confirmRedemption(once(), held))
  await settle(deps)
  t.equal((await expect('verified', 'with a place confirmed')).balance?.balance, 15)
  await append(refundRedemption(once(), held))
  const again = { index: indexOf(await append(redeemReward(mine, 'visit'))), ...mine }
  await append(submitAsHolder(mine, { original: 'en', title: { en: 'A cap' }, text: { en: 'Easier to open.' } }))
  const source = await recordSource(log)
  const late = indexOf(await append(grantPoints(once(), PROGRAMME, { rule: 'help', source, holder: holder.id })))
  await append(reverseGrant(once(), { index: late, ...mine }, 'counted twice'))
  await append(confirmRedemption(once(), again))
  // Its points are spent: the brand bears it alone, and the holder is told of it all the same.
  const borne = indexOf(await append(reverseGrant(once(), { index: grants[0]!, ...mine }, 'given in error')))
  await append(withdrawRule(once(), PROGRAMME, 'help', 1))
  const opensAt = new Date(Date.now() + 3_600_000).toISOString()
  const closesAt = new Date(Date.now() + DAY_MS).toISOString()
  const options = ['a', 'b'].map((id) => ({ id, title: NAME }))
  const drafted = draftBallot(once(), PROGRAMME, { question: NAME, options, choice: 'single', opensAt, closesAt })
  const ballot = { index: indexOf(await append(drafted)), programme: PROGRAMME }
  await append(grantEntitlement(once(), ballot, { rule: 'voice', source, holder: holder.id }))
  await append(freezeBallot(once(), ballot, await eligibilityOf(site.database, ballot)))
  await settle(deps)
  const full = await expect('verified', 'with all of it')
  t.match(full.entries.find(({ index }) => index === borne)?.openings?.length, 1)
  t.ok(
    full.entries.some(({ bytes }) => Buffer.from(bytes).includes('rule.withdrawn')),
    'with what was withdrawn',
  )

  await t.test('nothing of anybody else is in it', async (t) => {
    const openings = full.entries.flatMap((entry) => entry.openings ?? [])
    t.ok(openings.length > 10)
    const texts = openings.map((opening) => Buffer.from(opening, 'base64url').toString())
    t.notOk(texts.some((text) => text.includes(other.id)))
    t.ok(texts.every((text) => text.includes(holder.id)))
  })

  await t.test('RC1: whatever concerns the holder and is left out is named', async (t) => {
    for (const type of ['proposal.submitted', 'entitlement.granted', 'grant.reversed', 'redemption.held']) {
      const left = full.entries.findLastIndex(({ bytes }) => Buffer.from(bytes).includes(`"type":"${type}"`))
      const short = { ...full, entries: full.entries.filter((_, i) => i !== left) }
      const { checks } = await judge(site, short, holder.viewCode)
      const isLast = type === 'entitlement.granted'
      const verdict = checks.find(({ name }) => name === 'openings')?.verdict
      t.equal(verdict, isLast ? 'verified' : 'mismatch', `${type}${isLast ? ': the newest shows no gap' : ''}`)
    }
  })

  await t.test('whatever is changed is named', async (t) => {
    const changed = structuredClone(full)
    changed.balance = { ...changed.balance!, balance: changed.balance!.balance + 1 }
    t.equal((await judge(site, changed, holder.viewCode)).verdict, 'mismatch')
    const moving = full.entries.findIndex(({ openings = [] }) => openings.length === 2)
    const short = { ...full, entries: full.entries.filter((_, i) => i !== moving) }
    t.equal((await judge(site, short, holder.viewCode)).verdict, 'mismatch', 'a transfer that is left out')
    const theirs = await readReceipt(site, other.viewCode)
    const swapped = { ...full, balance: theirs.balance! }
    t.equal((await judge(site, swapped, holder.viewCode)).verdict, 'mismatch', 'two holders cannot share one leaf')
    t.equal((await judge(site, full, other.viewCode)).verdict, 'mismatch')
  })

  await t.test('a renewed view code opens the receipt when the next root is anchored', async (t) => {
    const { viewCode } = await renewViewCode(site.database, { kind: 'spend', code: holder.spendCode })
    await t.rejects(readReceipt(site, holder.viewCode), { code: 'holder_code_invalid' }, 'the old one is dead at once')
    await t.rejects(readReceipt(site, viewCode), { code: 'receipt_not_ready' })
    await settle(deps)
    const report = await judge(site, await readReceipt(site, viewCode), viewCode)
    t.equal(report.verdict, 'verified', failures(report))
  })
})
