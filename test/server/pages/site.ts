/** The pages over a sample log: the real plugin, templates and scripts, with the log in memory. */
import { fastify } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { formatBundle } from '../../../ledger/bundle.ts'
import { AppError } from '../../../server/errors.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { gs1Routes } from '../../../server/web/gs1-routes.ts'
import type { ProgrammeReads } from '../../../server/services/points/programme-reads.ts'
import type { PagesConfig } from '../../../server/web/pages/deps.ts'
import { openPages } from '../../../server/web/pages/pages-routes.ts'
import type { SampleLog, Told } from './sample-log.ts'
import { samplePublicEntries, sampleReads } from './sample-reads.ts'

export type SiteOptions = {
  config?: Partial<PagesConfig>
  programmes?: ProgrammeReads
  evidence?: ReadonlyMap<string, { path: string; bytes: number }>
  /** What the bundle route answers instead of the true bundle, by stream. */
  bundleText?: (stream: string, text: string) => string
  /** The server's clock, in milliseconds since 1970. */
  now?: () => number
}

/** Milliseconds at which these pages are made. */
export const NOW = Date.parse('2026-11-23T00:00:00.000Z')

export async function sampleSite(told: Told, options: SiteOptions = {}): Promise<FastifyInstance> {
  const { log } = told
  const { evidence = new Map(), bundleText = (_stream, text) => text } = options
  const pages = await openPages({
    config: () => ({
      publicUrl: 'https://id.example.com',
      logId: log.logId,
      testChain: false,
      chainPublicRpcUrls: [],
      anchorIntervalSeconds: 600,
      operatorName: 'Example operator',
      helpLines: [],
      verifierMirrors: [],
      ...options.config,
    }),
    bundles: {
      timeline: async (stream) => {
        const bundle = log.bundle(stream)
        return bundle.entries.length === 0 ? undefined : bundle
      },
    },
    recordVerifierFiles: async (files) => new Map(files.map(({ sha256 }, i) => [sha256, { index: i + 1, seq: i + 2 }])),
    programmes: options.programmes ?? sampleReads(log, told.brand),
    publicEntries: samplePublicEntries(log),
    lookups: {
      product: async (gtin) => (gtin === told.gtin ? { brand: told.brand, crises: [told.code] } : undefined),
      brands: async () => [told.brand],
      streamOf: async (index) => log.items[index]?.stream,
      evidence: async (sha256) => evidence.get(sha256),
    },
    now: options.now ?? (() => NOW),
  })
  const app = fastify({ routerOptions: { maxParamLength: 400 } })
  registerErrorHandler(app, pages.errorPage)
  await app.register(gs1Routes)
  await app.register(pages.routes)
  app.get<{ Params: { stream: string } }>('/v1/streams/:stream/bundle', async (request, reply) => {
    const { stream } = request.params
    return await reply.type('application/json').send(bundleText(stream, bundleTextOf(log, stream)))
  })
  app.get<{ Params: { code: string } }>('/v1/crises/:code/bundle', async (request, reply) => {
    const stream = `crisis:${request.params.code}`
    return await reply.type('application/json').send(bundleText(stream, bundleTextOf(log, stream)))
  })
  return await app
}

function bundleTextOf(log: SampleLog, stream: string): string {
  const bundle = log.bundle(stream)
  if (bundle.entries.length === 0) throw new AppError('not_found', 'There is no such stream.')
  return formatBundle(bundle)
}

/** The page's HTML as a browser that prefers a language gets it, without the marks around its dates. */
export async function getPage(
  app: FastifyInstance,
  url: string,
  language = 'zh-CN',
): Promise<{ status: number; html: string }> {
  const response = await app.inject({ url, headers: { accept: 'text/html', 'accept-language': language } })
  return { status: response.statusCode, html: response.body.replace(/<time>([^<]*)<\/time>/g, '$1') }
}

/** Every element that names a part of the view, with its text, in the order of the page; `data-p` begins a pointer. */
export function shownParts(html: string): { pointer: string; text: string }[] {
  let before = ''
  const parts: { pointer: string; text: string }[] = []
  for (const [, begun, pointer = '', text = ''] of html.matchAll(/data-p="([^"]+)"|data-v="([^"]+)"[^>]*>([^<]*)</g)) {
    if (begun !== undefined) before = begun
    else parts.push({ pointer: pointer.startsWith('/') ? pointer : `${before}${pointer}`, text: unescapeHtml(text) })
  }
  return parts
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#x([0-9A-Fa-f]+);/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
}
