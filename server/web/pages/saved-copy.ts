/**
 * A page to keep: one HTML file with style, script and proof in it, which opens from disk without a network and checks
 * itself there. It says when it was saved, and its links lead back to the site. What a reader saves is the reader's: an
 * erasure cannot reach it.
 */
import { createHash } from 'node:crypto'
import type { Bundle } from '../../../ledger/bundle.ts'
import { formatBundle } from '../../../ledger/bundle.ts'
import { formatTime } from '../../../views/model/format.ts'
import type { PageContext, Site } from './page-context.ts'

/** What the layout puts into the page in place of addresses of ours. */
export type SavedCopy = {
  csp: string
  style: string
  script: string
  icon: string
  /** When it was saved, in the reader's words. */
  savedAt: string
  /** Where the page is at any other time. */
  address: string
  bundles: { stream: string; json: string }[]
}

/**
 * The parts of a copy.
 *
 * @param path of the page on the site
 * @param bundles what the page was made from, in its order
 */
export function savedCopy(site: Site, context: PageContext, path: string, bundles: readonly Bundle[]): SavedCopy {
  const { config, lang, words } = context
  const style = site.assets.styleText
  const script = site.assets.scripts.get(`page.${lang}`)?.text ?? ''
  const endpoints = config.chainPublicRpcUrls.map((url) => new URL(url).origin)
  return {
    csp: [
      "default-src 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(style)}`,
      'img-src data:',
      `connect-src ${endpoints.length === 0 ? "'none'" : endpoints.join(' ')}`,
      `form-action ${new URL(config.publicUrl).origin}`,
      "base-uri 'none'",
    ].join('; '),
    style,
    script,
    icon: `data:image/svg+xml;base64,${Buffer.from(site.assets.iconText).toString('base64')}`,
    savedAt: formatTime(site.deps.now(), words.record),
    address: `${config.publicUrl}${path}`,
    bundles: bundles.map((bundle) => ({ stream: bundle.stream, json: jsonInHtml(bundle) })),
  }
}

/**
 * Links of the site lead to the site, wherever the file lies. Texts of the page have no bare quotes, so only links match;
 * proofs and script, which come last, stay as they are.
 */
export function withWholeAddresses(html: string, publicUrl: string): string {
  const page = html.indexOf('<script type="application/json"')
  const links = html.slice(0, page).replaceAll(/ (href|action)="\/(?!\/)/g, ` $1="${publicUrl}/`)
  return links + html.slice(page)
}

/** `c-CR-7K2M9QPD-2026-11-22.html` */
export function copyName(path: string, now: number): string {
  const name = path.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, '')
  return `${name}-${new Date(now).toISOString().slice(0, 10)}.html`
}

/** JSON that no HTML parser reads a tag in. */
function jsonInHtml(bundle: Bundle): string {
  return formatBundle(bundle).replaceAll('<', '\\u003c')
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
