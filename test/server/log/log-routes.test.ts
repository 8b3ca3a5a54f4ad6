import fastify from 'fastify'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { openCheckpoint } from '../../../ledger/checkpoint.ts'
import { parseEntryBundle } from '../../../ledger/entry-bundle.ts'
import { leafHash } from '../../../ledger/hash.ts'
import { parseVerifierKey } from '../../../ledger/note.ts'
import { formatTilePath, nodeFromTile, tileOfNode, tileWidth, tilesForSize } from '../../../ledger/tile.ts'
import { RightEdge, rootHash, rootNodes } from '../../../ledger/tree.ts'
import { registerErrorHandler } from '../../../server/web/error-handler.ts'
import { logRoutes } from '../../../server/web/log-routes.ts'
import type { Log } from '../../../server/services/log/open-log.ts'
import { ENGINES, openTestDatabase } from '../../support/database.ts'
import { crisisCode, openBrand, openCrisis, openTestLog, recordStatement } from '../../support/log.ts'

for (const engine of ENGINES) {
  t.test(`on ${engine}`, async (t) => {
    const { database, dataDir } = await openTestDatabase(t, engine)
    const log = await openTestLog({ database, dataDir })
    const app = fastify()
    registerErrorHandler(app)
    await app.register(logRoutes, { reader: log.reader })
    t.teardown(async () => {
      await app.close()
      await log.close()
    })
    await log.sequencer.append(openBrand())
    await log.sequencer.append(openCrisis(crisisCode(0)))

    // Below a tile, at its edge, beyond it, and with a second one.
    for (const size of [7, 255, 256, 257, 600]) {
      await t.test(`a log of ${size} entries is rebuilt from its tiles and from its entry bundles`, async (t) => {
        await growTo(log, size)
        await isRebuilt(t, app, log, size)
      })
    }

    await t.test('a path that is spelled otherwise, or lies beyond the checkpoint, is not there', async (t) => {
      const paths = [
        ...['0/002.p/89', '0/003', '0/002', '1/000.p/3', '1/000', '2/000.p/1', 'entries/002.p/89', 'entries/002'],
        ...['0/000.p/256', '0/000.p/0', '0/000.p/01', '00/000', '0/0', '0/x000/000', '0/000/', '64/000', '0/-01'],
        ...['0/000.p/', '0/000.p/1/', 'entries', 'entries/000.p/257', '0/%2e%2e', '0/%30%30%30%30', '0/%30%30%30'],
      ]
      for (const path of paths) {
        const response = await app.inject({ url: `/log/tile/${path}` })
        t.equal(response.statusCode, 404, path)
        t.notMatch(response.headers['cache-control'], /immutable/, path)
      }
    })

    await t.test('what never changes may be cached for ever, the checkpoint for seconds', async (t) => {
      const tile = await app.inject({ url: '/log/tile/0/000' })
      t.match(tile.headers, { 'content-type': 'application/octet-stream', 'cache-control': /immutable/ })
      t.equal(tile.rawPayload.length, 8192)
      const partial = await app.inject({ url: '/log/tile/0/000.p/17' })
      t.same(partial.rawPayload, tile.rawPayload.subarray(0, 17 * 32), 'a partial tile of an earlier size')
      const open = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }
      t.match(tile.headers, open, 'log clients in pages from elsewhere')
      const checkpoint = await app.inject({ url: '/log/checkpoint' })
      t.match(checkpoint.headers, open)
      t.equal(checkpoint.headers['content-type'], 'text/plain; charset=utf-8')
      t.match(checkpoint.headers['cache-control'], /max-age=[0-9]$/)
    })
  })
}

async function growTo(log: Log, size: number): Promise<void> {
  for (;;) {
    const { size: now } = await log.reader.head()
    if (now >= size) return
    const missing = Math.min(size - now, 64)
    await Promise.all(
      Array.from({ length: missing }, async () => log.sequencer.append(recordStatement(crisisCode(0), 'more'))),
    )
  }
}

/** As somebody would who has nothing but the addresses and the key. */
async function isRebuilt(t: Tap, app: FastifyInstance, log: Log, size: number): Promise<void> {
  const get = async (path: string): Promise<LightMyRequestResponse> => app.inject({ url: `/log/${path}` })
  const verifier = parseVerifierKey(log.reader.vkey())
  const checkpoint = openCheckpoint((await get('checkpoint')).payload, verifier)
  t.equal(checkpoint.size, size)
  const fromTiles: Uint8Array[] = []
  for (const node of rootNodes(size)) {
    const { tile } = tileOfNode(node)
    const response = await get(formatTilePath({ ...tile, width: tileWidth(tile.level, tile.index, size) }))
    fromTiles.push(nodeFromTile(node, response.rawPayload))
  }
  t.same(rootHash(fromTiles), checkpoint.root)
  const tree = new RightEdge()
  const leafTiles: Uint8Array[] = []
  for (const tile of tilesForSize(size)) {
    const response = await get(formatTilePath(tile))
    t.equal(response.rawPayload.length, tile.width * 32, formatTilePath(tile))
    if (tile.level !== 0) continue
    leafTiles[tile.index] = response.rawPayload
  }
  for (let index = 0; index * 256 < size; index++) {
    const { rawPayload } = await get(
      formatTilePath({ level: 'entries', index, width: tileWidth('entries', index, size) }),
    )
    const hashes = parseEntryBundle(rawPayload).map(leafHash)
    for (const hash of hashes) tree.append(hash)
    t.same(Buffer.concat(hashes), leafTiles[index], 'entries and hashes agree')
  }
  t.same(tree.root(), checkpoint.root)
}

type Tap = {
  equal(found: unknown, wanted: unknown, ...message: [] | [string]): boolean
  same(found: unknown, wanted: unknown, ...message: [] | [string]): boolean
}
