/** `npm start`: the service. Ends in order on SIGINT and SIGTERM; a configuration it cannot use ends it with status 2. */
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { ChainError } from '../chain/chain-error.ts'
import type { Config } from '../config.ts'
import { readCheckedConfig } from '../config-files.ts'
import { AppError } from '../errors.ts'
import { startService } from '../start.ts'
import type { RunningService } from '../start.ts'
import { logSerializers } from '../web/request-log.ts'

const config = await readOrExit()
const logger = pino({ level: config.logLevel, serializers: logSerializers })
const service = await startOrExit()

closeWithGrace({ delay: 20_000, logger }, async ({ err }) => {
  if (err) logger.fatal(err)
  await service.close()
})

logger.info({ ...service.chain, logId: service.logId, publicUrl: config.publicUrl }, `listening on ${service.address}`)
if (service.firstKey !== undefined) {
  // Printed once, to the terminal and not through the logger: logs are kept, and this must not be.
  console.log(`\nThe first admin key, shown this once:\n\n    ${service.firstKey}\n`)
}

async function readOrExit(): Promise<Config> {
  try {
    return await readCheckedConfig(process.env)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

async function startOrExit(): Promise<RunningService> {
  try {
    return await startService(config, logger, logger)
  } catch (error) {
    // Our own refusals, and the system's about a file or a host, are for the operator; a fault is for us and has a stack.
    const isRefusal = error instanceof AppError || error instanceof ChainError || isSystemError(error)
    if (isRefusal) console.error(error.message)
    else logger.fatal(error)
    process.exit(error instanceof AppError && error.code === 'config_invalid' ? 2 : 1)
  }
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
