/**
 * The check on a page that shows a record: fetch the bundles, ask the chain, verify, build the page again from the
 * verified bytes and compare every word. Nothing is remembered, and nothing is sent but what the check asks for.
 */
import type { PageRequest, PageView } from '../model/page.ts'
import { pageView } from '../model/page.ts'
import { readRecord } from '../model/record.ts'
import type { StreamRecord } from '../model/record.ts'
import { fill } from '../model/format.ts'
import { recordWords, verdictWords as words } from './catalogues.ts'
import { checkBundle, worstOf } from './check.ts'
import type { Checked } from './check.ts'
import { entryOf, firstDifference } from './compare.ts'
import { wireCopying } from './copy.ts'
import { wireFileCheck } from './file-check.ts'
import { tell } from './steps.ts'
import { boxIn, showProblem, showRunning, showTold } from './verdict-box.ts'

type PageData = {
  request: PageRequest
  /** For each stream, how many entries the page shows and the size of the newest anchor that it knew. */
  versions: [entries: number, anchored: number][]
  rpcUrls: string[]
  testChain: boolean
  intervalSeconds: number
  helpLines: string[]
}

/** A page that is older than its bundle is fetched again so many times. */
const REFRESHES = 2

function pageData(main: HTMLElement): PageData {
  return JSON.parse(main.dataset['page'] ?? '') as PageData
}

async function run(main: HTMLElement, logId: string | undefined): Promise<void> {
  const box = boxIn(main)
  if (box === null) return
  const data = pageData(main)
  showRunning(box, words)
  try {
    for (let refreshes = 0; ; refreshes++) {
      const bundles = await Promise.all(pageData(main).request.streams.map(fetchBundle))
      const checked = await Promise.all(bundles.map(async (bytes) => await checkBundle(bytes, { ...data, logId })))
      const isOld = isOlderThan(main, checked)
      if (isOld && refreshes < REFRESHES && (await refresh(main))) continue
      conclude(main, box, checked, logId)
      return
    }
  } catch {
    showProblem(box, words, words.errors.fetch)
    const told = { verdict: 'not checked', ...words.verdicts.notChecked, steps: [], entry: '' }
    showTold(box, told, { words, helpLines: [], logId: '', retry: () => void run(main, logId) })
  }
}

/** Shows what the check and the comparison found. */
function conclude(main: HTMLElement, box: HTMLElement, checked: readonly Checked[], logId: string | undefined): void {
  const data = pageData(main)
  const worst = worstOf([...checked].reverse())
  const shown = checked.reduce((sum, { report }) => sum + report.entries.length, 0)
  const difference = worst.report.verdict === 'mismatch' ? undefined : compare(main, checked)
  const told = tell(worst, {
    words,
    record: recordWords,
    intervalSeconds: data.intervalSeconds,
    now: Date.now(),
    shown,
    pageDiffers: difference,
    pageCompared: worst.report.verdict !== 'mismatch',
  })
  if (told.verdict === 'mismatch') alarm(main, box, data)
  showTold(box, told, {
    words,
    helpLines: data.helpLines,
    logId: worst.report.logId ?? '',
    retry: () => void run(main, logId),
  })
}

/** Builds the view from the checked bytes as far as the page knew them, and looks for the first difference. */
function compare(main: HTMLElement, checked: readonly Checked[]): { entry: string } | undefined {
  const { request, versions } = pageData(main)
  let view: PageView | undefined
  try {
    const records = checked.map(({ bundle }, at) => asPageKnew(bundle!, versions[at]!))
    view = pageView(request, records, recordWords)
  } catch {
    view = undefined
  }
  if (view === undefined) return { entry: '' }
  const pointer = firstDifference(view, main)
  if (pointer === undefined && document.title === view.documentTitle) return undefined
  return { entry: pointer === undefined ? '' : entryOf(view, pointer) }
}

/** What was recorded and anchored when the page was made: an anchor may have come since, and that is no difference. */
function asPageKnew(bundle: NonNullable<Checked['bundle']>, [entries, anchored]: [number, number]): StreamRecord {
  const anchors = bundle.anchors.filter(({ size }) => size <= anchored)
  return readRecord({ ...bundle, entries: bundle.entries.slice(0, entries), anchors })
}

function isOlderThan(main: HTMLElement, checked: readonly Checked[]): boolean {
  const { versions } = pageData(main)
  return checked.some(({ bundle }, at) => (bundle?.entries.length ?? 0) !== versions[at]?.[0])
}

/** Replaces the page's content by what the server says now. */
async function refresh(main: HTMLElement): Promise<boolean> {
  const response = await fetch(location.href, { cache: 'reload', headers: { accept: 'text/html' } })
  if (!response.ok) return false
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  const content = fresh.querySelector<HTMLElement>('main[data-page]')
  const box = boxIn(main)
  if (content === null || box === null) return false
  boxIn(content)?.replaceWith(box)
  main.dataset['page'] = content.dataset['page'] ?? ''
  main.replaceChildren(...content.childNodes)
  document.title = fresh.title
  wire(main)
  return true
}

/** A mismatch goes above everything; the instructions stay, and no answer is given any more. */
function alarm(main: HTMLElement, box: HTMLElement, { helpLines }: PageData): void {
  if (main.classList.contains('mismatched')) return
  main.classList.add('mismatched')
  const below = document.createElement('p')
  below.className = 'below'
  below.textContent = words.below
  main.prepend(box, below)
  const contact = helpLines[0] ?? words.contactRegulator
  for (const part of main.querySelectorAll('.mine, .answer-box, .lookup, .batches')) {
    const sentence = document.createElement('p')
    sentence.className = 'cannot-tell'
    sentence.textContent = fill(words.mineMismatch, { contact })
    if (part.matches('.mine, .answer-box')) part.replaceChildren(sentence)
    else part.remove()
  }
}

async function fetchBundle(stream: string): Promise<Uint8Array> {
  const response = await fetch(`/v1/streams/${encodeURIComponent(stream)}/bundle`, { credentials: 'omit' })
  if (!response.ok) throw new Error(`${stream}: ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

function wire(main: HTMLElement): void {
  wireCopying(main)
  wireFileCheck(main)
  const form = main.querySelector<HTMLFormElement>('.tl-form')
  if (form === null) return
  form.hidden = false
  form.onsubmit = (event) => {
    event.preventDefault()
    void run(main, form.querySelector('input')?.value.trim())
  }
}

const main = document.querySelector<HTMLElement>('main[data-page]')
if (main !== null) {
  wire(main)
  void run(main, new URLSearchParams(location.search).get('tl') ?? undefined)
}
