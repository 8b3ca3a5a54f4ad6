/** A report in the words of the page: the verdict's label and sentence, and the named steps behind it. */
import { parseLogId, formatLogId } from '../../ledger/log-id.ts'
import type { Check } from '../../ledger/verdict.ts'
import type { BundleCheckName, Report } from '../../ledger/verify.ts'
import type { RecordWords } from '../messages/record-zh-cn.ts'
import type { VerdictWords } from '../messages/verdict-zh-cn.ts'
import { fill, formatTime } from '../model/format.ts'
import type { Checked } from './check.ts'

export type Step = { ok: Check['ok']; text: string; technical: string }
export type Told = { verdict: string; icon: string; label: string; text: string; steps: Step[]; entry: string }

export type TellOptions = {
  words: VerdictWords
  record: RecordWords
  intervalSeconds: number
  now: number
  /** Entries that the page shows in all; the checked stream's own unless the page has several. */
  shown?: number
  /** The page's words differ from the bytes, at this entry. */
  pageDiffers?: { entry: string } | undefined
  pageCompared?: boolean
  /** Steps about points, which only pages of points know. */
  more?: readonly MoreStep[] | undefined
}

/** A check of the core that is told in these words. */
export type MoreStep = { check: string; done: string; failed: string; skipped?: string }

type Values = Record<string, string | number>
type StepName = keyof VerdictWords['steps']

/** What to show for a check. */
export function tell(checked: Checked, options: TellOptions): Told {
  const { report } = checked
  const values = valuesOf(checked, options)
  const { words, pageDiffers } = options
  const verdict = pageDiffers === undefined ? report.verdict : 'mismatch'
  const { icon, label, text } = words.verdicts[wordsFor(checked, options, values)]
  const more = [
    verdict === 'unrecognised' && checked.testChain && checked.host !== undefined ? words.allHere : '',
    text,
    verdict === 'unrecognised' && options.pageCompared === undefined && isWithoutCode(checked) ? words.noCode : '',
    verdict === 'pending' && lateHours(report, options) > 0 ? words.late : '',
  ]
  return {
    verdict,
    icon,
    label: fill(label, values),
    text: fill(more.filter((part) => part !== '').join(words.lang === 'en' ? ' ' : ''), values),
    steps: stepsOf(checked, options, values),
    entry: String(values['i']),
  }
}

function isWithoutCode({ report, testChain }: Checked): boolean {
  return !testChain && codeOf(report, 'log') === 'log_id_missing'
}

function wordsFor(checked: Checked, { pageDiffers }: TellOptions, values: Values): keyof VerdictWords['verdicts'] {
  const { report, testChain } = checked
  if (pageDiffers !== undefined) return pageDiffers.entry === '' ? 'mismatchWhole' : 'mismatch'
  switch (report.verdict) {
    case 'verified':
      return 'verified'
    case 'pending':
      if (Number(values['rest']) === 0) return 'stale'
      return Number(values['k']) === 0 ? 'unanchored' : 'pending'
    case 'not checked':
      return 'notChecked'
    case 'unrecognised':
      if (testChain) return 'testChain'
      return codeOf(report, 'signature') === 'key_not_anchored' ? 'unrecognisedKey' : 'unrecognised'
    case 'mismatch':
      return values['i'] === '' ? 'mismatchWhole' : 'mismatch'
  }
}

function valuesOf(
  { report, bundle, host }: Checked,
  { record, now, intervalSeconds, shown, pageDiffers }: TellOptions,
): Values {
  const { entries, asOf } = report
  const k = asOf?.entries ?? 0
  const covering = entries[k - 1]?.anchoredBy ?? asOf
  const failed = report.checks.find(({ ok, entry }) => ok === 'failed' && entry !== undefined)
  const faulty = entries.findIndex(({ index }) => index === failed?.entry)
  const newest = bundle?.anchors[bundle.anchors.length - 1]
  const since = entries[0]?.anchoredBy?.timestamp
  return {
    n: shown ?? entries.length,
    k,
    rest: entries.length - k,
    t: covering === undefined ? '' : formatTime(covering.timestamp * 1000, record),
    eta: formatTime(now + 2 * intervalSeconds * 1000, record),
    h: lateHours(report, { now, intervalSeconds }),
    i: pageDiffers?.entry ?? (faulty < 0 ? '' : String(faulty + 1)),
    logId: report.logId === undefined ? '' : formatLogId(parseLogId(report.logId)),
    host: host ?? '',
    b: newest?.block ?? '',
    j: entries.filter(({ notBefore }) => notBefore === undefined).length,
    d: Number(factOf(report, 'disclosures', 'erased') ?? 0),
    ...(since === undefined ? { since: '' } : { since: formatTime(since * 1000, record) }),
  }
}

/** More than three intervals without an anchor is late. */
function lateHours(
  { asOf, entries }: Report,
  { now, intervalSeconds }: { now: number; intervalSeconds: number },
): number {
  if (asOf === undefined || asOf.entries === entries.length) return 0
  const age = now / 1000 - asOf.timestamp
  return age > 3 * intervalSeconds ? Math.floor(age / 3600) : 0
}

/** Which checks of the core a step of the page tells about. */
const STEPS: readonly { name: StepName; checks: readonly BundleCheckName[] }[] = [
  { name: 'format', checks: ['format'] },
  { name: 'entries', checks: ['inclusion'] },
  { name: 'order', checks: ['entries'] },
  { name: 'complete', checks: ['heads', 'complete'] },
  { name: 'signature', checks: ['signature'] },
  { name: 'publisher', checks: ['log'] },
  { name: 'chain', checks: ['anchors', 'chain'] },
  { name: 'times', checks: ['times'] },
  { name: 'erased', checks: ['disclosures'] },
  { name: 'promises', checks: ['promises'] },
  { name: 'fresh', checks: ['fresh'] },
]

/** Steps that are told only when there is something to tell. */
const QUIET: ReadonlySet<StepName> = new Set(['format', 'erased', 'fresh', 'promises'])

const WEIGHT: Readonly<Record<Check['ok'], number>> = { held: 0, partly: 1, skipped: 2, failed: 3 }

function stepsOf(
  { report }: Checked,
  { words, pageDiffers, pageCompared, more = [] }: TellOptions,
  values: Values,
): Step[] {
  const steps = STEPS.flatMap(({ name, checks }) => {
    const worst = report.checks
      .filter((check) => checks.includes(check.name))
      .reduce<Check | undefined>((a, b) => (a === undefined || WEIGHT[b.ok] > WEIGHT[a.ok] ? b : a), undefined)
    if (worst === undefined || (QUIET.has(name) && worst.ok !== 'failed' && !isWorthTelling(name, worst, values)))
      return []
    return [stepOf(name, worst, words, values)]
  })
  steps.push(...moreSteps(report, more, values, words))
  if (pageCompared !== true) return steps
  const page = words.steps.page
  if (pageDiffers === undefined) return [...steps, { ok: 'held', text: fill(page.done, values), technical: '' }]
  const sentence = pageDiffers.entry === '' ? page.failedWhole : page.failed
  return [...steps, { ok: 'failed', text: fill(sentence, values), technical: '' }]
}

function moreSteps({ checks }: Report, more: readonly MoreStep[], values: Values, words: VerdictWords): Step[] {
  return more.flatMap(({ check: name, done, failed, skipped }) => {
    const check = checks.find((known) => (known.name as string) === name)
    if (check === undefined) return []
    const { ok } = check
    const sentence = ok === 'held' ? done : ok === 'failed' ? failed : (skipped ?? words.notPossible)
    return [{ ok, text: fill(sentence, values), technical: ok === 'held' ? '' : technical(check) }]
  })
}

function isWorthTelling(name: StepName, { ok }: Check, values: Values): boolean {
  if (name === 'erased') return Number(values['d']) > 0
  return name === 'fresh' && ok === 'partly'
}

function stepOf(name: StepName, check: Check, words: VerdictWords, values: Values): Step {
  const sentences: { done: string; failed: string; skipped?: string; partly?: string } = words.steps[name]
  const { ok, code } = check
  const seq = values['i']
  const told: Values = name === 'times' ? { ...values, t: values['since'] ?? '' } : { ...values, i: seq ?? '' }
  const sentence =
    name === 'publisher' && ok === 'partly'
      ? code === 'log_id_missing'
        ? sentences.skipped
        : code === 'log_id_other'
          ? sentences.failed
          : sentences.done
      : ok === 'held'
        ? sentences.done
        : ok === 'failed'
          ? sentences.failed
          : ok === 'partly'
            ? (sentences.partly ?? sentences.skipped ?? sentences.done)
            : (sentences.skipped ?? words.notPossible)
  const shown: Check['ok'] = name === 'publisher' && code === 'log_id_other' ? 'failed' : ok
  const text = code === 'skipped' ? words.notPossible : (sentence ?? '')
  return { ok: shown, text: fill(text, told), technical: ok === 'held' ? '' : technical(check) }
}

/** What helps whoever looks into it: the check as the core reports it. */
function technical({ name, code, entry, facts }: Check): string {
  return `${name} ${code} ${JSON.stringify({ entry, ...facts })}`
}

function codeOf({ checks }: Report, name: BundleCheckName): string | undefined {
  return checks.find((check) => check.name === name)?.code
}

function factOf({ checks }: Report, name: BundleCheckName, fact: string): unknown {
  return checks.find((check) => check.name === name)?.facts[fact]
}
