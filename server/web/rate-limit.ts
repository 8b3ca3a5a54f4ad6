/**
 * How many requests an address may make in a minute. Readers share addresses behind their networks, so the limit is wide;
 * staff tools play in records in bulk, so under /admin it is ten times as wide, and counted apart.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import rateLimit from '@fastify/rate-limit'
import { AppError } from '../errors.ts'

/** Staff tools write in bulk. Whoever tries out codes of holders is slowed down: nobody needs so many of them. */
const FACTORS = { admin: 10, public: 1, holder: 0.2 } as const

export const registerRateLimit = async (app: FastifyInstance, perMinute: number): Promise<void> => {
  await app.register(rateLimit, {
    timeWindow: '1 minute',
    max: (request) => Math.ceil(perMinute * FACTORS[whoAsks(request)]),
    keyGenerator: (request) => `${whoAsks(request)} ${request.ip}`,
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError('rate_limited', 'Too many requests. Please wait a moment.', {
        retryAfterSeconds: Math.ceil(ttl / 1000),
      }),
  })
}

/** By the route that was found: an address can be spelled in many ways that lead to it. */
const whoAsks = ({ routeOptions: { url = '' } }: FastifyRequest): keyof typeof FACTORS => {
  if (url.startsWith('/admin/')) return 'admin'
  return url.startsWith('/v1/holder/') ? 'holder' : 'public'
}
