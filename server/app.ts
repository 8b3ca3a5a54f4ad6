/**
 * The HTTP application: which plugins stand before the routes, and which routes there are. It neither listens nor reads
 * the environment, so tests speak to it without a port. What the routes need is handed in; nothing is looked up.
 */
import fastify from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import compress from '@fastify/compress'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { AppError } from './errors.ts'
import { adminRoutes } from './web/admin/admin-routes.ts'
import type { AdminDeps } from './web/admin/admin-routes.ts'
import { registerErrorHandler } from './web/error-handler.ts'
import type { LogReader } from './services/log/reader.ts'
import { gs1Routes } from './web/gs1-routes.ts'
import { logRoutes } from './web/log-routes.ts'
import { operatorRoutes } from './web/operator-routes.ts'
import type { OperatorDeps } from './web/operator-routes.ts'
import type { PagesDeps } from './web/pages/deps.ts'
import { openPages } from './web/pages/pages-routes.ts'
import { refuseAddress, refuseConnection } from './web/unroutable.ts'
import { v1Routes } from './web/v1-routes.ts'
import type { V1Deps } from './web/v1-routes.ts'

export type AppOptions = {
  logger: FastifyBaseLogger | false
  trustProxy: boolean | string
  rateLimitPerMinute: number
  /** The chain endpoints that a page may ask: the only foreign hosts in its policy. */
  chainPublicRpcUrls: readonly string[]
}

export type AppDeps = {
  reader: LogReader
  admin: AdminDeps
  v1: V1Deps
  pages: PagesDeps
  operator: OperatorDeps
}

/** Bodies are small JSON documents; files come as streams and have a limit of their own. */
const BODY_BYTES_MAX = 256 * 1024

/** A phone on a bad line may be slow, but not for ever. */
const REQUEST_TIMEOUT_MS = 60_000

export const buildApp = async (options: AppOptions, deps: AppDeps): Promise<FastifyInstance> => {
  const pages = await openPages(deps.pages)
  const policy = policyOf(options)
  const app = fastify({
    ...(options.logger === false ? { logger: false } : { loggerInstance: options.logger }),
    trustProxy: options.trustProxy,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 400 },
    frameworkErrors: (error, request, reply) =>
      refuseAddress(error, request, reply, bareHeaders(policy), pages.errorPage),
    clientErrorHandler: refuseConnection,
  })
  operatorRoutes(app, deps.operator)
  await registerEdge(app, options, policy)
  registerErrorHandler(app, pages.errorPage)
  // The admin routes come first: they bring the API description, which then also takes in what follows.
  await adminRoutes(app, deps.admin)
  await app.register(logRoutes, { reader: deps.reader })
  await app.register(v1Routes, deps.v1)
  await app.register(gs1Routes)
  await app.register(pages.routes)
  return app
}

type Policy = Record<string, string[]>

/** The content security policy of every answer. */
const policyOf = ({ chainPublicRpcUrls }: AppOptions): Policy => ({
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'", ...chainPublicRpcUrls.map((url) => new URL(url).origin)],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
  'manifest-src': ["'self'"],
})

/** The security headers that matter on an answer which no plugin sees. */
const bareHeaders = (policy: Policy): Record<string, string> => ({
  'content-security-policy': Object.entries(policy)
    .map(([name, values]) => [name, ...values].join(' '))
    .join(';'),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
})

/** What every request passes: security headers, limits, compression. */
const registerEdge = async (app: FastifyInstance, options: AppOptions, policy: Policy): Promise<void> => {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: policy },
    // TLS ends before us, and whoever ends it decides for how long browsers must insist on it.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  })
  await app.register(rateLimit, {
    max: options.rateLimitPerMinute,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError('rate_limited', 'Too many requests. Please wait a moment.', {
        retryAfterSeconds: Math.ceil(ttl / 1000),
      }),
  })
  await app.register(compress, { threshold: 1024, encodings: ['br', 'gzip'] })
}
