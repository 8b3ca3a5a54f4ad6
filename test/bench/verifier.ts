/**
 * verifier.kb and verifier.ms: what a phone has to load to check a timeline, and what checking costs. The time is taken
 * in Node; the program is the same.
 */
import { verifyBundle } from '../../ledger/verify.ts'
import { buildScripts } from '../../server/web/pages/script-bundle.ts'
import type { Figure } from './figure.ts'
import { median } from './figure.ts'
import { sampleBundle } from './sample-bundle.ts'

const ENTRIES = 100

/** The script that checks in the page, compressed as it goes over the wire. */
export async function measureVerifierSize(): Promise<Figure> {
  const script = (await buildScripts()).find(({ name }) => name === 'verifier')
  if (script === undefined) throw new Error('there is no script that is the verifier alone')
  return {
    id: 'verifier.kb',
    value: script.gzipBytes / 1000,
    unit: 'kB',
    goal: 20,
    better: 'lower',
    detail: `gzip -9 of ${script.bytes.toLocaleString('en')} bytes: the core that checks, without the page around it`,
  }
}

/** One whole verification: from the bytes of the file to the verdict, which must be the best there is. */
export async function measureVerifierTime(rounds: number): Promise<Figure> {
  const { bytes, ...options } = sampleBundle(ENTRIES)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const from = performance.now()
    const { verdict, checks } = verifyBundle(bytes, options)
    times.push(performance.now() - from)
    const failed = checks.find(({ ok }) => ok === 'failed')
    if (verdict !== 'verified') throw new Error(`the sample is ${verdict}: ${failed?.name} ${failed?.code}`)
  }
  return {
    id: 'verifier.ms',
    value: median(times),
    unit: 'ms',
    goal: 50,
    better: 'lower',
    detail: `median of ${rounds}, first (nothing compiled yet) ${times[0]!.toFixed(1)} ms; ${ENTRIES} entries, ${bytes.length} bytes`,
  }
}
