import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { fetchBytes, readBytes } from '../../../server/verify/fetch-bytes.ts'
import type { Unreadable } from '../../../server/verify/fetch-bytes.ts'

type Test = { teardown(work: () => unknown): void }

/** A server that answers with these statuses in turn, and then with the last of them. */
async function serving(t: Test, statuses: number[]): Promise<{ url: string; asked: () => number }> {
  let asked = 0
  const server = createServer((_request, response) => {
    const status = statuses[Math.min(asked++, statuses.length - 1)] ?? 500
    response.writeHead(status, { 'retry-after': '0' }).end('a tile')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked: () => asked }
}

t.test('a server that is busy is asked again when it says so', async (t) => {
  const { url, asked } = await serving(t, [429, 503, 200])
  t.equal(Buffer.from(await fetchBytes(url, 100)).toString(), 'a tile')
  t.equal(asked(), 3)
})

t.test('but not for ever', async (t) => {
  const { url, asked } = await serving(t, [429])
  await t.rejects(fetchBytes(url, 100), /answers 429/)
  t.equal(asked(), 4)
})

t.test('what is not there, or broken, is not asked for again', async (t) => {
  for (const [status, notFound] of [
    [404, true],
    [410, true],
    [500, false],
  ] as const) {
    const { url, asked } = await serving(t, [status])
    const refusal = await fetchBytes(url, 100).catch((error: unknown) => error as Unreadable)
    t.match(refusal, { name: 'Unreadable', notFound })
    t.equal(asked(), 1)
  }
})

t.test('a file is read no further than it may be long, and a device has no end', async (t) => {
  const file = join(t.testdir({ short: 'a tile' }), 'short')
  t.equal(Buffer.from(await readBytes(file, 6)).toString(), 'a tile')
  await t.rejects(readBytes(file, 5), /larger than 5 bytes/)
  await t.rejects(readBytes('/dev/zero', 100_000), /larger than 100000 bytes/)
  await t.rejects(readBytes(`${file}-not`, 5), /cannot be read/)
})
