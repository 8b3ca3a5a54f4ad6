/**
 * The page of a holder. The codes come after the # or are typed; the receipt is fetched with the view code, verified here,
 * and shown line by line with what the check found. Nothing is sent but what the holder asks for.
 */
import { fill, formatGap, formatNumber } from '../model/format.ts'
import { receiptView } from '../model/receipt-view.ts'
import type { ReceiptLine, ReceiptView } from '../model/receipt-view.ts'
import { holderWords as words, receiptSteps, receiptVerdicts } from './holder-catalogue.ts'
import { Refused, fetchProgramme, fetchReceipt } from './holder-api.ts'
import {
  forgetCodes,
  isKeptOnThisPhone,
  keepViewCode,
  keptViewCode,
  readCode,
  takeFromAddress,
} from './holder-codes.ts'
import { wireActions } from './holder-actions.ts'
import type { Wishes } from './holder-wish.ts'
import { pointsRecord, pointsWords } from './points-catalogue.ts'
import { checkReceipt } from './receipt-check.ts'
import type { CheckedReceipt } from './receipt-check.ts'
import { wireScreenCode } from './screen-qr.ts'
import { tell } from './steps.ts'
import { boxIn, element, showProblem, showRunning, showTold } from './verdict-box.ts'
import { keepDatesWhole } from './whole-dates.ts'

type HolderData = { rpcUrls: string[]; testChain: boolean; intervalSeconds: number; helpLines: string[] }

class HolderPage {
  readonly #main: HTMLElement
  readonly #data: HolderData
  readonly #form: HTMLFormElement
  readonly #parts: HTMLElement
  #view: string | undefined
  #spend: string | undefined
  #closeScreen: () => void = () => {}

  constructor(main: HTMLElement, form: HTMLFormElement, parts: HTMLElement) {
    this.#main = main
    this.#data = JSON.parse(main.dataset['holder'] ?? '') as HolderData
    this.#form = form
    this.#parts = parts
    form.onsubmit = (event) => {
      event.preventDefault()
      this.#typed()
    }
    addEventListener('hashchange', () => this.open())
  }

  /** Opens with the codes of the address, or with the view code that was kept. */
  open(): void {
    const taken = takeFromAddress()
    this.#view = taken.view ?? this.#view ?? keptViewCode()
    this.#spend = taken.spend ?? this.#spend
    if (taken.view !== undefined) keepViewCode(taken.view, isKeptOnThisPhone())
    if (this.#view === undefined) this.#ask()
    else void this.#load(this.#view)
  }

  #ask(problem = ''): void {
    this.#closeScreen()
    this.#parts.hidden = true
    this.#parts.replaceChildren()
    this.#form.hidden = false
    setText(this.#form, '.problem', problem)
    const only = this.#form.querySelector<HTMLElement>('.spend-only')
    if (only) only.hidden = this.#spend === undefined
  }

  #typed(): void {
    const field = this.#form.querySelector<HTMLInputElement>('input[name=code]')
    const text = field?.value ?? ''
    const spend = readCode(text, 'S')
    const view = readCode(text, 'V')
    if (field && (spend ?? view) !== undefined) field.value = ''
    if (spend !== undefined) {
      this.#spend = spend
      this.#ask()
    } else if (view === undefined) this.#ask(words.badCode)
    else {
      const remember = this.#form.querySelector<HTMLInputElement>('input[name=remember]')?.checked === true
      this.#view = view
      keepViewCode(view, remember)
      void this.#load(view)
    }
  }

  async #load(view: string): Promise<void> {
    setText(this.#form, '.problem', words.loading)
    try {
      const bytes = await fetchReceipt(view)
      const logId = new URLSearchParams(location.search).get('tl') ?? undefined
      this.#form.hidden = true
      this.#build()
      const box = boxIn(this.#parts)!
      showRunning(box, receiptVerdicts)
      const checked = await checkReceipt(bytes, { ...this.#data, logId, viewCode: view })
      this.#verdict(box, checked, view)
      const holds = checked.report.verdict !== 'mismatch'
      const receipt = readOrNot(checked)
      if (!holds || receipt === undefined) this.#withhold(receipt === undefined)
      if (receipt === undefined) return
      this.#show(receipt, holds)
      this.#save(bytes)
      if (holds) await this.#wire(receipt, view)
    } catch (error) {
      this.#failed(error, view)
    }
  }

  #failed(error: unknown, view: string): void {
    if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
      forgetCodes()
      this.#view = undefined
      this.#ask(words.wrongCode)
      return
    }
    const isEarly = error instanceof Refused && error.code === 'receipt_not_ready'
    const wait = formatGap(this.#data.intervalSeconds * 1000, pointsRecord)
    this.#ask(isEarly ? fill(words.notReady, { wait }) : words.failed)
    // The code is right: to try again is one touch.
    const field = this.#form.querySelector<HTMLInputElement>('input[name=code]')
    if (field) field.value = view
  }

  #build(): void {
    const template = this.#main.querySelector<HTMLTemplateElement>('.holder-template')!
    this.#closeScreen()
    this.#parts.replaceChildren(template.content.cloneNode(true))
    this.#parts.hidden = false
    this.#parts.querySelector<HTMLButtonElement>('.forget')!.onclick = () => {
      forgetCodes()
      this.#view = undefined
      this.#spend = undefined
      this.#ask()
    }
  }

  #verdict(box: HTMLElement, checked: CheckedReceipt, view: string): void {
    const retry = (): void => void this.#load(view)
    if (checked.receipt === undefined) showProblem(box, receiptVerdicts, receiptVerdicts.errors.notProof)
    const told = tell(checked, {
      words: receiptVerdicts,
      record: pointsRecord,
      intervalSeconds: this.#data.intervalSeconds,
      now: Date.now(),
      more: receiptSteps,
    })
    showTold(box, told, {
      words: receiptVerdicts,
      helpLines: this.#data.helpLines,
      logId: checked.report.logId ?? '',
      retry,
    })
  }

  /** On a receipt that does not match nobody should act; one that cannot even be read shows its verdict alone. */
  #withhold(isUnreadable: boolean): void {
    const parts = isUnreadable ? 'section:not(.verdict)' : '.store, .actions-of'
    for (const part of this.#parts.querySelectorAll(parts)) part.remove()
  }

  #show(receipt: ReceiptView, holds: boolean): void {
    const parts = this.#parts
    setText(parts, '.who', `${receipt.who} · ${receipt.name}`)
    setText(parts, '.balance-now', fill(pointsWords.points, { n: formatNumber(receipt.balance, pointsRecord) }))
    const totals = [
      [words.pendingLabel, receipt.pending],
      [words.heldLabel, receipt.held],
    ] as const
    parts
      .querySelector('.totals')
      ?.replaceChildren(
        ...totals.map(([name, n]) =>
          withChildren(
            element('li'),
            element('span', '', name),
            ' ',
            element('strong', '', formatNumber(n, pointsRecord)),
          ),
        ),
      )
    setText(parts, '.counted', receipt.counted)
    const expiry = parts.querySelector<HTMLElement>('.expiry')
    if (expiry) expiry.hidden = receipt.expiry.length === 0
    expiry?.querySelector('ul')?.replaceChildren(...receipt.expiry.map((line) => element('li', '', line)))
    const lines = receipt.lines.map((line) => lineElement(line, holds))
    parts.querySelector('.lines ol')?.replaceChildren(...lines)
    if (lines.length === 0) parts.querySelector('.lines h2')?.after(element('p', 'by', words.historyEmpty))
    const redemptions = parts.querySelector<HTMLElement>('.redemptions')
    if (redemptions) redemptions.hidden = receipt.redemptions.length === 0
    redemptions
      ?.querySelector('ul')
      ?.replaceChildren(
        ...receipt.redemptions.map(({ title, state, until, index }) =>
          withChildren(
            element('li'),
            entryLink(index, title),
            ' ',
            element('span', 'tag', state),
            ' ',
            element('small', '', until),
          ),
        ),
      )
    keepDatesWhole(parts)
  }

  /** The file goes onto this device; it is the holder's alone. */
  #save(bytes: Uint8Array): void {
    this.#parts.querySelector<HTMLButtonElement>('.save')!.onclick = () => {
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob([bytes as BlobPart], { type: 'application/json' }))
      link.download = 'receipt.json'
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
    }
  }

  async #wire(receipt: ReceiptView, view: string): Promise<void> {
    this.#closeScreen = wireScreenCode(this.#parts, view, receipt.programme)
    const spendField = this.#parts.querySelector<HTMLInputElement>('#spend-code')!
    if (this.#spend !== undefined) spendField.value = this.#spend
    const wishes: Wishes = {
      receipt,
      viewCode: view,
      programme: await fetchProgramme(receipt.programme),
      spendCode: () => readCode(spendField.value, 'S'),
      done: async (message) => {
        this.#spend = readCode(spendField.value, 'S')
        await this.#load(this.#view ?? view)
        setText(this.#parts, '.outcome', message)
      },
      renewed: (code) => {
        this.#view = code
        keepViewCode(code, isKeptOnThisPhone())
      },
    }
    wireActions(this.#parts, wishes)
    keepDatesWhole(this.#parts)
  }
}

function readOrNot({ receipt }: CheckedReceipt): ReceiptView | undefined {
  try {
    return receipt && receiptView(receipt, { words: pointsRecord, points: pointsWords, holder: words })
  } catch {
    // The verdict says that it does not match.
    return undefined
  }
}

/** One line: what it was, what it moved, and in words whether it is proved. */
function lineElement(line: ReceiptLine, holds: boolean): HTMLElement {
  const item = element('li', holds ? (line.isAnchored ? 'proved' : 'waiting') : 'unproved')
  const head = withChildren(
    element('p', 'line'),
    entryLink(line.index, line.what),
    ' ',
    element('strong', '', line.amount),
  )
  const proof = holds ? line.proof : words.lineFailed
  item.append(head, element('p', 'meta', `${line.date} · ${proof}`))
  return item
}

function entryLink(index: number, text: string): HTMLElement {
  const link = element('a', '', text)
  link.setAttribute('href', `/e/${index}${location.search}`)
  return link
}

function withChildren(parent: HTMLElement, ...children: (Node | string)[]): HTMLElement {
  parent.append(...children)
  return parent
}

function setText(root: ParentNode, selector: string, text: string): void {
  const found = root.querySelector(selector)
  if (found) found.textContent = text
}

const main = document.querySelector<HTMLElement>('main[data-holder]')
const form = main?.querySelector<HTMLFormElement>('form.unlock')
const parts = main?.querySelector<HTMLElement>('.holder-parts')
if (main && form && parts) new HolderPage(main, form, parts).open()
