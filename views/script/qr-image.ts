/**
 * A QR code made in the browser, so that what it holds goes to nobody: a PNG, since messengers recognise nothing else on a
 * long press. Dark on white in any colour scheme, with its quiet zone.
 */
import { create } from 'qrcode/lib/core/qrcode.js'

const QUIET_MODULES = 4
const MODULE_PIXELS = 6

/** The address of the image, `data:image/png;…`. */
export function qrImage(text: string): string {
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules
  const canvas = document.createElement('canvas')
  const side = (size + 2 * QUIET_MODULES) * MODULE_PIXELS
  canvas.width = side
  canvas.height = side
  const pen = canvas.getContext('2d')
  if (pen === null) return ''
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, side, side)
  pen.fillStyle = '#000'
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 0) continue
    const x = (at % size) + QUIET_MODULES
    const y = Math.floor(at / size) + QUIET_MODULES
    pen.fillRect(x * MODULE_PIXELS, y * MODULE_PIXELS, MODULE_PIXELS, MODULE_PIXELS)
  }
  return canvas.toDataURL('image/png')
}
