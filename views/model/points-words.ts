/** The words of a record for a points stream: its types have names in the catalogue of points, not in everybody's. */
import type { PointsWords } from '../messages/points-zh-cn.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'

export function pointsRecordWords(words: RecordWords, points: PointsWords): RecordWords {
  return { ...words, types: { ...words.types, ...points.types } }
}
