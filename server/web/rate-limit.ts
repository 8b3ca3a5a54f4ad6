/**
 * How many requests an address may make in a minute. Readers share addresses behind their networks, so the limit is wide;
 * staff tools play in records in bulk, so under /admin it is ten times as wide, and counted apart.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import rateLimit from '@fastify/rate-limit'
import { AppError } from '../errors.ts'

const ADMIN_FACTOR = 10

export const registerRateLimit = async (app: FastifyInstance, perMinute: number): Promise<void> => {
  await app.register(rateLimit, {
    timeWindow: '1 minute',
    max: (request) => (isAdmin(request) ? perMinute * ADMIN_FACTOR : perMinute),
    keyGenerator: (request) => `${isAdmin(request) ? 'admin' : 'public'} ${request.ip}`,
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError('rate_limited', 'Too many requests. Please wait a moment.', {
        retryAfterSeconds: Math.ceil(ttl / 1000),
      }),
  })
}

const isAdmin = ({ url }: FastifyRequest): boolean => url.startsWith('/admin/')
