/** verify.html: one file with everything in it; it names no host of ours, so that the same program can be hosted by anybody. */
import { createHash } from 'node:crypto'
import type { Assets } from './assets.ts'
import { WORDS } from './language.ts'
import type { Templates } from './render.ts'

/** `sha256`: of the bytes of `html`, hex. */
export type SingleFile = { lang: 'zh-CN' | 'en'; html: string; sha256: string }

export type SingleFiles = Readonly<Record<'zh-CN' | 'en', SingleFile>>

/** The same bytes wherever this version of the service runs. */
export function buildSingleFiles(templates: Templates, assets: Assets): SingleFiles {
  return { 'zh-CN': singleFile(templates, assets, 'zh-CN'), en: singleFile(templates, assets, 'en') }
}

function singleFile(templates: Templates, assets: Assets, lang: 'zh-CN' | 'en'): SingleFile {
  const words = WORDS[lang]
  const style = assets.styleText
  const script = assets.scripts.get(`verify.${lang}`)?.text ?? ''
  const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const html = templates('single-file', {
    t: words.site,
    v: words.verdict,
    other: WORDS[lang === 'en' ? 'zh-CN' : 'en'].site,
    publicUrl: '',
    style,
    script,
    csp: `default-src 'none'; script-src ${sourceOf(script)}; style-src ${sourceOf(style)}; connect-src https: http:`,
    verifyData: JSON.stringify({
      rpcUrls: [],
      testChain: false,
      intervalSeconds: 600,
      helpLines: [words.site.how.defaultHelp],
    }),
  })
  return { lang, html, sha256: createHash('sha256').update(html).digest('hex') }
}
