/**
 * QR codes: of a product or batch (a GS1 Digital Link) and of a crisis, with the log id from which a reader's check
 * recognises the log. Level M, four quiet modules on each side; the SVG is a label part with its size in millimetres and
 * what must stand beside a code: the digits, the host to compare with, the log id.
 */
import QRCode from 'qrcode'
import { formatLogId } from '../../../ledger/log-id.ts'
import { formatDigitalLink } from '../../gs1/digital-link.ts'
import type { SiteWords } from '../../../views/messages/site-zh-cn.ts'

const QUIET_MODULES = 4

/**
 * Two labels, in millimetres and modules. Where there is no room for 20 mm, the digits and the host alone stand beside the
 * code, in letters as large as the narrower label allows, and the check code is printed inside the pack.
 */
const FORMS = {
  standard: { moduleMm: 0.5, letters: 1.9, lineHeight: 2.4 },
  /** GS1: an X-dimension of 0.396 mm is the smallest that a till must read. */
  small: { moduleMm: 0.396, letters: 3.4, lineHeight: 4 },
} as const

export type LabelForm = keyof typeof FORMS

const PNG_MODULE_PIXELS = 8

export type Code = {
  /** What the code holds. */
  url: string
  /** Printed under it: the digits and batch, or the code of the crisis. */
  caption: string
}

export function productCode(publicUrl: string, gtin: string, lot: string | undefined, logId: string | undefined): Code {
  const path = formatDigitalLink(lot === undefined ? { gtin } : { gtin, lot })
  return {
    url: `${publicUrl}${path}${logId === undefined ? '' : `?tl=${logId}`}`,
    caption: `(01) ${gtin}${lot === undefined ? '' : ` (10) ${lot}`}`,
  }
}

export function crisisCode(publicUrl: string, code: string, logId: string | undefined): Code {
  return { url: `${publicUrl}/c/${code}${logId === undefined ? '' : `?tl=${logId}`}`, caption: code }
}

/** The image that pages show: messengers recognise a PNG on a long press, and nothing else. */
export async function qrPng({ url }: Code): Promise<Buffer> {
  return await QRCode.toBuffer(url, { errorCorrectionLevel: 'M', margin: QUIET_MODULES, scale: PNG_MODULE_PIXELS })
}

/** A label: the code with its text below, sized in millimetres, marked as a demo unless its address is https. */
export function qrSvg(
  code: Code,
  publicUrl: string,
  logId: string | undefined,
  words: SiteWords,
  form: LabelForm = 'standard',
): string {
  const { moduleMm, letters, lineHeight } = FORMS[form]
  const { modules } = QRCode.create(code.url, { errorCorrectionLevel: 'M' })
  const width = modules.size + 2 * QUIET_MODULES
  const { host } = new URL(publicUrl)
  const lines =
    form === 'small'
      ? [...code.caption.split(/ (?=\(10\) )/), host].map((text) => ({ text, bold: true }))
      : [
          { text: code.caption, bold: true },
          { text: host, bold: true },
          { text: words.label.host, bold: false },
          ...logIdLines(logId, words),
        ]
  const height = width + lines.length * lineHeight + 1
  const texts = lines.map(({ text, bold }, at) => {
    const y = (width + (at + 0.6) * lineHeight).toFixed(2)
    const size = Math.min(letters, (width - 2) / (textWidth(text) * 0.62)).toFixed(2)
    return `<text x="${width / 2}" y="${y}" font-size="${size}"${bold ? ' font-weight="700"' : ''}>${escapeXml(text)}</text>`
  })
  const demo = publicUrl.startsWith('https://')
    ? ''
    : `<g transform="rotate(-24 ${width / 2} ${width / 2})"><text x="${width / 2}" y="${width / 2}" font-size="${width / 9}" font-weight="700" fill="#c00" fill-opacity=".55" stroke="#fff" stroke-width=".25">${escapeXml(words.label.demo)}</text></g>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${(width * moduleMm).toFixed(2)}mm" height="${(height * moduleMm).toFixed(2)}mm" viewBox="0 0 ${width} ${height.toFixed(2)}" role="img" aria-label="${escapeXml(words.label.alt.replace('{text}', code.url))}">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<path d="${modulesPath(modules)}" fill="#000"/>`,
    `<g font-family="sans-serif" text-anchor="middle" fill="#000">${texts.join('')}</g>`,
    demo,
    '</svg>',
  ].join('')
}

/** The log id in two lines of four groups. */
function logIdLines(logId: string | undefined, words: SiteWords): { text: string; bold: boolean }[] {
  if (logId === undefined) return []
  const groups = formatLogId(logId).split('-')
  return [
    { text: `${words.label.code} ${groups.slice(0, 4).join('-')}-`, bold: false },
    { text: groups.slice(4).join('-'), bold: false },
  ]
}

/** Dark modules as horizontal runs in one path. */
function modulesPath({ size, data }: { size: number; data: Uint8Array }): string {
  let path = ''
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (data[y * size + x] === 0) continue
      let run = 1
      while (x + run < size && data[y * size + x + run] !== 0) run++
      path += `M${x + QUIET_MODULES} ${y + QUIET_MODULES}h${run}v1h-${run}z`
      x += run
    }
  }
  return path
}

/** In digits' widths; a Chinese character is about two of them. */
function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += character.charCodeAt(0) > 0x2e7f ? 1.7 : 1
  return width
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
