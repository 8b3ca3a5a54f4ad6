/**
 * The load of the append figures, in a process of its own so that it slows both services alike. Each message from the
 * parent is one run: warm up, measure, report. Every request carries an Idempotency-Key that was never used before.
 */
import autocannon from 'autocannon'
import { randomUUID } from 'node:crypto'

/** What the parent sends. */
export type LoadOrder = {
  url: string
  /** Taken in turn, so that the load is spread over the subjects. */
  paths: string[]
  headers: Record<string, string>
  body: string
  /** Instead of one body for all requests: one for each pair, the first list running faster. */
  pairs?: { holders: string[]; sources: number[]; from: number; rule: string }
  /** Who asks, taken in turn; else whoever `headers` says. */
  bearers?: string[]
  connections: number
  warmupSeconds: number
  seconds: number
}

/** What the parent gets back. */
export type LoadReport = {
  /** 201 answers in the measured part. */
  answered: number
  seconds: number
  /** Milliseconds from request to answer, measured part. */
  p50: number
  p99: number
  /** Answers other than 201, of the whole run, and the first of them. */
  refused: number
  firstRefusal?: string
  errors: number
  /** Requests that were sent, of the whole run. */
  sent: number
  /** The index or id that each 201 of the whole run named. */
  indexes: number[]
  /** Whole bodies of some of the 201 answers, evenly spread. */
  samples: string[]
}

const SAMPLE_EVERY = 500
/** Both services name the place of what they wrote first in their answer; a full parse would burden the load. */
const PLACE = /^\{"(?:index|id)":"?(\d+)/

async function run(order: LoadOrder): Promise<LoadReport> {
  const prefix = randomUUID()
  let sent = 0
  let refused = 0
  let firstRefusal: string | undefined
  const indexes: number[] = []
  const samples: string[] = []
  const times: number[] = []

  const load = autocannon({
    url: order.url,
    connections: order.connections,
    duration: order.warmupSeconds + order.seconds,
    requests: [
      {
        setupRequest: (request) => {
          const turn = sent++
          return {
            ...request,
            method: 'POST',
            path: order.paths[turn % order.paths.length]!,
            headers: { ...order.headers, ...bearerOf(order, turn), 'idempotency-key': `${prefix}-${turn}` },
            body: order.pairs === undefined ? order.body : pairBody(order.pairs, turn),
          }
        },
        onResponse: (status, body) => {
          const place = status === 201 ? PLACE.exec(body)?.[1] : undefined
          if (place === undefined) {
            refused++
            firstRefusal ??= `${status} ${body.slice(0, 400)}`
            return
          }
          if (indexes.push(Number(place)) % SAMPLE_EVERY === 0) samples.push(body)
        },
      },
    ],
  })
  const from = performance.now() + order.warmupSeconds * 1000
  const to = from + order.seconds * 1000
  load.on('response', (_client: unknown, status: number, _bytes: number, milliseconds: number) => {
    const now = performance.now()
    if (status === 201 && now >= from && now < to) times.push(milliseconds)
  })
  const { errors } = await load
  times.sort((a, b) => a - b)
  const quantile = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? Infinity
  return {
    answered: times.length,
    seconds: order.seconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
    refused,
    ...(firstRefusal === undefined ? {} : { firstRefusal }),
    errors,
    sent,
    indexes,
    samples,
  }
}

function bearerOf({ bearers }: LoadOrder, turn: number): Record<string, string> {
  return bearers === undefined ? {} : { authorization: `Bearer ${bearers[turn % bearers.length]!}` }
}

/** A grant that was never made before: a holder and a source that did not meet yet. */
function pairBody({ holders, sources, from, rule }: NonNullable<LoadOrder['pairs']>, turn: number): string {
  const pair = from + turn
  const source = sources[Math.floor(pair / holders.length)]
  if (source === undefined) throw new Error('the load ran out of pairs')
  return JSON.stringify({ rule, source, holder: holders[pair % holders.length] })
}

process.on('message', (order: LoadOrder) => {
  run(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
