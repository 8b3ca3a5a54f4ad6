/**
 * A holder's view code for the verifier. It is read from a file or from standard input, never from the command line: what
 * stands there can be read by every other user of the machine, and stays in the history of the shell.
 */
import { text } from 'node:stream/consumers'
import { readBytes } from './fetch-bytes.ts'

const CODE_BYTES_MAX = 1000

/** What was given is no view code, or is the code itself. */
export class NoViewCode extends Error {
  override name = 'NoViewCode'
}

/**
 * Reads a view code.
 *
 * @param source the path of a file, or `-` for standard input
 * @throws NoViewCode, Unreadable
 */
export async function readViewCode(source: string, input: NodeJS.ReadableStream): Promise<string> {
  if (source.startsWith('V-')) {
    throw new NoViewCode('A view code on the command line can be read by others: give a file with it, or - to type it.')
  }
  const typed = source === '-' ? await text(input) : new TextDecoder().decode(await readBytes(source, CODE_BYTES_MAX))
  // A file may have the whole link of the QR code, in which the code stands after #.
  const code = /V-[0-9A-Z]{26}/.exec(typed.trim())?.[0]
  if (code === undefined)
    throw new NoViewCode('There is no view code: it begins with V- and has 26 letters and digits.')
  return code
}
