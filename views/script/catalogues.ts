/** The words of the page's language. */
import { recordEn } from '../messages/record-en.ts'
import { recordZhCN } from '../messages/record-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { verdictEn } from '../messages/verdict-en.ts'
import { verdictZhCN } from '../messages/verdict-zh-cn.ts'
import type { VerdictWords } from '../messages/verdict-zh-cn.ts'

export function wordsOf(lang: string): { record: RecordWords; verdict: VerdictWords } {
  return lang === 'en' ? { record: recordEn, verdict: verdictEn } : { record: recordZhCN, verdict: verdictZhCN }
}
