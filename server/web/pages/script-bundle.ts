/**
 * The page scripts: made from `ledger/` and `views/` by esbuild in memory when the service starts, served under the hash
 * of their bytes. The floor is Chromium 86 and iOS 15 for the check; older browsers read the page without it.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export type Script = {
  /** `page`, `verify`, `how`, or `verifier`: the core alone, which no page loads but which is what a check weighs. */
  name: string
  text: string
  bytes: number
  gzipBytes: number
  /** Path under which it is served, with its hash. */
  src: string
  /** Subresource integrity. */
  integrity: string
}

const ENTRY_POINTS: Readonly<Record<string, string>> = {
  page: 'views/script/page.ts',
  verify: 'views/script/verify.ts',
  how: 'views/script/how.ts',
  verifier: 'views/script/verifier.ts',
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Bundles every script; the same sources give the same bytes on every machine. */
export async function buildScripts(): Promise<Script[]> {
  return await Promise.all(Object.entries(ENTRY_POINTS).map(async ([name, path]) => await buildScript(name, path)))
}

async function buildScript(name: string, path: string): Promise<Script> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [path],
    inject: ['views/script/polyfills.ts'],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    charset: 'utf8',
    legalComments: 'none',
    target: ['chrome86', 'ios15'],
  })
  const text = outputFiles[0]?.text ?? ''
  const hash = createHash('sha256').update(text).digest()
  return {
    name,
    text,
    bytes: Buffer.byteLength(text),
    gzipBytes: gzipSync(text, { level: 9 }).length,
    src: `/assets/${name}-${hash.toString('hex').slice(0, 16)}.js`,
    integrity: `sha256-${hash.toString('base64')}`,
  }
}
