/**
 * The check on a page that shows a record: fetch the bundles, ask the chain, verify, build the page again from the
 * verified bytes and compare every word. Nothing is remembered, and nothing is sent but what the check asks for. Which
 * pages there are and what they say is the business of the scripts that start it.
 */
import type { PointsChecks } from '../../ledger/verify.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import type { VerdictWords } from '../messages/verdict-zh-cn.ts'
import { readRecord } from '../model/record.ts'
import type { StreamRecord } from '../model/record.ts'
import { fill } from '../model/format.ts'
import { checkBundle, worstOf } from './check.ts'
import type { Checked } from './check.ts'
import { entryOf, firstDifference } from './compare.ts'
import { wireCopying } from './copy.ts'
import { keepTime } from './keep-time.ts'
import { wireFileCheck } from './file-check.ts'
import { tell } from './steps.ts'
import type { MoreStep } from './steps.ts'
import { boxIn, showProblem, showRunning, showTold } from './verdict-box.ts'

/** A page's words, and how it is made from its streams. */
export type CheckedPages<Request extends { streams: string[] }> = {
  words: VerdictWords
  record: RecordWords
  /** What it takes to judge a programme's bundle, and the words for it. */
  points?: { checks: PointsChecks; steps: readonly MoreStep[] }
  /** Undefined when the records do not hold what was asked for. */
  view: (request: Request, records: readonly StreamRecord[]) => { documentTitle: string } | undefined
}

type AnyPages = CheckedPages<{ streams: string[] }>

type PageData = {
  request: { streams: string[] }
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

/** Checks a page and shows the verdict in its box. @param logId the check code that the reader has */
async function run(main: HTMLElement, pages: AnyPages, logId: string | undefined): Promise<void> {
  const { words } = pages
  const box = boxIn(main)
  if (box === null) return
  const data = pageData(main)
  showRunning(box, words)
  try {
    for (let refreshes = 0; ; refreshes++) {
      const bundles = await Promise.all(pageData(main).request.streams.map(fetchBundle))
      const checked = await Promise.all(
        bundles.map(async (bytes) => await checkBundle(bytes, { ...data, logId, points: pages.points?.checks })),
      )
      const isOld = isOlderThan(main, checked)
      if (isOld && refreshes < REFRESHES && (await refresh(main, pages))) continue
      conclude(main, box, pages, checked, logId)
      return
    }
  } catch {
    showProblem(box, words, words.errors.fetch)
    const told = { verdict: 'not checked', ...words.verdicts.notChecked, steps: [], entry: '' }
    showTold(box, told, { words, helpLines: [], logId: '', retry: () => void run(main, pages, logId) })
  }
}

/** Shows what the check and the comparison found. */
function conclude(
  main: HTMLElement,
  box: HTMLElement,
  pages: AnyPages,
  checked: readonly Checked[],
  logId: string | undefined,
): void {
  const { words, record } = pages
  const data = pageData(main)
  const worst = worstOf([...checked].reverse())
  const shown = checked.reduce((sum, { report }) => sum + report.entries.length, 0)
  const difference = worst.report.verdict === 'mismatch' ? undefined : compare(main, pages, checked)
  const isMismatch = worst.report.verdict === 'mismatch' || difference !== undefined
  const told = tell(worst, {
    words,
    record,
    intervalSeconds: data.intervalSeconds,
    now: Date.now(),
    shown,
    pageDiffers: difference,
    pageCompared: worst.report.verdict !== 'mismatch',
    more: pages.points?.steps,
  })
  if (told.verdict === 'mismatch') alarm(main, box, words, data)
  stopTime()
  const kept = document.getElementById('kept')
  // What has happened since it was saved a file cannot know, so its words stay those of then.
  if (!isMismatch && kept === null) stopTime = goOn(main, pages, checked)
  if (kept !== null) tellKept(kept, isMismatch || checked.every(({ host }) => host !== undefined))
  showTold(box, told, {
    words,
    helpLines: data.helpLines,
    logId: worst.report.logId ?? '',
    retry: () => void run(main, pages, logId),
  })
}

/** Says above a kept page whether there is a network, and no longer that it was not checked when it was. */
function tellKept(kept: HTMLElement, isChecked: boolean): void {
  const network = kept.querySelector<HTMLElement>('.no-network')
  const unchecked = kept.querySelector<HTMLElement>('.unchecked')
  if (network !== null) network.hidden = navigator.onLine
  if (unchecked !== null) unchecked.hidden = isChecked
}

/** Ends what keeps the page's words of "now" up to the time; a page has one. */
let stopTime = (): void => undefined

/** What the page says of "now" follows the reader's clock; the page's data say which time it shows. */
function goOn(main: HTMLElement, pages: AnyPages, checked: readonly Checked[]): () => void {
  const { request, versions, ...data } = pageData(main)
  if (main.querySelector('[data-now]') === null) return () => undefined
  const records = checked.map(({ bundle }, at) => asPageKnew(bundle!, versions[at]!))
  return keepTime(
    main,
    (now) => pages.view({ ...request, now } as typeof request, records),
    (now) => (main.dataset['page'] = JSON.stringify({ request: { ...request, now }, versions, ...data })),
  )
}

/** Builds the view from the checked bytes as far as the page knew them, and looks for the first difference. */
function compare(main: HTMLElement, pages: AnyPages, checked: readonly Checked[]): { entry: string } | undefined {
  const { request, versions } = pageData(main)
  let view: { documentTitle: string } | undefined
  try {
    const records = checked.map(({ bundle }, at) => asPageKnew(bundle!, versions[at]!))
    view = pages.view(request, records)
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
async function refresh(main: HTMLElement, pages: AnyPages): Promise<boolean> {
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
  wire(main, pages)
  return true
}

/** A mismatch goes above everything; the instructions stay, and no answer is given any more. */
function alarm(main: HTMLElement, box: HTMLElement, words: VerdictWords, { helpLines }: PageData): void {
  if (main.classList.contains('mismatched')) return
  main.classList.add('mismatched')
  const below = document.createElement('p')
  below.className = 'below'
  below.textContent = words.below
  main.prepend(box, below)
  // The title of an answer is the answer.
  document.title = words.verdicts.mismatch.label
  const contact = helpLines[0] ?? words.contactRegulator
  for (const part of main.querySelectorAll('.mine, .answer-box, .lookup, .batches, .answer, .tag.now, .holds')) {
    const sentence = document.createElement('p')
    sentence.className = 'cannot-tell'
    sentence.textContent = fill(words.mineMismatch, { contact })
    if (part.matches('.mine, .answer-box')) part.replaceChildren(sentence)
    else part.remove()
  }
}

/** A page that was kept as a file has its proofs in it, and they are of the moment that it shows. */
function keptBundle(stream: string): Uint8Array | undefined {
  const kept = [...document.querySelectorAll<HTMLElement>('script[data-bundle]')]
  const text = kept.find(({ dataset }) => dataset['bundle'] === stream)?.textContent
  return text === undefined || text === null ? undefined : new TextEncoder().encode(text)
}

async function fetchBundle(stream: string): Promise<Uint8Array> {
  const kept = keptBundle(stream)
  if (kept !== undefined) return kept
  const response = await fetch(`/v1/streams/${encodeURIComponent(stream)}/bundle`, { credentials: 'omit' })
  if (!response.ok) throw new Error(`${stream}: ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

function wire(main: HTMLElement, pages: AnyPages): void {
  wireCopying(main)
  wireFileCheck(main)
  const form = main.querySelector<HTMLFormElement>('.tl-form')
  if (form === null) return
  form.hidden = false
  form.onsubmit = (event) => {
    event.preventDefault()
    void run(main, pages, form.querySelector('input')?.value.trim())
  }
}

/** Wires a page that shows a record; gives its check, which may begin at once or when the reader asks for it. */
export function wirePage<Request extends { streams: string[] }>(
  main: HTMLElement,
  pages: CheckedPages<Request>,
): () => void {
  // What stands in the page was written by the same server code for the same kind of page.
  const any = pages as unknown as AnyPages
  wire(main, any)
  return () => void run(main, any, new URLSearchParams(location.search).get('tl') ?? undefined)
}
