/**
 * What machines that watch the service ask: does it live, may it have traffic, and its figures. No figure has an
 * address, a serial or a token in it; routes are named by their pattern, never by their URL.
 */
import '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What the record says about itself at the moment of a scrape. */
export type RecordFigures = {
  /** Entries of the log. */
  size: number
  /** Size of the newest anchor; 0 before the first. */
  anchoredSize: number
  /** Time of the newest anchor's block in seconds; undefined before the first. */
  anchoredAt?: number
  /** Whether an anchor is due and cannot be made. */
  anchorLate: boolean
}

export type OperatorDeps = {
  /** Rejects, or gives reasons, when requests must not come here: no database, or a log that stopped signing. */
  problems(): Promise<string[]>
  /** What the operator must look after, though requests may come; absent: nothing is looked at. */
  warnings?(): Promise<string[]>
  figures(): Promise<RecordFigures>
  /** Absent: a registry of its own. */
  registry?: Registry
}

/** Slow enough answers are told apart; a page takes milliseconds. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** Registers `/healthz`, `/readyz` and `/metrics`, and measures every route of the instance that it is called on. */
export function operatorRoutes(app: FastifyInstance, deps: OperatorDeps): void {
  const registry = deps.registry ?? new Registry()
  collectDefaultMetrics({ register: registry })
  measureRequests(app, registry)
  const setFigures = recordGauges(registry)

  app.get('/healthz', { logLevel: 'warn', schema: { hide: true } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { status: 'ok' }
  })

  app.get('/readyz', { logLevel: 'warn', schema: { hide: true } }, async (request, reply) => {
    const found = await deps.problems().catch((error: unknown) => {
      request.log.warn(error, 'not ready')
      return ['unavailable']
    })
    reply.header('cache-control', 'no-store').code(found.length === 0 ? 200 : 503)
    const warnings = (await deps.warnings?.().catch(() => [])) ?? []
    return {
      status: found.length === 0 ? 'ready' : 'not ready',
      problems: found,
      ...(warnings.length > 0 ? { warnings } : {}),
    }
  })

  app.get('/metrics', { logLevel: 'warn', schema: { hide: true } }, async (request, reply) => {
    // A scrape must tell of a database that does not answer, not fail with it.
    await deps
      .figures()
      .then(setFigures)
      .catch((error: unknown) => request.log.warn(error, 'figures of the record are missing'))
    reply.header('cache-control', 'no-store').type(registry.contentType)
    return await registry.metrics()
  })
}

function measureRequests(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'trust_ledger_http_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  })
  const failures = new Counter({
    name: 'trust_ledger_http_errors_total',
    help: 'Answers of 500 and above',
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const { statusCode: status } = reply
    duration.observe({ method: request.method, route, status }, reply.elapsedTime / 1000)
    if (status >= 500) failures.inc()
  })
}

function recordGauges(registry: Registry): (figures: RecordFigures) => void {
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] })
  const size = gauge('trust_ledger_log_size', 'Entries of the log')
  const anchored = gauge('trust_ledger_anchored_size', 'Size of the newest anchor')
  const anchoredAt = gauge('trust_ledger_anchored_timestamp_seconds', 'Block time of the newest anchor')
  const late = gauge('trust_ledger_anchor_late', '1 when an anchor is due and cannot be made')
  return (figures) => {
    size.set(figures.size)
    anchored.set(figures.anchoredSize)
    if (figures.anchoredAt !== undefined) anchoredAt.set(figures.anchoredAt)
    late.set(figures.anchorLate ? 1 : 0)
  }
}
