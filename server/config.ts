/**
 * The one place that knows the environment variables: their names, defaults and limits. `readConfig` collects every
 * problem before it refuses, so that an operator mends them in one go. Only the programs in `server/bin` hand it the environment of the process.
 */
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { checksumAddress } from '../ledger/address.ts'
import { AppError } from './errors.ts'
import { parseAdminKey } from './services/keys/admin-key.ts'
import type { Replaced } from './services/log/log-identity.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export type HelpLine = { market: string; name: { 'zh-CN': string; en: string }; contact: string }

export type Config = {
  host: string
  port: number
  /** What the QR codes say: scheme and host, no trailing slash. */
  publicUrl: string
  dataDir: string
  /** Absent: the embedded database in `dataDir`. */
  databaseUrl?: string
  /** Absent: the embedded chain in `dataDir`. */
  chain?: { rpcUrl: string; chainId: number; contract: string; keyFile: string; keyPassword: string }
  chainPublicRpcUrls: string[]
  chainTest: boolean
  anchorIntervalSeconds: number
  anchorConfirmations: number
  anchorMaxFeeGwei: number
  evidenceDir: string
  backupDays: number
  /** The log's name in checkpoints; fixed at the first start. */
  logOrigin: string
  logKeyFile: string
  /** The key and the contract that this start may replace, by id and by address (EIP-55). */
  logReplaced: Replaced
  adminKey?: string
  operatorName: string
  icpNumber?: string
  psbNumber?: string
  blockchainFilingNumber?: string
  privacyUrl?: string
  helpLinesFile?: string
  /** Absent: the calendar of working days that comes with the program. */
  workCalendarFile?: string
  verifierMirrors: string[]
  trustProxy: boolean | string
  logLevel: string
  rateLimitPerMinute: number
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/**
 * Reads the configuration of the service.
 *
 * @throws AppError `config_invalid` whose message names every problem, one a line.
 */
export const readConfig = (env: Environment): Config => {
  const { config, problems } = collectConfig(env)
  if (problems.length > 0) throw configInvalid(problems)
  return config
}

/** The refusal of a configuration, with every problem on a line of its own. */
export const configInvalid = (problems: readonly string[]): AppError =>
  new AppError('config_invalid', `The configuration has ${problems.length} problem(s):\n- ${problems.join('\n- ')}`)

/** Reads the configuration of the service with whatever is wrong with it; with a problem it must not be used. */
export const collectConfig = (env: Environment): { config: Config; problems: string[] } => {
  const problems: string[] = []
  const read = reader(env, problems)

  const port = read.integer('PORT', 3000, 0, 65_535)
  const publicUrl = read.url('PUBLIC_URL', ['http:', 'https:']) ?? `http://localhost:${port}`
  const dataDir = resolve(read.text('DATA_DIR') ?? './data')
  const databaseUrl = read.databaseUrl('DATABASE_URL')
  const chain = readChain(read, problems)
  const embedded = chain === undefined

  const config: Config = {
    host: read.text('HOST') ?? '127.0.0.1',
    port,
    publicUrl,
    dataDir,
    ...present('databaseUrl', databaseUrl),
    ...present('chain', chain),
    chainPublicRpcUrls: read.urls('CHAIN_PUBLIC_RPC_URLS'),
    chainTest: read.flag('CHAIN_TEST', false),
    anchorIntervalSeconds: read.integer('ANCHOR_INTERVAL_SECONDS', embedded ? 10 : 600, 1, 86_400),
    anchorConfirmations: read.integer('ANCHOR_CONFIRMATIONS', embedded ? 1 : 5, 1, 1_000),
    anchorMaxFeeGwei: read.integer('ANCHOR_MAX_FEE_GWEI', 50, 1, 1_000_000),
    evidenceDir: resolve(read.text('EVIDENCE_DIR') ?? join(dataDir, 'evidence')),
    backupDays: read.integer('BACKUP_DAYS', 30, 0, 3_650),
    logOrigin: readOrigin(read, publicUrl, problems),
    logKeyFile: resolve(read.text('LOG_KEY_FILE') ?? join(dataDir, 'log.key')),
    logReplaced: readReplaced(read, problems),
    ...present('adminKey', readAdminKey(read, problems)),
    operatorName: read.text('OPERATOR_NAME') ?? '',
    ...present('icpNumber', read.text('ICP_NUMBER')),
    ...present('psbNumber', read.text('PSB_NUMBER')),
    ...present('blockchainFilingNumber', read.text('BLOCKCHAIN_FILING_NUMBER')),
    ...present('privacyUrl', read.url('PRIVACY_URL', ['http:', 'https:'])),
    ...present('helpLinesFile', read.text('HELP_LINES_FILE')),
    ...present('workCalendarFile', read.text('WORK_CALENDAR_FILE')),
    verifierMirrors: read.urls('VERIFIER_MIRRORS'),
    trustProxy: readTrustProxy(read.text('TRUST_PROXY'), problems),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    rateLimitPerMinute: read.integer('RATE_LIMIT_PER_MINUTE', 600, 1, 1_000_000_000),
  }
  return { config, problems }
}

/** The key itself is a secret, so no message repeats it. */
const readAdminKey = (read: Reader, problems: string[]): string | undefined => {
  const key = read.text('ADMIN_KEY')
  if (key !== undefined && parseAdminKey(key) === undefined) {
    problems.push('ADMIN_KEY must have 16 to 200 visible ASCII characters')
  }
  return key
}

/** A chain of one's own needs all of its variables; a half-configured one must not fall back to the embedded chain. */
const readChain = (read: Reader, problems: string[]): Config['chain'] => {
  const names = ['CHAIN_RPC_URL', 'CHAIN_ID', 'ANCHOR_CONTRACT', 'ANCHOR_KEY_FILE'] as const
  // All are read before any is missed, so that every problem is named.
  const rpcUrl = read.url('CHAIN_RPC_URL', ['http:', 'https:']) ?? ''
  const chainId = read.integer('CHAIN_ID', 0, 1, Number.MAX_SAFE_INTEGER)
  const contract = read.text('ANCHOR_CONTRACT') ?? ''
  const problem = contract === '' ? undefined : addressProblem(contract)
  if (problem) problems.push(`ANCHOR_CONTRACT ${problem}`)
  const missing = names.filter((name) => read.text(name) === undefined)
  if (missing.length === names.length) return undefined
  if (missing.length > 0) {
    problems.push(`a chain of your own needs ${names.join(', ')}; missing: ${missing.join(', ')}`)
    return undefined
  }
  return {
    rpcUrl,
    chainId,
    contract,
    keyFile: resolve(read.text('ANCHOR_KEY_FILE') ?? ''),
    keyPassword: read.text('ANCHOR_KEY_PASSWORD') ?? '',
  }
}

/** An address in mixed case has a checksum (EIP-55): a mistyped one is found before anything is sent there. */
const addressProblem = (address: string): string | undefined => {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) return 'is not an address (0x and 40 hex digits)'
  const isMixed = /[a-f]/.test(address) && /[A-F]/.test(address)
  return isMixed && checksumAddress(address) !== address ? 'is mistyped: its checksum is wrong' : undefined
}

/** What is replaced is named, so that a variable that was left behind replaces nothing else. */
const readReplaced = (read: Reader, problems: string[]): Replaced => {
  const key = read.text('LOG_KEY_REPLACES')
  if (key !== undefined && !/^[0-9a-f]{8}$/.test(key)) {
    problems.push(`LOG_KEY_REPLACES must be the id of a key (8 lower-case hex digits), not "${key}"`)
  }
  const contract = read.text('ANCHOR_CONTRACT_REPLACES')
  const problem = contract === undefined ? undefined : addressProblem(contract)
  if (problem) problems.push(`ANCHOR_CONTRACT_REPLACES ${problem}`)
  const isAddress = contract !== undefined && problem === undefined
  return { ...present('key', key), ...(isAddress ? { contract: checksumAddress(contract) } : {}) }
}

/** C2SP tlog-tiles: the origin should be the URL prefix of the log without its scheme. */
const readOrigin = (read: Reader, publicUrl: string, problems: string[]): string => {
  const origin = read.text('LOG_ORIGIN') ?? `${publicUrl.replace(/^https?:\/\//, '')}/log`
  if (/[\s+]/.test(origin) || origin.length > 255) {
    problems.push('LOG_ORIGIN must be at most 255 characters without space or "+"')
  }
  return origin
}

/** On, off, or whom to trust: addresses and networks, or the names that Fastify has for some. */
const readTrustProxy = (value: string | undefined, problems: string[]): boolean | string => {
  if (value === undefined || ['', '0', 'off', 'false', 'no'].includes(value)) return false
  if (['1', 'on', 'true', 'yes'].includes(value)) return true
  if (!value.split(',').every((item) => isProxy(item.trim()))) {
    problems.push(`TRUST_PROXY must be on, off, or a list of addresses such as 10.0.0.0/8, not "${value}"`)
  }
  return value
}

const isProxy = (item: string): boolean => {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(item)) return true
  const [address = '', bits] = item.split('/')
  const version = isIP(address)
  if (version === 0 || bits === undefined) return version !== 0
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

type Reader = ReturnType<typeof reader>

const reader = (env: Environment, problems: string[]) => {
  const text = (name: string): string | undefined => {
    const value = env[name]?.trim()
    return value === undefined || value === '' ? undefined : value
  }
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const value = text(name)
    if (value === undefined) return fallback
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= min && number <= max) return number
    problems.push(`${name} must be a whole number from ${min} to ${max}, not "${value}"`)
    return fallback
  }
  const flag = (name: string, fallback: boolean): boolean => {
    const value = text(name)
    if (value === undefined) return fallback
    if (['1', 'true', 'on', 'yes'].includes(value)) return true
    if (['0', 'false', 'off', 'no'].includes(value)) return false
    problems.push(`${name} must be 1 or 0, not "${value}"`)
    return fallback
  }
  const choice = (name: string, choices: readonly string[], fallback: string): string => {
    const value = text(name)
    if (value === undefined) return fallback
    if (!choices.includes(value)) problems.push(`${name} must be one of ${choices.join(', ')}, not "${value}"`)
    return value
  }
  const url = (name: string, schemes: readonly string[]): string | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    const problem = urlProblem(value, schemes)
    if (problem) problems.push(`${name} ${problem}, not "${value}"`)
    return value.replace(/\/+$/, '')
  }
  /** PostgreSQL's own URLs may lack a host (a socket in the query), and may hold a password that no message repeats. */
  const databaseUrl = (name: string): string | undefined => {
    const value = text(name)
    if (value !== undefined && !/^postgres(ql)?:\/\//.test(value)) {
      problems.push(`${name} must be a URL that begins with postgresql://`)
    }
    return value
  }
  const urls = (name: string): string[] => {
    const values = (text(name) ?? '').split(/[\s,]+/).filter((value) => value !== '')
    for (const value of values) {
      const problem = urlProblem(value, ['http:', 'https:'])
      if (problem) problems.push(`${name}: each item ${problem}, not "${value}"`)
    }
    return values
  }
  return { text, integer, flag, choice, url, databaseUrl, urls }
}

const urlProblem = (value: string, schemes: readonly string[]): string | undefined => {
  if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol)) {
    return `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`
  }
  return undefined
}

const present = <K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { [P in K]?: V })

/** Whether a host name means this machine only; a service that listens wider needs a public URL. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
