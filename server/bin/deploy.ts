/**
 * `npm run deploy`: puts the log's anchor contract on a real chain, once, before the service first starts there.
 *
 *     npm run deploy -- --new-key              makes the keystore ANCHOR_KEY_FILE; send money to the address it prints
 *     npm run deploy [-- --anchorer ADDRESS]   deploys; the key pays and becomes the owner, and anchors unless told else
 *
 * Reads CHAIN_RPC_URL, CHAIN_ID, ANCHOR_KEY_FILE, ANCHOR_KEY_PASSWORD, ANCHOR_MAX_FEE_GWEI and LOG_ORIGIN (or
 * PUBLIC_URL): the origin becomes part of the contract and of the log id, for ever. Exit status 1 when it failed, 2 when
 * it was asked wrongly.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ZeroAddress, isAddress } from 'ethers'
import { formatLogId, logId } from '../../ledger/log-id.ts'
import { ChainError } from '../chain/chain-error.ts'
import { deployContract } from '../chain/deploy.ts'
import { createKeystore, readKeystore } from '../chain/keystore.ts'
import { readConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import { isHelpAsked } from './usage.ts'

const USAGE = `usage: npm run deploy [-- options]

  --new-key            makes the keystore ANCHOR_KEY_FILE; send money to the address that it prints
  --anchorer ADDRESS   who may anchor; without it the key that pays
  --help               print this

Without --new-key it deploys the log's contract: the key pays and becomes the owner. Reads CHAIN_RPC_URL, CHAIN_ID,
ANCHOR_KEY_FILE, ANCHOR_KEY_PASSWORD, ANCHOR_MAX_FEE_GWEI and LOG_ORIGIN or PUBLIC_URL: the origin becomes part of the
contract and of the log id, for ever.

exit status: 0 done, 1 failed, 2 usage`

/** Asked wrongly. */
class UsageError extends Error {}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof AppError && error.code === 'config_invalid')
  if (!isUsage && !(error instanceof ChainError)) throw error
  console.error(error.message)
  process.exitCode = isUsage ? 2 : 1
}

async function main(): Promise<void> {
  if (isHelpAsked(process.argv.slice(2))) return console.log(USAGE)
  const options = readOptions()
  if (options.newKey) return await makeKey()
  const { chain, logOrigin, anchorMaxFeeGwei } = readSettings()
  const key = await readKeystore(chain.keyFile, chain.keyPassword)
  console.log(`owner     ${key.address}`)
  const { address, transaction, block } = await deployContract({
    rpcUrl: chain.rpcUrl,
    chainId: chain.chainId,
    key,
    origin: logOrigin,
    anchorer: options.anchorer ?? key.address,
    maxFeeGwei: anchorMaxFeeGwei,
    // Before it is sent: if we are stopped now, this is how to find out what became of it.
    onPrepared: ({ hash }) => console.log(`sending   ${hash}`),
  })
  console.log(`origin    ${logOrigin}`)
  console.log(`chain     ${chain.chainId}`)
  console.log(`contract  ${address}`)
  console.log(`log id    ${formatLogId(logId({ origin: logOrigin, chainId: chain.chainId, contract: address }))}`)
  console.log(`mined     block ${block}, transaction ${transaction}`)
  console.log(`Start the service with ANCHOR_CONTRACT=${address} and the same origin.`)
}

/** The key comes before there is anything else to configure: a chain is chosen by who can fund the key on it. */
async function makeKey(): Promise<void> {
  const { ANCHOR_KEY_FILE: file = '', ANCHOR_KEY_PASSWORD: password = '' } = process.env
  if (file === '' || password === '') {
    throw new UsageError('ANCHOR_KEY_FILE and ANCHOR_KEY_PASSWORD must be set: the keystore is encrypted')
  }
  const { address } = await createKeystore(resolve(file), password)
  console.log(`address   ${address}\nkeystore  ${resolve(file)}`)
  console.log('Send it what a deployment and some anchors cost, then run npm run deploy.')
}

function readOptions(): { newKey: boolean; anchorer: string | undefined } {
  try {
    const { values } = parseArgs({ options: { 'new-key': { type: 'boolean' }, anchorer: { type: 'string' } } })
    if (values.anchorer !== undefined && !isAddress(values.anchorer)) throw new Error('--anchorer takes an address')
    return { newKey: values['new-key'] === true, anchorer: values.anchorer }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** The service's own configuration, but for the contract, which is not there yet. */
function readSettings(): { chain: ChainSettings; logOrigin: string; anchorMaxFeeGwei: number } {
  const { chain, logOrigin, anchorMaxFeeGwei } = readConfig({ ...process.env, ANCHOR_CONTRACT: ZeroAddress })
  if (!process.env['LOG_ORIGIN'] && !process.env['PUBLIC_URL']) {
    throw new UsageError('LOG_ORIGIN or PUBLIC_URL must be set: the origin cannot be changed after the deployment')
  }
  if (chain === undefined) throw new UsageError('CHAIN_RPC_URL, CHAIN_ID and ANCHOR_KEY_FILE must be set')
  return { chain, logOrigin, anchorMaxFeeGwei }
}

type ChainSettings = NonNullable<ReturnType<typeof readConfig>['chain']>
