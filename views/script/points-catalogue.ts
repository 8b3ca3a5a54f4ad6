/** The words of a points page in one language: those of every record, with the names that these streams' types have. */
import { pointsEn } from '../messages/points-en.ts'
import { pointsZhCN } from '../messages/points-zh-cn.ts'
import type { PointsWords } from '../messages/points-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import type { VerdictWords } from '../messages/verdict-zh-cn.ts'
import { pointsRecordWords } from '../model/points-words.ts'
import { recordWords, verdictWords } from './catalogues.ts'
import type { MoreStep } from './steps.ts'

/** Set by the bundler. */
declare const SCRIPT_LANG: 'zh-CN' | 'en'

export const pointsWords: PointsWords = SCRIPT_LANG === 'en' ? pointsEn : pointsZhCN
export const pointsRecord: RecordWords = pointsRecordWords(recordWords, pointsWords)

/** A mismatch here is about points, not about whether a product may be used. */
export const pointsVerdicts: VerdictWords = {
  ...verdictWords,
  verdicts: { ...verdictWords.verdicts, ...pointsWords.verdicts },
}

/** What the two checks of a programme found, in words. */
export const pointsSteps: readonly MoreStep[] = [
  { check: 'points', ...pointsWords.steps.points },
  { check: 'liabilities', ...pointsWords.steps.liabilities },
]
