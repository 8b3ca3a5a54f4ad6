/**
 * Compiles the contract with the npm package's solc and the settings of hardhat.config.ts, and writes what the service
 * deploys: contracts/TrustAnchor.json. `npm run contracts` writes it, `npm run contracts -- --check` only compares.
 * Without a metadata hash the bytecode depends on the source and these settings alone, so anyone can compare it too.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import config from '../../hardhat.config.ts'
import type { JsonFragment } from 'ethers'

/** One compiled contract. */
export interface Compiled {
  abi: JsonFragment[]
  /** Creation code, 0x and lower-case hex. */
  bytecode: string
}

/** The content of contracts/TrustAnchor.json. */
export interface Artifact extends Compiled {
  compiler: { version: string; optimizerRuns: number; viaIR: boolean; evmVersion: string }
}

interface Settings {
  evmVersion: string
  optimizer: { enabled: boolean; runs: number }
  viaIR: boolean
}

interface SolcOutput {
  errors?: { formattedMessage: string }[]
  contracts?: Record<string, Record<string, { abi: JsonFragment[]; evm: { bytecode: { object: string } } }>>
}

const root = new URL('../../', import.meta.url)
const artifactUrl = new URL('contracts/TrustAnchor.json', root)
const { version, settings } = config.solidity as { version: string; settings: Settings }

/**
 * Compiles these sources (path → text) together; a test adds harness contracts beside the real one.
 * @throws Error with solc's messages for any error or warning, and when solc is not the configured version
 */
export function compile(sources: Record<string, string>): Record<string, Compiled> {
  const solc = createRequire(import.meta.url)('solc') as { version(): string; compile(input: string): string }
  if (!solc.version().startsWith(`${version}+`)) throw new Error(`solc is ${solc.version()}, wanted ${version}`)
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([path, content]) => [path, { content }])),
    settings: { ...settings, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput
  if (output.errors?.length) throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'))
  return Object.fromEntries(
    Object.values(output.contracts ?? {}).flatMap((file) =>
      Object.entries(file).map(([name, contract]) => [
        name,
        { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` },
      ]),
    ),
  )
}

/** The source of the anchor contract under the path that imports of it use. */
export function trustAnchorSource(): Record<string, string> {
  return { 'contracts/TrustAnchor.sol': readFileSync(new URL('contracts/TrustAnchor.sol', root), 'utf8') }
}

/** What contracts/TrustAnchor.json has to contain. */
export function compileTrustAnchor(): Artifact {
  const { TrustAnchor } = compile(trustAnchorSource())
  if (!TrustAnchor) throw new Error('contracts/TrustAnchor.sol has no contract TrustAnchor')
  const { evmVersion, optimizer, viaIR } = settings
  return { ...TrustAnchor, compiler: { version, optimizerRuns: optimizer.runs, viaIR, evmVersion } }
}

/** The text of the artifact file, or '' before it was first written. */
export function readArtifactFile(): string {
  try {
    return readFileSync(artifactUrl, 'utf8')
  } catch {
    return ''
  }
}

/** The artifact as the text that is committed. */
export function formatArtifact(artifact: Artifact): string {
  return JSON.stringify(artifact, null, 2) + '\n'
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = formatArtifact(compileTrustAnchor())
  if (text === readArtifactFile()) {
    console.log('contracts/TrustAnchor.json is what contracts/TrustAnchor.sol compiles to')
  } else if (process.argv.includes('--check')) {
    console.error('contracts/TrustAnchor.json is stale: run npm run contracts')
    process.exitCode = 1
  } else {
    writeFileSync(artifactUrl, text)
    console.log('contracts/TrustAnchor.json written')
  }
}
