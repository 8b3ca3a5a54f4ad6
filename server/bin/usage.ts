/** What every program does with `--help`: it says how it is used, on stdout and with status 0, and does nothing else. */
import { parseArgs } from 'node:util'

/** Whether somebody asks how a program is used, among whatever else. */
export function isHelpAsked(args: readonly string[]): boolean {
  return args.some((arg) => arg === '--help' || arg === '-h')
}

/**
 * For a program that takes no arguments.
 *
 * @returns the status to end with: 0 after help, 2 for anything else that was said; undefined: go on
 */
export function endedByArguments(args: readonly string[], usage: string): number | undefined {
  if (isHelpAsked(args)) {
    console.log(usage)
    return 0
  }
  try {
    parseArgs({ args: [...args], options: {} })
    return undefined
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    return 2
  }
}
