/**
 * What the page of an entry says of the signature of the person who recorded it. The keys are in the stream of the brand,
 * which the bundle of a crisis does not carry, so it is said here and not by the page's script.
 */
import { verifyEntrySig } from '../../../ledger/entry.ts'
import { fill, wordFor } from '../../../views/model/format.ts'
import { plain } from '../../../views/model/plain.ts'
import { readRecord } from '../../../views/model/record.ts'
import type { RecordEntry, StreamRecord } from '../../../views/model/record.ts'
import type { PageContext, Site } from './page-context.ts'

/** A sentence, and the page that it leads to. */
type Line = { text: string; href: string; link: string }

/** `lines`: what the signature adds and what not; one line only where it does not hold. */
export type EntrySignature = { holds: boolean; by: Line | undefined; revoked: Line | undefined; lines: string[] }

/**
 * The stream of the brand whose keys an entry's signature is judged by; undefined where there is nothing to judge.
 *
 * @param record the stream that the entry stands in
 */
export async function keysFor(site: Site, record: StreamRecord, index: number): Promise<StreamRecord | undefined> {
  const entry = record.entries.find((item) => item.index === index)?.entry
  if (entry?.sig === undefined || entry.brand === undefined) return undefined
  const stream = `brand:${entry.brand}`
  if (record.stream === stream) return record
  const bundle = await site.deps.bundles.timeline(stream)
  return bundle === undefined ? undefined : readRecord(bundle)
}

/** Undefined when the entry bears no signature. `keys`: what `keysFor` gave. */
export function signatureOf(
  { words }: Pick<PageContext, 'words'>,
  record: StreamRecord,
  keys: StreamRecord | undefined,
  index: number,
): EntrySignature | undefined {
  const item = record.entries.find((entry) => entry.index === index)
  if (item?.entry.sig === undefined) return undefined
  const { signature: t } = words.site
  const opened = concerning(keys, 'key.opened', item).findLast((entry) => entry.index < index)
  const revoked = concerning(keys, 'key.revoked', item).at(0)
  if (opened === undefined || !isSignedBy(item, opened) || (revoked !== undefined && revoked.index < index)) {
    return { holds: false, by: undefined, revoked: undefined, lines: [t.fails] }
  }
  const { id, role } = opened.data
  const by = fill(t.by, { id: plain(id), role: wordFor(words.record.keyRoles, plain(role)) })
  return {
    holds: true,
    by: { text: by, ...placeOf(opened, t.opened) },
    revoked: revoked === undefined ? undefined : { text: t.revoked, ...placeOf(revoked, t.revokedAt) },
    lines: [t.adds, t.addsNot, t.checked],
  }
}

/** The entries of this type about the key that an entry was recorded with. */
function concerning(keys: StreamRecord | undefined, type: string, { entry }: RecordEntry): RecordEntry[] {
  return (keys?.entries ?? []).filter((other) => other.entry.type === type && other.data['id'] === entry.actor.id)
}

function isSignedBy({ entry }: RecordEntry, opened: RecordEntry): boolean {
  try {
    verifyEntrySig(entry, plain(opened.data['publicKey']))
    return true
  } catch {
    return false
  }
}

function placeOf({ index }: RecordEntry, words: string): Pick<Line, 'href' | 'link'> {
  return { href: `/e/${index}`, link: fill(words, { index }) }
}
