/** The card of a new holder, made on the device of whoever opened the account: both codes as QR, to be printed. Sends nothing. */
import { holderWords as words } from './holder-catalogue.ts'
import { qrImage } from './qr-image.ts'

const form = document.querySelector<HTMLFormElement>('.make-card')
const card = document.querySelector<HTMLElement>('.holder-card')
if (form !== null && card !== null) {
  form.hidden = false
  form.onsubmit = (event) => {
    event.preventDefault()
    const area = form.querySelector('textarea')!
    const found = area.value.split(/\s+/).filter((line) => line !== '')
    const view = found.find((line) => /#(?:.*&)?v=V-/.test(line))
    const spend = found.find((line) => /#(?:.*&)?s=S-/.test(line))
    const problem = form.querySelector('.problem')
    if (problem) problem.textContent = view === undefined || spend === undefined ? words.cardBad : ''
    if (view === undefined || spend === undefined) return
    fillIn(card, '.view', view)
    fillIn(card, '.spend', spend)
    area.value = ''
    card.hidden = false
  }
  card.querySelector<HTMLButtonElement>('.print-card')!.onclick = () => print()
}

function fillIn(root: ParentNode, place: string, address: string): void {
  const image = root.querySelector<HTMLImageElement>(`${place} img`)
  const code = root.querySelector(`${place} code`)
  if (image) image.src = qrImage(address)
  if (code)
    code.textContent = new URLSearchParams(address.slice(address.indexOf('#') + 1)).get(place === '.view' ? 'v' : 's')
}
