/** The box that shows a verdict: icon, label, sentence, what to do next, and the steps behind it. */
import { formatLogId } from '../../ledger/log-id.ts'
import type { VerdictWords } from '../messages/verdict-zh-cn.ts'
import type { Told } from './steps.ts'

export type BoxOptions = {
  words: VerdictWords
  helpLines: readonly string[]
  logId: string
  retry: () => void
}

export function boxIn(root: ParentNode): HTMLElement | null {
  return root.querySelector<HTMLElement>('#check')
}

/** The waiting form, which a result replaces. */
export function showRunning(box: HTMLElement, words: VerdictWords): void {
  show(box, 'running', words.verdicts.running)
  box.querySelector('.actions')?.replaceChildren()
}

export function showTold(box: HTMLElement, told: Told, options: BoxOptions): void {
  const { words } = options
  show(box, told.verdict, told)
  showSteps(box, told, words)
  const actions = box.querySelector('.actions')
  if (actions === null) return
  actions.replaceChildren()
  const elsewhere = link('/verify', words.otherWay)
  if (told.verdict === 'not checked') actions.append(button(words.retry, options.retry), ' ', elsewhere)
  if (told.verdict === 'mismatch') actions.append(differs(box, words), ' ', whoToTell(told, options))
}

/** A plain sentence instead of a verdict, for what could not even be begun. */
export function showProblem(box: HTMLElement, words: VerdictWords, text: string): void {
  show(box, 'not checked', { ...words.verdicts.notChecked, text })
}

function show(
  box: HTMLElement,
  verdict: string,
  { icon, label, text }: { icon: string; label: string; text: string },
): void {
  box.dataset['verdict'] = verdict.replace(' ', '-')
  setText(box, '.icon', icon)
  setText(box, '.verdict-label strong', label)
  setText(box, '.verdict-text', text)
}

function showSteps(box: HTMLElement, { steps }: Told, words: VerdictWords): void {
  const list = box.querySelector('.steps')
  const details = box.querySelector<HTMLElement>('.checked')
  if (details) details.hidden = false
  list?.replaceChildren(
    ...steps.map(({ ok, text, technical }) => {
      const item = element('li', ok)
      const mark = element('span', 'icon', words.mark[ok])
      mark.setAttribute('aria-hidden', 'true')
      item.append(mark, element('span', 'visually-hidden', words.markWords[ok]), ' ', element('span', '', text))
      if (technical !== '') {
        const more = element('details', 'technical')
        more.append(element('summary', '', words.technical), element('code', '', technical))
        item.append(more)
      }
      return item
    }),
  )
}

function differs(box: HTMLElement, words: VerdictWords): HTMLElement {
  return button(words.whatDiffers, () => {
    const details = box.querySelector<HTMLDetailsElement>('.checked')
    if (details) details.open = true
    details?.scrollIntoView({ block: 'nearest' })
  })
}

/** Screenshot first, then the market's help lines, who audits the log, and the brand last. */
function whoToTell({ entry }: Told, { words, helpLines, logId }: BoxOptions): HTMLElement {
  const details = element('details', 'who-to-tell')
  const list = element('ol')
  for (const line of [...helpLines, words.thenAuditor, words.thenBrand]) list.append(element('li', '', line))
  const text = words.whoToTellText
    .replace('{logId}', logId === '' ? '' : formatLogId(logId))
    .replace('{i}', entry === '' ? '–' : entry)
  details.append(element('summary', '', words.whoToTell), element('p', '', text), list)
  return details
}

export function element(name: string, className = '', text = ''): HTMLElement {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  if (text !== '') made.textContent = text
  return made
}

function button(text: string, press: () => void): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = 'button quiet'
  made.textContent = text
  made.addEventListener('click', press)
  return made
}

function link(href: string, text: string): HTMLElement {
  const made = element('a', 'button quiet', text)
  made.setAttribute('href', href)
  return made
}

function setText(root: ParentNode, selector: string, text: string): void {
  const found = root.querySelector(selector)
  if (found) found.textContent = text
}
