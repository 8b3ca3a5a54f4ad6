/** The words of one language: each script is built once for each, and the other language is left out of it. */
import { recordEn } from '../messages/record-en.ts'
import { recordZhCN } from '../messages/record-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import { verdictEn } from '../messages/verdict-en.ts'
import { verdictZhCN } from '../messages/verdict-zh-cn.ts'
import type { VerdictWords } from '../messages/verdict-zh-cn.ts'

/** Set by the bundler. */
declare const SCRIPT_LANG: 'zh-CN' | 'en'

export const recordWords: RecordWords = SCRIPT_LANG === 'en' ? recordEn : recordZhCN
export const verdictWords: VerdictWords = SCRIPT_LANG === 'en' ? verdictEn : verdictZhCN
