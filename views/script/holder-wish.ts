/** One wish of a holder: sent once with the spend code, and what came of it in words. */
import { fill } from '../model/format.ts'
import type { ReceiptView } from '../model/receipt-view.ts'
import { Refused, send } from './holder-api.ts'
import { holderWords as words } from './holder-catalogue.ts'
import { element } from './verdict-box.ts'

export type Wishes = {
  receipt: ReceiptView
  viewCode: string
  /** As `/v1/programmes/{id}` tells it. */
  programme: Record<string, unknown>
  /** Undefined while what stands in the field is no spend code. */
  spendCode: () => string | undefined
  /** Fetches the receipt again and says what was done. */
  done: (message: string) => Promise<void>
  renewed: (viewCode: string) => void
}

/** Sends it, and tells what came of it. @param code instead of the spend code that stands in the field */
export async function wish(
  root: ParentNode,
  wishes: Wishes,
  {
    path,
    body,
    code,
    button,
    done,
  }: {
    path: string
    body: object
    code?: string
    button: HTMLButtonElement
    /** What to say; undefined: it was shown, and the receipt stays as it is. */
    done: (answer: Record<string, unknown>) => string | undefined
  },
): Promise<void> {
  const spend = code ?? wishes.spendCode()
  if (spend === undefined) {
    tellOutcome(root, words.badSpend)
    root.querySelector<HTMLInputElement>('#spend-code')?.focus()
    return
  }
  button.disabled = true
  // Kept with the button: pressed again after a lost answer, it is the same wish.
  button.dataset['key'] ??= randomKey()
  try {
    const answer = await send(path, spend, body, button.dataset['key'])
    delete button.dataset['key']
    const said = done(answer)
    if (said !== undefined) await wishes.done(said)
  } catch (error) {
    if (error instanceof Refused) delete button.dataset['key']
    tellOutcome(root, problemOf(error))
  } finally {
    button.disabled = false
  }
}

function tellOutcome(root: ParentNode, text: string): void {
  const line = root.querySelector<HTMLElement>('.outcome')
  if (line === null) return
  line.textContent = text
  line.scrollIntoView({ block: 'nearest' })
}

const PROBLEMS: Readonly<Record<string, keyof typeof words.problems>> = {
  balance_too_small: 'insufficient',
  reward_sold_out: 'sold_out',
  reward_closed: 'closed',
  reward_not_open: 'closed',
  ballot_step: 'closed',
  ballot_not_time: 'closed',
  proposals_waiting: 'waiting',
  votes_exhausted: 'votes',
  holder_code_invalid: 'spend',
  spend_code_needed: 'spend',
}

function problemOf(error: unknown): string {
  if (!(error instanceof Refused)) return words.failed
  const known = PROBLEMS[error.code]
  return known === undefined ? fill(words.problems.other, { detail: error.message }) : words.problems[known]
}

export function quietButton(text: string): HTMLButtonElement {
  const button = element('button', 'button quiet', text) as HTMLButtonElement
  button.type = 'button'
  return button
}

function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
