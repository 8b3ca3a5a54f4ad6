/** Whom readers should tell when a record does not match, by market. */
import { readFile } from 'node:fs/promises'
import type { HelpLine } from './config.ts'
import { AppError } from './errors.ts'

/**
 * Reads HELP_LINES_FILE: `[{ market, name: { "zh-CN", "en" }, contact }]`.
 *
 * @throws AppError config_invalid
 */
export const readHelpLines = async (file: string | undefined): Promise<HelpLine[]> => {
  if (file === undefined) return []
  const lines: unknown = await readFile(file, 'utf8')
    .then(JSON.parse)
    .catch((error: unknown) => {
      throw new AppError('config_invalid', `HELP_LINES_FILE cannot be read: ${(error as Error).message}`)
    })
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
  const isHelpLine = (line: Partial<HelpLine> | null): boolean =>
    isText(line?.market) && isText(line?.contact) && isText(line?.name?.['zh-CN']) && isText(line?.name?.en)
  if (!Array.isArray(lines) || !lines.every(isHelpLine)) {
    throw new AppError('config_invalid', `HELP_LINES_FILE ${file} is not a list of { market, name, contact }.`)
  }
  return lines as HelpLine[]
}
