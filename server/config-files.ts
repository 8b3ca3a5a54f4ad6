/**
 * The files that the configuration names and that are read once, when the service starts. Whatever is wrong with them is
 * told with the other problems of the configuration, so that an operator mends all of them in one go.
 */
import { collectConfig, configInvalid } from './config.ts'
import type { Config, Environment, HelpLine } from './config.ts'
import { AppError } from './errors.ts'
import { readHelpLines } from './help-lines.ts'
import { readWorkCalendar } from './services/clocks/work-calendar.ts'
import type { WorkCalendar } from '../ledger/working-days.ts'

export type ConfigFiles = { helpLines: HelpLine[]; calendar: WorkCalendar }

/**
 * Reads the configuration of a service that is about to start.
 *
 * @throws AppError `config_invalid` whose message names every problem of variables and files, one a line
 */
export const readCheckedConfig = async (env: Environment): Promise<Config> => {
  const { config, problems } = collectConfig(env)
  const { problems: ofFiles } = await collectFiles(config)
  if (problems.length + ofFiles.length > 0) throw configInvalid([...problems, ...ofFiles])
  return config
}

/**
 * Reads HELP_LINES_FILE and WORK_CALENDAR_FILE.
 *
 * @throws AppError `config_invalid` whose message names every problem, one a line
 */
export const readConfigFiles = async (config: Config): Promise<ConfigFiles> => {
  const { files, problems } = await collectFiles(config)
  if (files === undefined) throw configInvalid(problems)
  return files
}

type Collected = { files: ConfigFiles; problems: [] } | { files: undefined; problems: string[] }

const collectFiles = async ({ helpLinesFile, workCalendarFile }: Config): Promise<Collected> => {
  const [lines, calendar] = await Promise.allSettled([readHelpLines(helpLinesFile), readWorkCalendar(workCalendarFile)])
  if (lines.status === 'fulfilled' && calendar.status === 'fulfilled') {
    return { files: { helpLines: lines.value, calendar: calendar.value }, problems: [] }
  }
  const reasons = [lines, calendar].flatMap((read): unknown[] => (read.status === 'rejected' ? [read.reason] : []))
  return { files: undefined, problems: reasons.map(problemIn) }
}

/** What was refused, in its own words; whatever else happened is a fault of ours. */
const problemIn = (reason: unknown): string => {
  if (reason instanceof AppError) return reason.message
  throw reason
}
