/**
 * The read API of the log (C2SP tlog-tiles) under /log: what any log client replays the record from. Everything beyond
 * the checkpoint is not there. Tiles never change, so they may be kept by any cache for ever; the checkpoint grows old
 * within seconds.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { LedgerError } from '../../ledger/errors.ts'
import { parseTilePath } from '../../ledger/tile.ts'
import type { TileId } from '../../ledger/tile.ts'
import { AppError } from '../errors.ts'
import type { LogReader } from '../services/log/reader.ts'

const IMMUTABLE = 'public, max-age=31536000, immutable'
const A_FEW_SECONDS = 'public, max-age=2'

/** Routes of the log. */
export const logRoutes = async (app: FastifyInstance, { reader }: { reader: LogReader }): Promise<void> => {
  app.addHook('onRequest', (_request, reply, done) => {
    // Log clients run in pages too, the verifiers that others host among them.
    reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
    done()
  })
  app.get(
    '/log/checkpoint',
    { schema: { tags: ['log'], summary: 'The signed checkpoint' } },
    async (_request, reply) => {
      const note = await reader.checkpoint()
      return reply.header('cache-control', A_FEW_SECONDS).type('text/plain; charset=utf-8').send(note)
    },
  )

  app.get<{ Params: { '*': string } }>(
    '/log/tile/*',
    { schema: { tags: ['log'], summary: 'A tile of hashes, or a bundle of entries' } },
    async (request, reply) => {
      // `%30` is decoded to a digit: another spelling of the same tile.
      if (request.url.split('?')[0]?.includes('%')) throw noSuchTile()
      return await sendTile(reader, tileOf(request.params['*']), reply)
    },
  )
}

async function sendTile(reader: LogReader, tile: TileId, reply: FastifyReply): Promise<FastifyReply> {
  const bytes = await reader.tile(tile)
  if (bytes === undefined) throw noSuchTile()
  return reply
    .header('cache-control', IMMUTABLE)
    .type('application/octet-stream')
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
}

/** One tile has one path: what is spelled otherwise does not exist, so no cache holds a tile twice. */
function tileOf(path: string): TileId {
  try {
    return parseTilePath(`tile/${path}`)
  } catch (error) {
    if (error instanceof LedgerError) throw noSuchTile()
    throw error
  }
}

function noSuchTile(): AppError {
  return new AppError('not_found', 'The log has no such tile.')
}
