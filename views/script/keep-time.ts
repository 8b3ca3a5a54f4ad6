/**
 * What a page says of "now" goes on after the check: by the reader's clock, from the verified bytes. An update that does
 * not come turns the page amber while somebody looks at it, and a page that was made by a clock that is behind, or kept
 * in a cache, does not stay quiet for that.
 */
import { pointerOf } from './compare.ts'
import { valueAt } from './value-at.ts'

/** How often the time is looked at. */
const PACE_MS = 15_000

/**
 * Shows what depends on the time, now and from now on.
 *
 * @param viewAt the view from the verified bytes at a time in milliseconds since 1970; undefined when there is none
 * @param told is told of each time that the page has been brought to
 * @returns ends it
 */
export function keepTime(
  main: HTMLElement,
  viewAt: (now: number) => object | undefined,
  told: (now: number) => void,
): () => void {
  const look = (): void => {
    const now = Date.now()
    const view = viewAt(now)
    if (view === undefined || !showNow(main, view)) return
    told(now)
  }
  look()
  const timer = setInterval(look, PACE_MS)
  return () => clearInterval(timer)
}

/** Writes what depends on the time. False when the view has other parts than the page: then it must be loaded again. */
function showNow(main: HTMLElement, view: object): boolean {
  const parts = [...main.querySelectorAll<HTMLElement>('[data-now]')].map((element) => {
    const pointer = pointerOf(element, 'data-v')
    const overdue = valueAt(view, pointer.replace(/\/text$/, '/overdue')) === true
    return { element, text: valueAt(view, pointer), overdue }
  })
  if (parts.some(({ text }) => typeof text !== 'string')) return false
  for (const { element, text, overdue } of parts) {
    if (element.textContent !== text) element.textContent = text as string
    if (element.hasAttribute('data-overdue')) element.classList.toggle('overdue', overdue)
  }
  main.classList.toggle(
    'overdue',
    parts.some(({ element, overdue }) => overdue && element.matches('.next')),
  )
  return true
}
