/**
 * Holds what the service answered under load against its log: an answer that was fast but not true is worth nothing.
 */
import pg from 'pg'
import { parseBase64url } from '../../ledger/bytes.ts'
import { openCheckpoint } from '../../ledger/checkpoint.ts'
import { parseVerifierKey } from '../../ledger/note.ts'
import { verifyInclusion } from '../../ledger/proof.ts'
import type { LoadReport } from './append-load.ts'

type Answer = { index: number; leafHash: string; checkpoint: string }

/**
 * Checks that indexes are gap-free, that every 201 names an entry of its own, that no entry is unaccounted for, and for
 * the sampled answers that the checkpoint in the answer is signed and contains the entry.
 *
 * @param connections how many requests each run may have left without an answer when it stopped
 * @returns what was checked, in words
 * @throws Error naming the first thing that is not so
 */
export async function checkAnswers(
  baseUrl: string,
  databaseUrl: string,
  rounds: readonly { ledger: LoadReport }[],
  connections: number,
): Promise<string> {
  const answered = rounds.flatMap(({ ledger }) => ledger.indexes)
  const distinct = new Set(answered)
  if (distinct.size !== answered.length) throw new Error('two answers named the same index')

  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: totals } = await client.query<{ entries: string; last: string }>(
      'SELECT count(*) AS entries, max(index) AS last FROM entry',
    )
    const { entries, last } = totals[0]!
    if (Number(entries) !== Number(last) + 1) throw new Error(`${entries} entries, but the last index is ${last}`)
    const { rows } = await client.query<{ index: string }>(
      `SELECT index FROM entry WHERE convert_from(bytes, 'UTF8')::jsonb ->> 'type' = 'milestone.recorded'`,
    )
    const recorded = new Set(rows.map(({ index }) => Number(index)))
    for (const index of distinct) if (!recorded.has(index)) throw new Error(`no entry at the answered index ${index}`)
    const unanswered = recorded.size - distinct.size
    if (unanswered > connections * rounds.length) throw new Error(`${unanswered} entries that nobody was told of`)
  } finally {
    await client.end()
  }

  const samples = rounds.flatMap(({ ledger }) => ledger.samples)
  for (const sample of samples) await checkSample(baseUrl, JSON.parse(sample) as Answer)
  return `${answered.length.toLocaleString('en')} answers all in a gap-free log, ${samples.length} checked down to the signed checkpoint`
}

async function checkSample(baseUrl: string, { index, leafHash, checkpoint }: Answer): Promise<void> {
  const { vkey } = await get<{ vkey: string }>(`${baseUrl}/v1/log`)
  const { size, root } = openCheckpoint(checkpoint, parseVerifierKey(vkey))
  const { proof } = await get<{ proof: string[] }>(`${baseUrl}/v1/entries/${index}/proof?size=${size}`)
  verifyInclusion({ index, size, leafHash: parseBase64url(leafHash), proof: proof.map(parseBase64url), root })
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`)
  return (await response.json()) as T
}
