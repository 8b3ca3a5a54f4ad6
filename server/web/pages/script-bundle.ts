/**
 * The page scripts: made from `ledger/` and `views/` by esbuild in memory when the service starts, served under the hash
 * of their bytes. The floor is Chromium 86 and iOS 15 for the check; older browsers read the page without it.
 */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

export type Script = {
  /** `page.en`, `verify.zh-CN`, `how`, … or `verifier`: the core alone, which no page loads but which a check weighs. */
  name: string
  text: string
  bytes: number
  gzipBytes: number
  /** Path under which it is served, with its hash. */
  src: string
  /** Subresource integrity. */
  integrity: string
}

/** Scripts with words are made once for each language. */
const LANGUAGES = ['zh-CN', 'en'] as const
const WITH_WORDS = ['page', 'verify', 'points', 'me', 'card'] as const
const WITHOUT_WORDS = ['how', 'thanks', 'verifier'] as const

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Bundles every script; the same sources give the same bytes on every machine. */
export async function buildScripts(): Promise<Script[]> {
  const wanted = [
    ...WITH_WORDS.flatMap((file) => LANGUAGES.map((lang) => ({ name: `${file}.${lang}`, file, lang }))),
    ...WITHOUT_WORDS.map((file) => ({ name: file, file, lang: LANGUAGES[0] })),
  ]
  return await Promise.all(wanted.map(buildScript))
}

type Wanted = { name: string; file: string; lang: string }

async function buildScript({ name, file, lang }: Wanted): Promise<Script> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`views/script/${file}.ts`],
    define: { SCRIPT_LANG: JSON.stringify(lang) },
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
