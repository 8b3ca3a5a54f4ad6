/** What pages ask of the database beside bundles, answered from a sample log. */
import { parseEntry } from '../../../ledger/entry.ts'
import { PAGE as PUBLIC_PAGE } from '../../../server/services/public-entries.ts'
import type { PublicEntryReads } from '../../../server/services/public-entries.ts'
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

export function samplePublicEntries(log: SampleLog): PublicEntryReads {
  return {
    next: async (streams) =>
      streams
        .flatMap(({ stream, known }) =>
          log.items
            .map(({ bytes, stream: name }, index) => ({ stream: name, seq: parseEntry(bytes).seq, index, bytes }))
            .filter((item) => item.stream === stream && item.seq > known),
        )
        .slice(0, PUBLIC_PAGE),
    place: async () => {
      const newest = log.anchors.at(-1)
      const place = { origin: log.origin, size: log.items.length }
      if (newest === undefined) return place
      return { ...place, newest: { size: newest.size, timestamp: newest.timestamp, chainId: log.chainId } }
    },
  }
}
