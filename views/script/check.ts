/** One bundle checked: the chain asked at every endpoint, and the worst of what their answers lead to. */
import { isTestChain } from '../../ledger/anchor.ts'
import type { ChainAnswers } from '../../ledger/anchor.ts'
import { anchoredLate, indexesToBound } from '../../ledger/anchor-search.ts'
import { parseBundle } from '../../ledger/bundle.ts'
import type { Bundle } from '../../ledger/bundle.ts'
import { chainQuestions } from '../../ledger/findings.ts'
import { VERDICTS } from '../../ledger/verdict.ts'
import { verifyBundle } from '../../ledger/verify.ts'
import type { PointsChecks, Report } from '../../ledger/verify.ts'
import { askChain } from './chain.ts'

export type CheckOptions = {
  /** From outside: the QR code's `tl=`, or typed from the pack. */
  logId: string | undefined
  rpcUrls: readonly string[]
  testChain: boolean
  /** What is needed to judge the bundle of a programme; only pages that may show one carry it. */
  points?: PointsChecks | undefined
}

export type Checked = {
  report: Report
  bundle: Bundle | undefined
  /** The endpoint whose answer led to the report; undefined when none answered. */
  host: string | undefined
  testChain: boolean
}

export async function checkBundle(bytes: Uint8Array, options: CheckOptions): Promise<Checked> {
  const { logId, testChain, points } = options
  const bundle = parseOrNot(bytes)
  const questions = bundle && chainQuestions(bundle)
  const isTest = testChain || (questions !== undefined && isTestChain(questions.chainId))
  const answered = questions === undefined ? [] : await askEverywhere(questions, options.rpcUrls, aroundLate(bundle))
  const checked = (answered.length === 0 ? [undefined] : answered).map((answer): Checked => {
    const report = verifyBundle(bundle ?? bytes, { logId, testChain, chain: answer?.answers }, points)
    return { report, bundle, host: answer?.host, testChain: isTest }
  })
  return worstOf(checked)
}

/** The worst verdict counts; of equal ones the first. */
export function worstOf(checked: readonly Checked[]): Checked {
  const rank = ({ report }: Checked): number => VERDICTS.indexOf(report.verdict)
  return checked.reduce((worst, next) => (rank(next) > rank(worst) ? next : worst))
}

export type Answered = { host: string; answers: ChainAnswers }

/** Around which entries the contract is asked for further anchors: few, since each question costs a round trip. */
export function aroundLate(bundle: Pick<Bundle, 'anchors' | 'entries'> | undefined): number[] {
  return bundle === undefined ? [] : indexesToBound(bundle.anchors, anchoredLate(bundle.anchors, bundle.entries))
}

/** Asks every endpoint; those that do not answer are left out. */
export async function askEverywhere(
  questions: NonNullable<ReturnType<typeof chainQuestions>>,
  endpoints: readonly string[],
  indexes: readonly number[],
): Promise<Answered[]> {
  const answers = await Promise.all(
    endpoints.map(async (endpoint): Promise<Answered | undefined> => {
      try {
        return { host: new URL(endpoint).host, answers: await askChain(questions, endpoint, indexes) }
      } catch {
        // An endpoint that does not answer proves nothing, for or against.
        return undefined
      }
    }),
  )
  return answers.filter((answer): answer is Answered => answer !== undefined)
}

function parseOrNot(bytes: Uint8Array): Bundle | undefined {
  try {
    return parseBundle(bytes)
  } catch {
    return undefined
  }
}
