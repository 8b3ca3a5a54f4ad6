/**
 * How the verifier reads what others serve: over HTTP with limits on size, time and redirects, or from a folder. The
 * other side is hostile or broken until proved otherwise.
 */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const TIMEOUT_MS = 30_000
const REDIRECTS_MAX = 5
/** A long log is more files than a server hands out in a minute; it says when to go on, but not for ever. */
const WAITS_MAX = 3
const WAIT_SECONDS_MAX = 60

/** Something could not be read. `notFound`: the other side answered that it does not have it. */
export class Unreadable extends Error {
  readonly notFound: boolean

  constructor(message: string, notFound = false) {
    super(message)
    this.name = 'Unreadable'
    this.notFound = notFound
  }
}

/** The other side asks to be left alone for a while. */
class Busy extends Unreadable {
  readonly waitSeconds: number

  constructor(message: string, waitSeconds: number) {
    super(message)
    this.waitSeconds = waitSeconds
  }
}

/** Reads the part of a log at a path such as `checkpoint` or `tile/0/000`. */
export type LogSource = { name: string; read: (path: string, bytesMax: number) => Promise<Uint8Array> }

/** A log that is served at a URL, by its operator or by a mirror. */
export function httpSource(url: string): LogSource {
  const base = url.replace(/\/+$/, '')
  return { name: base, read: (path, bytesMax) => fetchBytes(`${base}/${path}`, bytesMax) }
}

/** A log that was copied into a folder. */
export function folderSource(folder: string): LogSource {
  return { name: folder, read: (path, bytesMax) => readBytes(join(folder, ...path.split('/')), bytesMax) }
}

/**
 * The body of an answer. Waits when the other side is busy (429, 503) and asks again a few times.
 *
 * @param init as for `fetch`: a POST is not redirected
 * @throws Unreadable
 */
export async function fetchBytes(url: string, bytesMax: number, init: RequestInit = {}): Promise<Uint8Array> {
  for (let waits = 0; ; waits++) {
    try {
      return await fetchOnce(url, bytesMax, init)
    } catch (error) {
      if (!(error instanceof Busy) || waits >= WAITS_MAX) throw error
      await sleep(error.waitSeconds * 1000)
    }
  }
}

async function fetchOnce(url: string, bytesMax: number, init: RequestInit): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  let at = url
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const response = await sent(at, { ...init, signal, redirect: 'manual' })
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null && init.method === undefined) {
      at = redirected(at, location)
      continue
    }
    if (!response.ok) {
      await response.body?.cancel()
      throw refusalOf(response, `${at} answers ${response.status}`)
    }
    return await limited(response, at, bytesMax)
  }
  throw new Unreadable(`${url} redirects more than ${REDIRECTS_MAX} times`)
}

function refusalOf({ status, headers }: Response, message: string): Unreadable {
  if (status !== 429 && status !== 503) return new Unreadable(message, status === 404 || status === 410)
  const asked = /^\d{1,6}$/.exec(headers.get('retry-after') ?? '')?.[0] ?? '1'
  return new Busy(message, Math.min(Number(asked), WAIT_SECONDS_MAX))
}

async function sent(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw unreachable(url, error)
  }
}

function unreachable(url: string, error: unknown): Unreadable {
  const { message, cause } = error as Error
  return new Unreadable(`${url} cannot be read: ${cause instanceof Error ? cause.message : message}`)
}

function redirected(from: string, location: string): string {
  const target = URL.canParse(location, from) ? new URL(location, from) : undefined
  if (target === undefined || !['http:', 'https:'].includes(target.protocol)) {
    throw new Unreadable(`${from} redirects to what is no web address`)
  }
  return target.href
}

async function limited(response: Response, url: string, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > bytesMax) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw unreachable(url, error)
  }
  if (length > bytesMax) throw new Unreadable(`${url} is larger than ${bytesMax} bytes`)
  return new Uint8Array(Buffer.concat(chunks))
}

/**
 * The content of a file.
 *
 * @throws Unreadable
 */
export async function readBytes(file: string, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  try {
    // One byte more than there may be tells that there is more: a device has no end.
    for await (const chunk of createReadStream(file, { end: bytesMax })) chunks.push(chunk as Uint8Array)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Unreadable(`${file} cannot be read: ${message}`, code === 'ENOENT' || code === 'ENOTDIR')
  }
  const bytes = new Uint8Array(Buffer.concat(chunks))
  if (bytes.length > bytesMax) throw new Unreadable(`${file} is larger than ${bytesMax} bytes`)
  return bytes
}
