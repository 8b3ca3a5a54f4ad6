/**
 * The screen of a store: somebody holds a code to the scanner, which types it like a keyboard, or to the camera where the
 * browser can read codes; the screen says what their feedback changed, in both languages, and forgets it after 20 seconds.
 */
import { holderEn } from '../messages/holder-en.ts'
import { holderZhCN } from '../messages/holder-zh-cn.ts'
import { fill } from '../model/format.ts'
import { element } from './verdict-box.ts'

const CLEAR_SECONDS = 20
const SCAN_EVERY_MS = 300

type Texts = { 'zh-CN': string; en: string }
type Thanks = { brandName: Texts; changes: { index: number; ground: Texts; kind: Texts; text: Texts }[] }
type Detector = { detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]> }

const LANGUAGES = [
  ['zh-CN', holderZhCN],
  ['en', holderEn],
] as const

class StoreScreen {
  readonly #field: HTMLInputElement
  readonly #greeting: HTMLElement
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(form: HTMLFormElement, field: HTMLInputElement, greeting: HTMLElement) {
    this.#field = field
    this.#greeting = greeting
    form.onsubmit = (event) => {
      event.preventDefault()
      void this.open(field.value)
    }
    form.hidden = false
    field.focus()
  }

  async open(text: string): Promise<void> {
    this.#field.value = ''
    const code = text.trim()
    if (code === '') return
    try {
      const response = await fetch('/v1/thanks', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ code }),
        credentials: 'omit',
      })
      this.#show(response.ok ? greet((await response.json()) as Thanks) : nothing())
    } catch {
      this.#show(nothing())
    }
  }

  #show(parts: HTMLElement[]): void {
    clearInterval(this.#timer)
    const clock = element('p', 'by')
    let left = CLEAR_SECONDS
    const tick = (): void => {
      clock.textContent = LANGUAGES.map(([, words]) => fill(words.thanksClears, { n: left })).join(' · ')
    }
    tick()
    this.#greeting.replaceChildren(...parts, clock)
    this.#timer = setInterval(() => {
      left -= 1
      if (left > 0) tick()
      else this.#clear()
    }, 1000)
  }

  #clear(): void {
    clearInterval(this.#timer)
    this.#greeting.replaceChildren()
    this.#field.focus()
  }
}

function greet({ brandName, changes }: Thanks): HTMLElement[] {
  return LANGUAGES.map(([lang, words]) => {
    const part = element('section', 'thank')
    part.lang = lang
    part.append(element('h2', '', fill(words.thanksGreeting, { brand: brandName[lang] })))
    part.append(element('p', '', changes.length === 0 ? words.thanksNothingYet : words.thanksChanged))
    const list = element('ul')
    for (const { index, ground, kind, text } of changes) {
      const item = element('li')
      const link = element(
        'a',
        '',
        [kind[lang], text[lang]].filter((part) => part !== '').join(lang === 'en' ? ': ' : '：'),
      )
      link.setAttribute('href', `/e/${index}?lang=${lang}`)
      item.append(element('strong', '', ground[lang]), document.createElement('br'), link)
      list.append(item)
    }
    part.append(list)
    return part
  })
}

function nothing(): HTMLElement[] {
  return LANGUAGES.map(([lang, words]) => {
    const line = element('p', 'empty', words.thanksNothing)
    line.lang = lang
    return line
  })
}

/** Only where the browser itself reads codes; the picture never leaves it. */
function wireCamera(root: ParentNode, screen: StoreScreen): void {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: new (options: { formats: string[] }) => Detector }
  const place = root.querySelector<HTMLElement>('.camera')
  const video = root.querySelector('video')
  if (BarcodeDetector === undefined || place === null || video === null) return
  place.hidden = false
  place.querySelector('button')!.onclick = async () => {
    const stream = await navigator.mediaDevices
      .getUserMedia({ video: { facingMode: 'environment' } })
      .catch(() => undefined)
    if (stream === undefined) return
    video.srcObject = stream
    video.hidden = false
    await video.play()
    const detector = new BarcodeDetector({ formats: ['qr_code'] })
    let last = ''
    setInterval(() => {
      void detector
        .detect(video)
        .then(([found]) => {
          if (found === undefined || found.rawValue === last) return
          last = found.rawValue
          void screen.open(last)
        })
        .catch(() => {})
    }, SCAN_EVERY_MS)
  }
}

const main = document.querySelector<HTMLElement>('main[data-thanks]')
const form = main?.querySelector<HTMLFormElement>('form.scan')
const field = form?.querySelector('input')
const greeting = main?.querySelector<HTMLElement>('.greeting')
if (main && form && field && greeting) wireCamera(main, new StoreScreen(form, field, greeting))
