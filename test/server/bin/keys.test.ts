/** `npm run keys` against a running service. */
import { execFile } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { parseEntry } from '../../../ledger/entry.ts'
import { parseAdminKey } from '../../../server/services/keys/admin-key.ts'
import { ADMIN_KEY, openSite } from '../admin/site.ts'

type Ran = { status: number; out: string; err: string }

const keys = async (args: string[], env: Record<string, string>): Promise<Ran> =>
  await new Promise((resolve) => {
    const program = join(import.meta.dirname, '../../../server/bin/keys.ts')
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code), out, err })
    })
  })

t.test('keys are made, listed and revoked through the service', async (t) => {
  const site = await openSite(t)
  await site.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = site.app.server.address() as AddressInfo
  const env = { ADMIN_KEY, PORT: String(port), HOST: '127.0.0.1' }

  const made = await keys(['make', 'staff', '--brand', 'dairy'], env)
  t.equal(made.status, 0, made.err)
  const key = /tl_\S+/.exec(made.out)?.[0] ?? ''
  const id = parseAdminKey(key)?.id ?? ''
  t.equal((await site.get('/brands/dairy', key)).statusCode, 200)

  const publicKey = `${'x'.repeat(42)}A`
  const signer = await keys(['make', 'staff', '--brand', 'dairy', '--public-key', publicKey], env)
  t.equal(signer.status, 0, signer.err)
  const index = /entry (\d+)/.exec(signer.out)?.[1]
  t.match(parseEntry((await site.log.reader.entry(Number(index))).bytes).data, { role: 'staff', publicKey })
  const notOne = ['make', 'staff', '--brand', 'dairy', '--public-key', 'x'.repeat(43)]
  t.match(await keys(notOne, env), { status: 1, err: /an Ed25519 public key/ })

  t.match((await keys(['list'], env)).out, new RegExp(`${id}  staff of dairy, opened in entry \\d+\\n`))
  t.match(await keys(['revoke', id], env), { status: 0, out: /^Revoked in entry \d+\.\n$/ })
  t.match((await keys(['list'], env)).out, /revoked in entry/)
  t.match(await keys(['revoke', id], env), { status: 1, err: /revoked before/ })
  t.match(await keys(['list'], { ...env, ADMIN_KEY: key }), { status: 1, err: /revoked|not known/ })
})

t.test('wrong usage ends with status 2, an absent service with 1', async (t) => {
  for (const args of [[], ['make'], ['make', 'king'], ['revoke'], ['list', 'x'], ['list', '--colour']]) {
    t.match(await keys(args, { ADMIN_KEY }), { status: 2, err: /^Usage/ }, args.join(' '))
  }
  t.match(await keys(['list'], {}), { status: 1, err: /ADMIN_KEY/ })
  t.match(await keys(['list', '--url', 'http://127.0.0.1:9'], { ADMIN_KEY }), { status: 1, err: /does not answer/ })
})
