/**
 * A JSON-RPC endpoint in front of a real one, on loopback, that loses requests or answers as told: the way to a chain as
 * it is on a bad day. What gets through is answered by the real chain.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What happens to a call. `lost`: it never arrives. `answer lost`: it arrives and is carried out, but nobody hears of it.
 * `twice`: it arrives two times, the second answer is given.
 */
export type Fault = 'none' | 'lost' | 'answer lost' | 'twice'

export type JsonRpcProxy = {
  rpcUrl: string
  /** The methods of all calls so far, in order. */
  calls: string[]
  /** Decides about each call; the default lets everything pass. */
  faultOf: (method: string) => Fault
  stop(): Promise<void>
}

/** Starts a proxy on a free port. */
export async function startJsonRpcProxy(target: string): Promise<JsonRpcProxy> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      forward(body)
        .then((answer) => {
          if (answer === undefined) return response.socket?.destroy()
          return response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
        })
        .catch(() => response.writeHead(502).end())
    })
  })
  const forward = async (body: string): Promise<string | undefined> => {
    const { method } = JSON.parse(body) as { method: string }
    proxy.calls.push(method)
    const fault = proxy.faultOf(method)
    if (fault === 'lost') return undefined
    if (fault === 'twice') await ask(target, body)
    const answer = await ask(target, body)
    return fault === 'answer lost' ? undefined : answer
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const proxy: JsonRpcProxy = {
    rpcUrl: `http://127.0.0.1:${port}`,
    calls: [],
    faultOf: () => 'none',
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
  return proxy
}

async function ask(target: string, body: string): Promise<string> {
  const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return await answer.text()
}
