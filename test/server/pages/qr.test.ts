/** QR codes: what they hold comes back from a decoder, from the PNG of pages and from the SVG of labels. */
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import t from 'tap'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { crisisCode, productCode, qrPng, qrSvg } from '../../../server/web/pages/qr.ts'
import { siteEn } from '../../../views/messages/site-en.ts'
import { siteZhCN } from '../../../views/messages/site-zh-cn.ts'
import { tellNote7 } from './sample-log.ts'
import { sampleSite } from './site.ts'

// Without its own copy the decoder would fetch one from a content network.
const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'))
prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) } })

/** What two independent decoders read from the same pixels. */
async function read(pixels: Uint8ClampedArray, width: number, height: number): Promise<(string | undefined)[]> {
  const image = { data: pixels, width, height, colorSpace: 'srgb' }
  const [found] = await readBarcodes(image, { formats: ['QRCode'] })
  return [jsqr.default(pixels, width, height)?.data, found?.text]
}

const LOG_ID = 'v2smxfnpsjk3xhoqomvs3c2tyejqjxw2'
const GTIN = '09520123456788'
const URL_OF_SITE = 'https://id.example.com'

const CODES = [
  productCode(URL_OF_SITE, GTIN, undefined, LOG_ID),
  productCode(URL_OF_SITE, GTIN, 'L0611', LOG_ID),
  productCode(URL_OF_SITE, GTIN, 'A/B+C', LOG_ID),
  crisisCode(URL_OF_SITE, 'CR-7K2M9QPD', LOG_ID),
]

t.test('codes hold the link and the log id', async (t) => {
  t.equal(CODES[1]?.url, `${URL_OF_SITE}/01/${GTIN}/10/L0611?tl=${LOG_ID}`)
  t.equal(CODES[2]?.url, `${URL_OF_SITE}/01/${GTIN}/10/A%2FB%2BC?tl=${LOG_ID}`)
  t.equal(CODES[3]?.url, `${URL_OF_SITE}/c/CR-7K2M9QPD?tl=${LOG_ID}`)
  t.throws(() => productCode(URL_OF_SITE, GTIN, '批次', LOG_ID), 'a lot that no link can hold')
})

t.test('a phone reads the PNG, and it has four quiet modules', async (t) => {
  for (const code of CODES) {
    const { width, height, data } = PNG.sync.read(await qrPng(code))
    t.same(await read(new Uint8ClampedArray(data), width, height), [code.url, code.url])
    const dark = Array.from({ length: width }, (_, x) => x).filter((x) => column(data, width, height, x))
    t.ok((dark[0] ?? 0) >= 4 * 8 && width - 1 - (dark[dark.length - 1] ?? width) >= 4 * 8, 'quiet zone')
  }
})

t.test('the codes that the site serves are those', async (t) => {
  const told = tellNote7()
  const app = await sampleSite(told)
  t.teardown(async () => await app.close())
  for (const [path, holds] of [
    [`/qr/c/${told.code}.png`, `/c/${told.code}`],
    [`/qr/p/${told.gtin}.png`, `/01/${told.gtin}`],
    [`/qr/p/${told.gtin}/CN-RETAIL.png`, `/01/${told.gtin}/10/CN-RETAIL`],
  ] as const) {
    const { width, height, data } = PNG.sync.read((await app.inject(path)).rawPayload)
    const url = `${URL_OF_SITE}${holds}?tl=${told.log.logId}`
    t.same(await read(new Uint8ClampedArray(data), width, height), [url, url], path)
  }
  t.equal((await app.inject('/qr/p/00000000000017.svg')).statusCode, 404)
  const label = await app.inject(`/qr/p/${told.gtin}.svg`)
  t.equal(label.headers['content-security-policy'], "default-src 'none'; sandbox", 'a picture that may do nothing')
  t.notMatch(label.body, /style/, 'and needs no style')
})

t.test('a phone reads the label, which has its size in millimetres and the words beside the code', async (t) => {
  for (const code of CODES) {
    const svg = qrSvg(code, URL_OF_SITE, LOG_ID, siteZhCN)
    const { pixels, size } = rasterise(svg, 6)
    t.same(await read(pixels, size, size), [code.url, code.url])
    t.match(svg, /^<svg [^>]*width="\d+\.\d\dmm" height="\d+\.\d\dmm"/)
    t.match(svg, />id\.example\.com</)
    t.match(svg, />核对码 v2sm-xfnp-sjk3-xhoq-</)
    t.match(svg, />扫码后网址应以此开头</)
    t.ok(svg.includes(`>${code.caption}<`))
    t.notMatch(svg, /DEMO/)
  }
  t.match(qrSvg(CODES[0]!, 'http://localhost:3000', undefined, siteEn), />DEMO</)
  t.notMatch(qrSvg(productCode(URL_OF_SITE, GTIN, 'A<B&', LOG_ID), URL_OF_SITE, LOG_ID, siteEn), /A<B/)
})

t.test(
  'where there is no room for 20 mm, a label has the code, the digits and the host, and nothing else',
  async (t) => {
    for (const code of CODES) {
      const svg = qrSvg(code, URL_OF_SITE, LOG_ID, siteZhCN, 'small')
      const { pixels, size } = rasterise(svg, 6)
      t.same(await read(pixels, size, size), [code.url, code.url], 'a phone reads it')
      const millimetres = Number(/^<svg [^>]*width="(\d+\.\d\d)mm"/.exec(svg)?.[1])
      t.ok(millimetres < 20, `${millimetres} mm`)
      t.ok(millimetres / Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]) > 0.3959, 'and a till reads it')
      const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
      t.same(texts, [...code.caption.split(/ (?=\(10\))/), 'id.example.com'])
      const sizes = [...svg.matchAll(/font-size="([\d.]+)"/g)].map(([, letters]) => Number(letters) * 0.396)
      t.ok(Math.min(...sizes) >= 1.2, `letters of ${Math.min(...sizes)} mm`)
    }
    t.match(qrSvg(CODES[0]!, 'http://localhost:3000', undefined, siteEn, 'small'), />DEMO</, 'a demo stays marked')
  },
)

t.test('the small label is asked for by its form', async (t) => {
  const told = tellNote7()
  const app = await sampleSite(told)
  t.teardown(async () => await app.close())
  for (const path of [`/qr/c/${told.code}.svg`, `/qr/p/${told.gtin}.svg`, `/qr/p/${told.gtin}/CN-RETAIL.svg`]) {
    const [whole, small] = [await app.inject(path), await app.inject(`${path}?form=small`)]
    t.match(whole.body, /核对码/, path)
    t.equal(small.statusCode, 200, path)
    t.notMatch(small.body, /核对码|扫码后/, path)
    t.equal((await app.inject(`${path}?form=tiny`)).statusCode, 400, 'there is no other')
  }
})

/** Paints the runs of the label's path, so many pixels for each module. */
function rasterise(svg: string, scale: number): { pixels: Uint8ClampedArray; size: number } {
  const modules = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
  const size = modules * scale
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255)
  for (const [, x = '', y = '', run = ''] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      const from = (row * size + Number(x) * scale) * 4
      for (let i = 0; i < Number(run) * scale; i++) pixels.fill(0, from + 4 * i, from + 4 * i + 3)
    }
  }
  return { pixels, size }
}

function column(data: Uint8Array, width: number, height: number, x: number): boolean {
  for (let y = 0; y < height; y++) if ((data[(y * width + x) * 4] ?? 255) < 128) return true
  return false
}
