/**
 * Which methods an address answers, for the refusal of the others: RFC 9110 §15.5.6 wants 405 with `Allow` where the
 * address is known, and 404 only where it is not. The framework's router tells both alike.
 */
import type { FastifyInstance } from 'fastify'

/** The methods of a path (without query) in the order of the alphabet; none when nothing is at this address. */
export type KnownMethods = (path: string) => readonly string[]

/** Notes every route that is registered after this call, in whatever scope. */
export const watchMethods = (app: FastifyInstance): KnownMethods => {
  const known = new Map<string, { matches: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const route = known.get(url) ?? { matches: patternOf(url), methods: new Set() }
    known.set(url, route)
    for (const name of [method].flat()) route.methods.add(name)
  })
  return (path) => {
    const at = [...known.values()].filter(({ matches }) => matches.test(path))
    return [...new Set(at.flatMap(({ methods }) => [...methods]))].toSorted()
  }
}

/** The addresses of a route: `:name` is what stands between two slashes, `*` is whatever is left. */
const patternOf = (url: string): RegExp => {
  const parts = url.split(/(:[A-Za-z]\w*|\*)/)
  const source = parts.map((part) => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${source.join('')}$`)
}
