/**
 * The HTTP application: which plugins stand before the routes, and which routes there are. It neither listens nor reads
 * the environment, so tests speak to it without a port. What the routes need is handed in; nothing is looked up.
 */
import { constants } from 'node:zlib'
import fastify from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import compress from '@fastify/compress'
import { adminRoutes } from './web/admin/admin-routes.ts'
import type { AdminDeps } from './web/admin/admin-routes.ts'
import { registerErrorHandler } from './web/error-handler.ts'
import type { LogReader } from './services/log/reader.ts'
import { ballotRoutes } from './web/ballot-routes.ts'
import type { BallotRoutesDeps } from './web/ballot-routes.ts'
import { gs1Routes } from './web/gs1-routes.ts'
import { holderRoutes } from './web/holder-routes.ts'
import type { HolderRoutesDeps } from './web/holder-routes.ts'
import { watchMethods } from './web/known-methods.ts'
import { logRoutes } from './web/log-routes.ts'
import { operatorRoutes } from './web/operator-routes.ts'
import type { OperatorDeps } from './web/operator-routes.ts'
import type { PagesDeps } from './web/pages/deps.ts'
import { openPages } from './web/pages/pages-routes.ts'
import { programmeRoutes } from './web/programme-routes.ts'
import { registerRateLimit } from './web/rate-limit.ts'
import { securityHeaders } from './web/security-headers.ts'
import { thanksRoutes } from './web/thanks-routes.ts'
import type { ThanksDeps } from './web/thanks-routes.ts'
import { refusalOf, refuseAddress, refuseConnection } from './web/unroutable.ts'
import { registerRoutes } from './web/register-routes.ts'
import type { RegisterDeps } from './web/register-routes.ts'
import { withdrawalRoutes } from './web/withdrawal-routes.ts'
import type { WithdrawalDeps } from './web/withdrawal-routes.ts'
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
  register: RegisterDeps
  withdrawals: WithdrawalDeps
  pages: PagesDeps
  thanks: ThanksDeps
  holder: HolderRoutesDeps
  ballots: BallotRoutesDeps
  operator: OperatorDeps
  /** Told of every request that met a database that cannot be reached. */
  onOutage?: (error: unknown) => void
}

/** Bodies are small JSON documents; files come as streams and have a limit of their own. */
const BODY_BYTES_MAX = 256 * 1024

/** A phone on a bad line may be slow, but not for ever. */
const REQUEST_TIMEOUT_MS = 60_000

export const buildApp = async (options: AppOptions, deps: AppDeps): Promise<FastifyInstance> => {
  const pages = await openPages(deps.pages)
  const headers = await securityHeaders(options.chainPublicRpcUrls)
  const app = fastify({
    ...(options.logger === false ? { logger: false } : { loggerInstance: options.logger }),
    trustProxy: options.trustProxy,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 400 },
    frameworkErrors: (error, request, reply) => refuseAddress(error, request, reply, headers, pages.errorPage),
    clientErrorHandler: refuseConnection,
  })
  const methodsAt = watchMethods(app)
  operatorRoutes(app, deps.operator)
  await registerEdge(app, options, headers)
  registerErrorHandler(app, pages.errorPage, methodsAt, deps.onOutage)
  // The admin routes come first: they bring the API description, which then also takes in what follows.
  await adminRoutes(app, { ...deps.admin, renderPreview: pages.renderPreview })
  await app.register(logRoutes, { reader: deps.reader })
  await app.register(v1Routes, deps.v1)
  await app.register(registerRoutes, deps.register)
  await app.register(withdrawalRoutes, deps.withdrawals)
  await app.register(programmeRoutes, { stories: pages.stories })
  await app.register(thanksRoutes, { ...deps.thanks, stories: pages.stories })
  await app.register(holderRoutes, deps.holder)
  await app.register(ballotRoutes, deps.ballots)
  await app.register(gs1Routes)
  await app.register(pages.routes)
  return app
}

/** What every request passes: security headers, limits, compression. */
const registerEdge = async (
  app: FastifyInstance,
  options: AppOptions,
  headers: Record<string, string>,
): Promise<void> => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    done(refusalOf(request.url))
  })
  await registerRateLimit(app, options.rateLimitPerMinute)
  // Answers to writes are too short to be compressed; asking that for each took a tenth of the time of a write.
  app.addHook('onRoute', (route) => {
    if (route.method === 'POST') Object.assign(route, { compress: false, decompress: false })
  })
  // Brotli at 5 rather than its usual 4: a timeline and its proof are 3 KB less, for 2 to 5 ms (measured).
  const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
  await app.register(compress, { threshold: 1024, encodings: ['br', 'gzip'], brotliOptions })
}
