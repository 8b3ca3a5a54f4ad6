/**
 * `npm run keys -- list | make <role> [--brand <slug>] [--public-key <key>] | revoke <id>`: admin keys, through the running service, because
 * every key is an entry of the log and only the service writes there. Uses the key in ADMIN_KEY. Exit status: 0 done,
 * 1 refused or not reachable, 2 usage.
 *
 * Who has lost every key starts the service once with ADMIN_KEY=tl_<new id>_<new secret>; the log tells of it.
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { ROLES } from '../services/keys/admin-key.ts'
import { isHelpAsked } from './usage.ts'

const USAGE = `Usage: npm run keys -- <command> [--url <service>]

  list                          admin keys that ADMIN_KEY may see
  make <role> [--brand <slug>]  a new key, shown this once; role: ${ROLES.join(', ')}
       [--public-key <key>]     whoever holds the other half signs entries with it (Ed25519, base64url)
  revoke <id>                   the key with this id may do nothing any more

Set ADMIN_KEY to a key of the operator. The service is asked at http://HOST:PORT unless --url says otherwise.`

type KeyRow = { id: string; role: string; brand: string | null; openedIndex: number; revokedIndex: number | null }
type Service = { url: string; adminKey: string }

process.exitCode = await run(process.argv.slice(2))

async function run(args: string[]): Promise<number> {
  if (isHelpAsked(args)) {
    console.log(USAGE)
    return 0
  }
  const read = readArguments(args)
  if (read === undefined) {
    console.error(USAGE)
    return 2
  }
  try {
    return await read(openService(args))
  } catch (error) {
    console.error((error as Error).message)
    return 1
  }
}

/** What the arguments ask for; undefined when they ask for nothing that there is. */
function readArguments(args: string[]): ((service: Service) => Promise<number>) | undefined {
  const parsed = parse(args)
  if (parsed === undefined) return undefined
  const [command, name, ...rest] = parsed.positionals
  if (rest.length > 0) return undefined
  if (command === 'list' && name === undefined) return listKeys
  if (command === 'revoke' && name !== undefined) return async (service) => await revokeKey(service, name)
  if (command === 'make' && name !== undefined && (ROLES as readonly string[]).includes(name)) {
    const { brand, 'public-key': publicKey } = parsed.values
    return async (service) => await makeKey(service, { role: name, brand, publicKey })
  }
  return undefined
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { brand: { type: 'string' }, 'public-key': { type: 'string' }, url: { type: 'string' } },
    })
  } catch {
    return undefined
  }
}

function openService(args: string[]): Service {
  const { adminKey, host, port } = readConfig(process.env)
  if (adminKey === undefined) throw new Error('Set ADMIN_KEY to a key of the operator.')
  return { url: parse(args)?.values.url ?? `http://${host}:${port}`, adminKey }
}

async function listKeys(service: Service): Promise<number> {
  let after: string | null = null
  do {
    const query: string = after === null ? '' : `?after=${encodeURIComponent(after)}`
    const page: { keys: KeyRow[]; next: string | null } = await ask(service, 'GET', `/keys${query}`)
    for (const { id, role, brand, openedIndex, revokedIndex } of page.keys) {
      const end = revokedIndex === null ? '' : `, revoked in entry ${revokedIndex}`
      console.log(`${id}  ${role}${brand === null ? '' : ` of ${brand}`}, opened in entry ${openedIndex}${end}`)
    }
    after = page.next
  } while (after !== null)
  return 0
}

/** What was not given is left out of the JSON. */
type NewKey = { role: string; brand: string | undefined; publicKey: string | undefined }

async function makeKey(service: Service, key: NewKey): Promise<number> {
  const made = await ask<{ key: string; index: number }>(service, 'POST', '/keys', key)
  console.log(`A new key, shown this once (entry ${made.index}):\n\n    ${made.key}\n`)
  return 0
}

async function revokeKey(service: Service, id: string): Promise<number> {
  const { index } = await ask<{ index: number }>(service, 'POST', `/keys/${encodeURIComponent(id)}/revoke`, {})
  console.log(`Revoked in entry ${index}.`)
  return 0
}

/** @throws Error with the service's own words when it refuses */
async function ask<Answer>({ url, adminKey }: Service, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Error(`The service does not answer at ${url}; start it first.`, { cause: error })
  })
  const text = await response.text()
  if (response.ok) return JSON.parse(text) as Answer
  throw new Error(detailOf(text) ?? `${method} ${path} was answered ${response.status}.`)
}

function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown }
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}
