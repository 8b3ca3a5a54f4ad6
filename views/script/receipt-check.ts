/** One receipt checked: the chain asked at every endpoint, and the worst of what their answers lead to. */
import { isTestChain } from '../../ledger/anchor.ts'
import { chainQuestions } from '../../ledger/findings.ts'
import { parseReceipt, timelineOf } from '../../ledger/receipt.ts'
import type { Receipt } from '../../ledger/receipt.ts'
import { verifyReceipt } from '../../ledger/verify-receipt.ts'
import type { ReceiptReport } from '../../ledger/verify-receipt.ts'
import type { Report } from '../../ledger/verify.ts'
import { aroundLate, askEverywhere, worstOf } from './check.ts'
import type { Checked } from './check.ts'

export type CheckedReceipt = Checked & { receipt: Receipt | undefined }

export type ReceiptCheckOptions = {
  logId: string | undefined
  viewCode: string | undefined
  rpcUrls: readonly string[]
  testChain: boolean
}

export async function checkReceipt(bytes: Uint8Array, options: ReceiptCheckOptions): Promise<CheckedReceipt> {
  const { logId, viewCode, testChain, rpcUrls } = options
  const receipt = parseOrNot(bytes)
  const bundle = receipt && timelineOf(receipt)
  const questions = bundle && chainQuestions(bundle)
  const isTest = testChain || (questions !== undefined && isTestChain(questions.chainId))
  const answered = questions === undefined ? [] : await askEverywhere(questions, rpcUrls, aroundLate(bundle))
  const checked = (answered.length === 0 ? [undefined] : answered).map((answer): Checked => {
    const report = verifyReceipt(receipt ?? bytes, { logId, viewCode, testChain, chain: answer?.answers })
    return { report: asReport(report), bundle, host: answer?.host, testChain: isTest }
  })
  return { ...worstOf(checked), receipt }
}

/** A receipt's report in the form that the teller of timelines knows: how many of its entries are under an anchor. */
function asReport(report: ReceiptReport): Report {
  const anchored = report.entries.filter(({ anchoredBy }) => anchoredBy !== undefined)
  const last = anchored[anchored.length - 1]?.anchoredBy
  const { verdict, checks, entries, origin, stream, logId, size } = report
  return {
    verdict,
    checks: checks as unknown as Report['checks'],
    entries,
    ...(origin === undefined ? {} : { origin }),
    ...(stream === undefined ? {} : { stream }),
    ...(logId === undefined ? {} : { logId }),
    ...(size === undefined ? {} : { size }),
    ...(last === undefined
      ? {}
      : {
          asOf: {
            size: last.size - 1,
            entries: anchored.length,
            anchoredSize: last.size,
            timestamp: last.timestamp,
          },
        }),
  }
}

function parseOrNot(bytes: Uint8Array): Receipt | undefined {
  try {
    return parseReceipt(bytes)
  } catch {
    return undefined
  }
}
