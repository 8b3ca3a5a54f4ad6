/** The words of a holder's page in one language. */
import { holderEn } from '../messages/holder-en.ts'
import { holderZhCN } from '../messages/holder-zh-cn.ts'
import type { HolderWords } from '../messages/holder-zh-cn.ts'
import type { VerdictWords } from '../messages/verdict-zh-cn.ts'
import { verdictWords } from './catalogues.ts'
import type { MoreStep } from './steps.ts'

/** Set by the bundler. */
declare const SCRIPT_LANG: 'zh-CN' | 'en'

export const holderWords: HolderWords = SCRIPT_LANG === 'en' ? holderEn : holderZhCN

/** A receipt holds or does not: it is no page about a product, and its entries are a selection. */
export const receiptVerdicts: VerdictWords = {
  ...verdictWords,
  verdicts: { ...verdictWords.verdicts, ...holderWords.verdicts },
  steps: { ...verdictWords.steps, order: holderWords.steps.order },
}

/** What the checks of a receipt found that a timeline has not. */
export const receiptSteps: readonly MoreStep[] = [
  { check: 'openings', ...holderWords.steps.openings },
  { check: 'points', ...holderWords.steps.points },
  { check: 'liabilities', ...holderWords.steps.liabilities },
]
