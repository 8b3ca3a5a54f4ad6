/** Style sheet, icon and scripts, under the hash of their bytes, so that they may be cached for ever. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../../errors.ts'
import { buildScripts } from './script-bundle.ts'
import type { Script } from './script-bundle.ts'

export type Assets = {
  /** Paths of the style sheet and the icon. */
  style: string
  icon: string
  iconText: string
  styleText: string
  /** What the pages of points programmes add to the style sheet. */
  pointsStyle: string
  scripts: ReadonlyMap<string, Script>
  files: ReadonlyMap<string, { type: string; text: string }>
}

const VIEWS = new URL('../../../views/', import.meta.url)

export async function buildAssets(): Promise<Assets> {
  const files = new Map<string, { type: string; text: string }>()
  const add = (name: string, ending: string, type: string, text: string): string => {
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
    const path = `/assets/${name}-${hash}.${ending}`
    files.set(path, { type, text })
    return path
  }
  const styleText = minifyStyle(readFileSync(new URL('style.css', VIEWS), 'utf8'))
  const style = add('style', 'css', 'text/css; charset=utf-8', styleText)
  const pointsStyle = add(
    'points',
    'css',
    'text/css; charset=utf-8',
    minifyStyle(readFileSync(new URL('points.css', VIEWS), 'utf8')),
  )
  const iconText = readFileSync(new URL('icon.svg', VIEWS), 'utf8')
  const icon = add('icon', 'svg', 'image/svg+xml', iconText)
  const scripts = new Map((await buildScripts()).map((script) => [script.name, script]))
  for (const { src, text } of scripts.values()) files.set(src, { type: 'text/javascript; charset=utf-8', text })
  return { style, icon, iconText, styleText, pointsStyle, scripts, files }
}

/** Comments and line breaks are for people; browsers need neither. */
function minifyStyle(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim()
}

export function assetRoutes(app: FastifyInstance, assets: Assets): void {
  const schema = { params: Type.Object({ file: Type.String({ maxLength: 100 }) }), hide: true }
  app.get<{ Params: { file: string } }>('/assets/:file', { schema }, (request, reply) => {
    const file = assets.files.get(`/assets/${request.params.file}`)
    if (file === undefined) throw new AppError('not_found', 'There is no such asset.')
    const { body, encoding } = encoded(file.text, request.headers['accept-encoding'] ?? '')
    if (encoding !== undefined) reply.header('content-encoding', encoding)
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding')
      .header('x-content-type-options', 'nosniff')
      .type(file.type)
      .send(body)
  })
}

type Encoded = { body: string | Buffer; encoding: 'br' | 'gzip' | undefined }

/** Compressed once, as small as it gets: on the fly Brotli saves next to nothing, at its best a sixth (measured). */
const compressed = new Map<string, Encoded>()

function encoded(text: string, accepted: string): Encoded {
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined
  if (encoding === undefined) return { body: text, encoding }
  const key = `${encoding} ${text}`
  const known = compressed.get(key)
  if (known !== undefined) return known
  const made: Encoded = { body: encoding === 'br' ? brotliCompressSync(text) : gzipSync(text, { level: 9 }), encoding }
  compressed.set(key, made)
  return made
}
