/** What the pages of programmes ask of the database, answered from a sample log. */
import type { ProgrammeReads } from '../../../server/services/points/programme-reads.ts'
import { PAGE } from '../../../server/services/points/programme-reads.ts'
import type { SampleLog } from './sample-log.ts'

export function sampleReads(log: SampleLog, brand: string): ProgrammeReads {
  const indexed = (): { index: number; bytes: Uint8Array; stream: string; disclosures: string[] }[] =>
    log.items.map((item, index) => ({ ...item, index }))
  return {
    next: async (stream, after) =>
      indexed()
        .filter((item) => item.stream === stream)
        .slice(after, after + PAGE),
    texts: async (indexes) =>
      indexed()
        .filter(({ index }) => indexes.includes(index))
        .flatMap(({ index, disclosures }) => disclosures.map((disclosure) => ({ index, disclosure }))),
    anchors: async () => log.anchors.map(({ size, timestamp }) => ({ size, timestamp, chainId: log.chainId })),
    ofBrand: async (slug) =>
      slug !== brand
        ? []
        : [...new Set(log.items.map(({ stream }) => stream))]
            .filter((stream) => stream.startsWith('points:'))
            .map((stream) => stream.slice('points:'.length)),
  }
}
