/** /verify and the single file: a bundle by link or from a file, a code from the pack, and the same verdict as a page. */
import { LedgerError } from '../../ledger/errors.ts'
import { parseBundle } from '../../ledger/bundle.ts'
import { parseLogId } from '../../ledger/log-id.ts'
import { RECEIPT_FORMAT } from '../../ledger/receipt.ts'
import { POINTS_CHECKS } from '../../ledger/verify-points.ts'
import { fill } from '../model/format.ts'
import { recordWords, verdictWords as words } from './catalogues.ts'
import { checkBundle } from './check.ts'
import type { Checked } from './check.ts'
import { receiptSteps, receiptVerdicts } from './holder-catalogue.ts'
import { pointsSteps } from './points-catalogue.ts'
import { checkReceipt } from './receipt-check.ts'
import { tell } from './steps.ts'
import { boxIn, showProblem, showRunning, showTold } from './verdict-box.ts'

type VerifyData = {
  rpcUrls: string[]
  testChain: boolean
  intervalSeconds: number
  helpLines: string[]
}

/** A sentence for the reader instead of a verdict. */
class InputProblem extends Error {}

async function run(form: HTMLFormElement, box: HTMLElement, data: VerifyData): Promise<void> {
  showRunning(box, words)
  try {
    const logId = readCode(form)
    const bytes = await readBundle(form)
    const own = valueOf(form, 'rpc')
    const isReceipt = new TextDecoder().decode(bytes.slice(0, 200)).includes(`"${RECEIPT_FORMAT}"`)
    if (!isReceipt) assertBundle(bytes)
    const asked = { ...data, logId, rpcUrls: own === '' ? data.rpcUrls : [own] }
    const checked: Checked = isReceipt
      ? await checkReceipt(bytes, { ...asked, viewCode: undefined })
      : await checkBundle(bytes, { ...asked, points: POINTS_CHECKS })
    const told = tell(checked, {
      words: isReceipt ? receiptVerdicts : words,
      record: recordWords,
      intervalSeconds: data.intervalSeconds,
      now: Date.now(),
      more: isReceipt ? receiptSteps : pointsSteps,
    })
    showTold(box, told, {
      words,
      helpLines: data.helpLines,
      logId: checked.report.logId ?? '',
      retry: () => void run(form, box, data),
    })
  } catch (error) {
    showProblem(box, words, error instanceof InputProblem ? error.message : words.errors.fetch)
  }
}

function readCode(form: HTMLFormElement): string | undefined {
  const typed = valueOf(form, 'tl')
  if (typed === '') return undefined
  try {
    return parseLogId(typed)
  } catch {
    throw new InputProblem(words.errors.badCode)
  }
}

async function readBundle(form: HTMLFormElement): Promise<Uint8Array> {
  const file = form.querySelector<HTMLInputElement>('input[type=file]')?.files?.[0]
  if (file !== undefined) return new Uint8Array(await file.arrayBuffer())
  const address = await bundleAddress(valueOf(form, 'link'))
  const response = await fetch(address, { credentials: 'omit' })
  if (!response.ok) throw new InputProblem(response.status === 404 ? words.errors.badLink : words.errors.fetch)
  return new Uint8Array(await response.arrayBuffer())
}

/** The bundle behind a page's link, an entry's number, or a bundle's own address, always on this site. */
async function bundleAddress(typed: string): Promise<string> {
  const path = typed.replace(/^https?:\/\/[^/]+/, '').split(/[?#]/)[0] ?? ''
  const code = /^(?:\/c\/)?(CR-[0-9A-Z]{8})$/i.exec(path)?.[1]
  if (code !== undefined) return `/v1/crises/${code.toUpperCase()}/bundle`
  const brand = /^\/b\/([a-z0-9-]+)$/.exec(path)?.[1]
  if (brand !== undefined) return `/v1/streams/${encodeURIComponent(`brand:${brand}`)}/bundle`
  const programme = /^\/points\/([a-z0-9-]{1,40})(?:\/|$)/.exec(path)?.[1]
  if (programme !== undefined) return `/v1/streams/${encodeURIComponent(`points:${programme}`)}/bundle`
  if (/^\/v1\/(?:streams|crises)\/[^/]+\/bundle$/.test(path)) return path
  const index = /^(?:\/e\/)?(\d{1,16})$/.exec(path)?.[1]
  if (index === undefined) throw new InputProblem(words.errors.badLink)
  return await streamOfEntry(index)
}

/** An entry's own bytes name its stream. */
async function streamOfEntry(index: string): Promise<string> {
  const response = await fetch(`/v1/entries/${index}`, { credentials: 'omit' })
  if (!response.ok) throw new InputProblem(words.errors.badLink)
  const { bytes } = (await response.json()) as { bytes: string }
  const { stream } = JSON.parse(atob(bytes.replace(/-/g, '+').replace(/_/g, '/'))) as { stream: string }
  return `/v1/streams/${encodeURIComponent(stream)}/bundle`
}

/** Tells a file that is no bundle from one that was cut off and from one that is too new. */
function assertBundle(bytes: Uint8Array): void {
  try {
    parseBundle(bytes)
  } catch (error) {
    const head = new TextDecoder().decode(bytes.slice(0, 4096))
    const version = /"trust-ledger\/timeline@(\d+)"/.exec(head)?.[1]
    if (version !== undefined && Number(version) > 1) throw new InputProblem(words.errors.newer)
    const isCut = error instanceof LedgerError && error.code === 'json_malformed' && head.trimStart().startsWith('{')
    if (isCut) throw new InputProblem(fill(words.errors.cut, { x: bytes.length }))
    throw new InputProblem(words.errors.notProof)
  }
}

function valueOf(form: HTMLFormElement, name: string): string {
  return form.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.value.trim() ?? ''
}

const form = document.querySelector<HTMLFormElement>('.verify-form')
const box = boxIn(document)
if (form !== null && box !== null) {
  const data = JSON.parse(form.dataset['verify'] ?? '') as VerifyData
  form.hidden = false
  box.hidden = true
  const inWeChat = navigator.userAgent.includes('MicroMessenger')
  const [files, hint] = [form.querySelector<HTMLElement>('.file-field'), form.querySelector<HTMLElement>('.wechat')]
  if (inWeChat && files !== null && hint !== null && form.querySelector('input[name="link"]') !== null) {
    files.hidden = true
    hint.hidden = false
  }
  const code = new URLSearchParams(location.search).get('tl')
  const field = form.querySelector<HTMLInputElement>('input[name="tl"]')
  if (code !== null && field !== null) field.value = code
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    box.hidden = false
    void run(form, box, data)
  })
}
