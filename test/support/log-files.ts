/** A log as static files, and a server on loopback that serves files and nothing else: what a mirror is. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatEntryBundle } from '../../ledger/entry-bundle.ts'
import { leafHash } from '../../ledger/hash.ts'
import { headsRoot as rootOf } from '../../ledger/heads.ts'
import { TILE_WIDTH, formatTilePath } from '../../ledger/tile.ts'

/** Files by their path below the log's prefix. */
export type LogFiles = Map<string, Uint8Array>

/** The checkpoint, the bundles of entries and the tiles of hashes, full and partial. */
export function logFiles(checkpoint: string, entries: readonly Uint8Array[]): LogFiles {
  const files: LogFiles = new Map([['checkpoint', new TextEncoder().encode(checkpoint)]])
  for (const [index, part] of partsOf(entries).entries()) {
    files.set(formatTilePath({ level: 'entries', index, width: part.length }), formatEntryBundle(part))
  }
  let hashes = entries.map(leafHash)
  for (let level = 0; hashes.length > 0; level++) {
    const parts = partsOf(hashes)
    for (const [index, part] of parts.entries()) {
      files.set(formatTilePath({ level, index, width: part.length }), new Uint8Array(Buffer.concat(part)))
    }
    hashes = parts.filter((part) => part.length === TILE_WIDTH).map(rootOf)
  }
  return files
}

function partsOf<T>(values: readonly T[]): T[][] {
  const count = Math.ceil(values.length / TILE_WIDTH)
  return Array.from({ length: count }, (_, i) => values.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH))
}

/** A server of files. `redirects`: addresses that point elsewhere. */
export type FileServer = {
  url: string
  files: Map<string, Uint8Array>
  redirects: Map<string, string>
  close: () => Promise<void>
}

/** Serves what stands in `files` under its path, on a free port of loopback. */
export async function serveFiles(): Promise<FileServer> {
  const files: FileServer['files'] = new Map()
  const redirects: FileServer['redirects'] = new Map()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const location = redirects.get(path)
    const body = files.get(path)
    if (location !== undefined) response.writeHead(307, { location }).end()
    else if (body === undefined) response.writeHead(404).end()
    else response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    redirects,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
