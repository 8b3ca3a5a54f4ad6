/**
 * The page against the bytes: every element that shows a part of the record names the part (`data-v`, a JSON Pointer
 * into the view, or the end of one that `data-p` around it begins), and every part of the view must be shown. Neither may say more or other than the checked entries.
 */

import { valueAt } from './value-at.ts'

/** Members of views that are no text: where a link leads, how a line is set. */
const NOT_SHOWN: ReadonlySet<string> = new Set([
  'anchor',
  'href',
  'tone',
  'url',
  'documentTitle',
  'gtin',
  'lookup',
  'brandHref',
  'streamHref',
  'sha256',
])

/** On the entry's own page the three clocks say what these lines say in a list. */
const SAID_BY_CLOCKS = /^\/entry\/(happened|recorded|anchored)$/

/** The first place where page and view differ; undefined when they are the same. */
export function firstDifference(view: object, root: ParentNode): string | undefined {
  const expected = new Map<string, string>()
  collect(view, '', expected)
  const shown = new Set<string>()
  for (const element of root.querySelectorAll('[data-v]')) {
    const pointer = pointerOf(element, 'data-v')
    if (valueAt(view, pointer) !== element.textContent) return pointer
    shown.add(pointer)
    const target = element.hasAttribute('data-vh') ? pointerOf(element, 'data-vh') : undefined
    if (target !== undefined && valueAt(view, target) !== element.getAttribute('href')) return target
  }
  for (const pointer of expected.keys()) {
    if (!shown.has(pointer) && !SAID_BY_CLOCKS.test(pointer)) return pointer
  }
  return root.querySelectorAll('.entry').length === entriesIn(view) ? undefined : '/entries'
}

/** A pointer that does not begin with a slash goes on from the `data-p` of the element that it lies in. */
export function pointerOf(element: Element, name: string): string {
  const pointer = element.getAttribute(name) ?? ''
  return pointer.startsWith('/') ? pointer : `${element.closest('[data-p]')?.getAttribute('data-p') ?? ''}${pointer}`
}

/** The number of the entry that a pointer is about, or an empty text. */
export function entryOf(view: object, pointer: string): string {
  const place = /^\/entries\/\d+/.exec(pointer)?.[0] ?? (pointer.startsWith('/entry/') ? '/entry' : undefined)
  const anchor = place === undefined ? undefined : valueAt(view, `${place}/anchor`)
  return typeof anchor === 'string' ? anchor.slice(1) : ''
}

function collect(value: unknown, pointer: string, into: Map<string, string>): void {
  if (typeof value === 'string' && value !== '') into.set(pointer, value)
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    if (!NOT_SHOWN.has(name)) collect(member, `${pointer}/${name}`, into)
  }
}

function entriesIn(view: object): number {
  const { entries } = view as { entries?: unknown[] }
  return entries?.length ?? 0
}
