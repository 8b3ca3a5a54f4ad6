/**
 * The security headers of every answer, as helmet words them. They never vary, so helmet is asked once, at start: asked
 * for each answer it took a twelfth of the time of a write.
 */
import fastify from 'fastify'
import helmet from '@fastify/helmet'

/**
 * The headers by their names in lower case.
 *
 * @param chainPublicRpcUrls the chain endpoints that a page may ask: the only foreign hosts in its policy
 */
export const securityHeaders = async (chainPublicRpcUrls: readonly string[]): Promise<Record<string, string>> => {
  const probe = fastify()
  await probe.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: policyOf(chainPublicRpcUrls) },
    // TLS ends before us, and whoever ends it decides for how long browsers must insist on it.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    // As `frame-ancestors` says, for browsers that do not know it.
    xFrameOptions: { action: 'deny' },
  })
  probe.get('/', async (_request, reply) => reply.raw.getHeaders())
  const headers = (await probe.inject('/')).json<Record<string, string>>()
  await probe.close()
  return headers
}

const policyOf = (chainPublicRpcUrls: readonly string[]): Record<string, string[]> => ({
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
