/**
 * The code for a store screen, made on this phone from the view code: a fresh one every minute, hidden until the holder
 * wants it, and never sent by this page.
 */
import { SCREEN_CODE_MS, formatScreenCode } from '../../ledger/screen-code.ts'
import { fill } from '../model/format.ts'
import { serverNow } from './holder-api.ts'
import { holderWords as words } from './holder-catalogue.ts'
import { qrImage } from './qr-image.ts'
import { element } from './verdict-box.ts'

const NONCE_BYTES = 8

/** Wires the button; gives what stops the clock when the page is closed. */
export function wireScreenCode(root: ParentNode, viewCode: string, programme: string): () => void {
  const place = root.querySelector<HTMLElement>('.store .screen')
  const button = root.querySelector<HTMLButtonElement>('.show-screen')
  if (place === null || button === null) return () => {}
  let timer: ReturnType<typeof setInterval> | undefined
  const hide = (): void => {
    clearInterval(timer)
    timer = undefined
    place.replaceChildren()
    button.textContent = words.screenShow
  }
  button.onclick = () => {
    if (timer !== undefined) {
      hide()
      return
    }
    button.textContent = words.screenHide
    let shownAt = draw(place, viewCode, programme)
    timer = setInterval(() => {
      const left = Math.ceil((shownAt + SCREEN_CODE_MS - Date.now()) / 1000)
      if (left <= 0) shownAt = draw(place, viewCode, programme)
      else setSeconds(place, left)
    }, 1000)
  }
  return hide
}

function draw(place: HTMLElement, viewCode: string, programme: string): number {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const code = formatScreenCode(viewCode, { programme, at: serverNow(), nonce })
  const image = document.createElement('img')
  image.src = qrImage(code)
  image.alt = words.screenAlt
  image.className = 'screen-qr'
  image.dataset['code'] = code
  place.replaceChildren(image, element('p', 'by seconds'))
  setSeconds(place, SCREEN_CODE_MS / 1000)
  return Date.now()
}

function setSeconds(place: HTMLElement, n: number): void {
  const line = place.querySelector('.seconds')
  if (line) line.textContent = fill(words.screenSeconds, { n })
}
