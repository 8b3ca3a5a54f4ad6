/** Which language a reader gets: what the address says, else the best that the browser accepts, else Chinese. */
import type { RecordWords } from '../../../views/messages/record-zh-cn.ts'
import { holderEn } from '../../../views/messages/holder-en.ts'
import { holderZhCN } from '../../../views/messages/holder-zh-cn.ts'
import type { HolderWords } from '../../../views/messages/holder-zh-cn.ts'
import { pointsEn } from '../../../views/messages/points-en.ts'
import { pointsZhCN } from '../../../views/messages/points-zh-cn.ts'
import type { PointsWords } from '../../../views/messages/points-zh-cn.ts'
import { recordEn } from '../../../views/messages/record-en.ts'
import { recordZhCN } from '../../../views/messages/record-zh-cn.ts'
import { siteEn } from '../../../views/messages/site-en.ts'
import { siteZhCN } from '../../../views/messages/site-zh-cn.ts'
import type { SiteWords } from '../../../views/messages/site-zh-cn.ts'
import { verdictEn } from '../../../views/messages/verdict-en.ts'
import { verdictZhCN } from '../../../views/messages/verdict-zh-cn.ts'
import type { VerdictWords } from '../../../views/messages/verdict-zh-cn.ts'

export type Words = {
  site: SiteWords
  record: RecordWords
  verdict: VerdictWords
  points: PointsWords
  holder: HolderWords
}

export const WORDS: Readonly<Record<'zh-CN' | 'en', Words>> = {
  'zh-CN': { site: siteZhCN, record: recordZhCN, verdict: verdictZhCN, points: pointsZhCN, holder: holderZhCN },
  en: { site: siteEn, record: recordEn, verdict: verdictEn, points: pointsEn, holder: holderEn },
}

/** RFC 4647 lookup with quality values; any Chinese is ours, anything unknown is passed over. */
export function chooseLanguage(asked: string | undefined, accepted: string | undefined): 'zh-CN' | 'en' {
  if (asked === 'en' || asked === 'zh-CN') return asked
  const ranges = (accepted ?? '')
    .split(',')
    .map((part, at) => {
      const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
      return { range, quality: quality === undefined ? 1 : Number(quality), at }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.at - b.at)
  for (const { range } of ranges) {
    if (range === 'zh' || range.startsWith('zh-')) return 'zh-CN'
    if (range === 'en' || range.startsWith('en-')) return 'en'
  }
  return 'zh-CN'
}
