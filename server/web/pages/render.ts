/**
 * Handlebars: every template compiled once at start, strict (a name that is not there is an error, never an empty place)
 * and escaping everything but style, script and proofs of files that stand alone.
 */
import { readFileSync, readdirSync } from 'node:fs'
import Handlebars from 'handlebars'
import { fill } from '../../../views/model/format.ts'

export type Templates = (name: string, context: Readonly<Record<string, unknown>>) => string

/** The one template that is no page. */
const FEED = 'feed'
const VIEWS = new URL('../../../views/', import.meta.url)

export function compileTemplates(): Templates {
  const handlebars = Handlebars.create()
  for (const [name, source] of sourcesIn('partials/')) handlebars.registerPartial(name, source)
  handlebars.registerHelper('fill', (sentence: string, { hash }: { hash: Record<string, string> }) =>
    fill(sentence, hash),
  )
  handlebars.registerHelper('pointer', (name: string, at: number) => `/${name}/${at}`)
  // A link inside the site keeps the language that was asked for and the log id that came with the QR code.
  handlebars.registerHelper('link', (href: string, { data }: { data: { root: { carried: string } } }) =>
    carryQuery(href, data.root.carried),
  )
  const options = { strict: true, preventIndent: true, knownHelpers: { fill: true, pointer: true, link: true } }
  const templates = new Map(sourcesIn('pages/').map(([name, source]) => [name, handlebars.compile(source, options)]))
  return (name, context) => {
    const template = templates.get(name)
    if (template === undefined) throw new Error(`there is no template "${name}"`)
    return name === FEED ? template(context) : markDates(template(context))
  }
}

/**
 * Every date of a page as a `time` element, which the style keeps on one line: a browser may break one after each hyphen.
 * What cannot hold elements, or is read by a program, stays as it is.
 */
function markDates(html: string): string {
  return html.replace(TEXTS, (text) => (text.startsWith('>') ? text.replace(DATE, '<time>$&</time>') : text))
}

/** What is between two tags; before that, what is passed over as a whole. */
const TEXTS = /<(title|script|style|textarea|option|pre|time)\b[\s\S]*?<\/\1>|>[^<]+/g
const DATE = /(?<![\d-])\d{4}-\d\d-\d\d(?![\dT-])/g

/** Adds `lang=…&tl=…` to a path of ours; a place inside the page and other hosts stay as they are. */
export function carryQuery(href: string, carried: string): string {
  if (carried === '' || !href.startsWith('/')) return href
  const [path = '', fragment] = href.split('#')
  return `${path}${path.includes('?') ? '&' : '?'}${carried}${fragment === undefined ? '' : `#${fragment}`}`
}

function sourcesIn(folder: string): [name: string, source: string][] {
  const url = new URL(folder, VIEWS)
  return readdirSync(url)
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => [file.slice(0, -'.hbs'.length), readFileSync(new URL(file, url), 'utf8')])
}
