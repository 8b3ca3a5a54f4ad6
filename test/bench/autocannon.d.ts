/** The part of autocannon that the benches use; the package brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  export type Request = { method: string; path: string; headers: Record<string, string>; body: string }

  export type Options = {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    requests: {
      setupRequest: (request: Request) => Request
      onResponse: (status: number, body: string) => void
    }[]
  }

  /** Emits `response` (client, status, bytes, milliseconds) for each answer and `done` at the end. */
  export default function autocannon(options: Options): EventEmitter & PromiseLike<{ errors: number; timeouts: number }>
}
