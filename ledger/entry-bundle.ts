/**
 * A bundle of entries as the read API serves it (C2SP tlog-tiles, "entry bundle"): for each entry two bytes of length,
 * the greater first, and the entry's bytes; 1 to 256 entries, with nothing between them and nothing after them (I13).
 */
import { concat, u16be } from './bytes.ts'
import { LedgerError } from './errors.ts'
import { TILE_WIDTH } from './tile.ts'

/** The greatest length of an entry in bytes: what two bytes can say. */
export const ENTRY_BYTES_MAX = 65_535

/**
 * The bytes of a bundle.
 *
 * @param entries 1 to 256 entries of at most 65,535 bytes
 * @throws LedgerError entry_bundle_malformed, entry_too_large
 */
export function formatEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  assertCount(entries.length)
  const parts: Uint8Array[] = []
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX) {
      throw new LedgerError('entry_too_large', `an entry has at most ${ENTRY_BYTES_MAX} bytes, not ${entry.length}`)
    }
    parts.push(u16be(entry.length), entry)
  }
  return concat(...parts)
}

/**
 * The entries of a bundle, in order; copies, so that they may outlive the bundle.
 *
 * @throws LedgerError entry_bundle_malformed when an entry is cut off or there are none or more than 256
 */
export function parseEntryBundle(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = []
  let offset = 0
  while (offset < bytes.length) {
    const start = offset + 2
    if (start > bytes.length) throw cutOff(entries.length)
    const end = start + bytes[offset]! * 256 + bytes[offset + 1]!
    if (end > bytes.length) throw cutOff(entries.length)
    entries.push(bytes.slice(start, end))
    offset = end
  }
  assertCount(entries.length)
  return entries
}

function assertCount(count: number): void {
  if (count < 1 || count > TILE_WIDTH) {
    throw new LedgerError('entry_bundle_malformed', `a bundle has 1 to ${TILE_WIDTH} entries, not ${count}`)
  }
}

function cutOff(position: number): LedgerError {
  return new LedgerError('entry_bundle_malformed', `entry ${position} of the bundle is cut off`)
}
