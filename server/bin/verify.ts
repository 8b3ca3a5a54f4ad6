/**
 * `npm run verify -- <bundle file, bundle URL or log URL> [--log ID] [--rpc URL] [--view-code FILE] [--allow-test-chain]
 * [--json]`
 *
 * For people who do not trust us: it takes a file or an address and asks only the chain endpoint that they choose. It
 * needs neither a database nor a configuration. Exit status: 0 verified, 1 mismatch, 2 usage, 3 pending or not checked,
 * 4 unrecognised.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LedgerError } from '../../ledger/errors.ts'
import { formatLogId, parseLogId } from '../../ledger/log-id.ts'
import type { Check, Verdict } from '../../ledger/verdict.ts'
import { Unreadable } from '../verify/fetch-bytes.ts'
import { Withheld } from '../verify/log-reader.ts'
import { NoViewCode, readViewCode } from '../verify/view-code.ts'
import { isAddress, verifyTarget } from '../verify/verify-target.ts'
import type { TargetReport } from '../verify/verify-target.ts'
import { isHelpAsked } from './usage.ts'

const USAGE = `usage: npm run verify -- <bundle or receipt file, bundle URL or log URL> [options]

  --log ID             the log id (核对码) from the pack or the QR code; without it, at best "unrecognised"
  --rpc URL            a chain endpoint of your choice; without it, at best "not checked"
  --view-code FILE     with a receipt: a file with your view code, or - to type it; then the receipt is also shown
                       to count for you alone. Never the code itself, which other users could read
  --allow-test-chain   accept a chain that anybody can run at home
  --json               print the whole report as JSON
  --help               print this

exit status: 0 verified, 1 mismatch, 2 usage, 3 pending or not checked, 4 unrecognised`

const EXIT: Record<Verdict, number> = { verified: 0, mismatch: 1, pending: 3, 'not checked': 3, unrecognised: 4 }

const MARKS: Record<Check['ok'], string> = { held: '✓', partly: '~', failed: '✗', skipped: '-' }

const SENTENCES: Record<Verdict, string> = {
  verified: 'the record is unaltered. That does not make it true: each entry says who asserts it.',
  pending: 'the record is consistent; a part of it is not anchored yet, or there is a newer one.',
  'not checked': 'the record is consistent, but the chain was not asked.',
  unrecognised: 'the record is consistent, but it is not shown to be the one that you mean.',
  mismatch: 'the record was altered, is incomplete, or cannot be read. Do not rely on it.',
}

/** A command line that cannot be followed. */
class UsageError extends Error {}

type Command = {
  target: string
  logId: string | undefined
  rpcUrl: string | undefined
  viewCodeFrom: string | undefined
  allowTestChain: boolean
  json: boolean
}

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  if (isHelpAsked(args)) {
    console.log(USAGE)
    return 0
  }
  let command: Command
  try {
    command = readCommand(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${USAGE}`)
    return 2
  }
  const { target, logId, rpcUrl, viewCodeFrom, allowTestChain, json } = command
  try {
    const viewCode = viewCodeFrom === undefined ? undefined : await readViewCode(viewCodeFrom, process.stdin)
    const report = await verifyTarget(target, { logId, rpcUrl, viewCode, allowTestChain, progress: showProgress })
    console.log(json ? JSON.stringify(report, null, 2) : described(report))
    return EXIT[report.verdict]
  } catch (error) {
    if (error instanceof NoViewCode) {
      console.error(`${error.message}\n\n${USAGE}`)
      return 2
    }
    return refused(error as Error, target, json)
  }
}

/** Nothing could be verified: what was given out is broken, or there is nothing, or it cannot be reached. */
function refused(error: Error, target: string, json: boolean): number {
  const isBroken = error instanceof LedgerError || error instanceof Withheld
  const verdict: Verdict = isBroken ? 'mismatch' : 'not checked'
  if (json) console.log(JSON.stringify({ verdict, checks: [], error: error.message }, null, 2))
  console.error(printable(`${verdict}: ${error.message}`))
  return error instanceof Unreadable && !isAddress(target) ? 2 : EXIT[verdict]
}

function readCommand(args: string[]): Command {
  const { values, positionals } = parsedArgs(args)
  const [target] = positionals
  if (target === undefined || positionals.length > 1) throw new UsageError('Name one thing to verify.')
  const { log, rpc } = values
  if (isAddress(target) && !URL.canParse(target)) throw new UsageError(`${target} is not a web address.`)
  if (rpc !== undefined && !(isAddress(rpc) && URL.canParse(rpc))) throw new UsageError(`${rpc} is not a web address.`)
  return {
    // npm runs scripts in the package's folder; the person stands in INIT_CWD.
    target: isAddress(target) ? target : resolve(process.env['INIT_CWD'] ?? '', target),
    logId: log === undefined ? undefined : readLogId(log),
    rpcUrl: rpc,
    viewCodeFrom: located(values['view-code']),
    allowTestChain: values['allow-test-chain'],
    json: values.json,
  }
}

/** Where a file is: npm runs scripts in the package's folder, and the person stands in INIT_CWD. */
function located(file: string | undefined): string | undefined {
  if (file === undefined || file === '-' || file.startsWith('V-')) return file
  return resolve(process.env['INIT_CWD'] ?? '', file)
}

type Values = { log?: string; rpc?: string; 'view-code'?: string; 'allow-test-chain': boolean; json: boolean }

function parsedArgs(args: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        log: { type: 'string' },
        rpc: { type: 'string' },
        'view-code': { type: 'string' },
        'allow-test-chain': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readLogId(typed: string): string {
  try {
    return parseLogId(typed)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** A line that replaces itself, for people only. */
function showProgress(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${message}`)
}

function described({ verdict, checks, logId, size }: TargetReport): string {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  const width = Math.max(...checks.map(({ name }) => name.length))
  return [
    ...checks.map(({ ok, name, reason }) => `${MARKS[ok]} ${name.padEnd(width)}  ${printable(reason)}`),
    '',
    ...(typeof logId === 'string' ? [`log id   ${formatLogId(logId)}`] : []),
    ...(typeof size === 'number' ? [`size     ${size}`] : []),
    `verdict  ${verdict}: ${SENTENCES[verdict]}`,
  ].join('\n')
}

/** Reasons may quote what others wrote: nothing of it may steer the terminal or turn the direction of the text. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')
}
