/**
 * `npm run recount -- <ballot URL or list file> [--bundle FILE] [--view-code FILE] [--log ID] [--rpc URL] [--allow-test-chain] [--json]`
 *
 * For people who want to count the votes of a ballot themselves, from public files alone. Exit status: 0 the votes come to
 * the tally, 1 they do not, or the record was altered, 2 usage, 3 there is nothing to compare: no tally yet, too few votes
 * to show their split, or a file that cannot be reached.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LedgerError } from '../../ledger/errors.ts'
import { parseLogId } from '../../ledger/log-id.ts'
import { Unreadable } from '../verify/fetch-bytes.ts'
import { ballotFiles, differenceSentence, placeSentence, recountTarget } from '../verify/recount-target.ts'
import type { BallotFiles, RecountReport } from '../verify/recount-target.ts'
import { NoViewCode, readViewCode } from '../verify/view-code.ts'
import { isAddress } from '../verify/verify-target.ts'
import { isHelpAsked } from './usage.ts'

const USAGE = `usage: npm run recount -- <ballot URL or list file> [options]

  --bundle FILE        the programme's proof file, needed with a list file; also a web address
  --view-code FILE     a holder's view code (- to type it): shows which votes stand under the holder's place
  --log ID             the log id (核对码) from the pack or the QR code
  --rpc URL            a chain endpoint of your choice
  --allow-test-chain   accept a chain that anybody can run at home
  --json               print the whole report as JSON
  --help               print this

exit status: 0 the votes come to the tally, 1 they do not or the record was altered, 2 usage, 3 nothing to compare`

/** What came out, by exit status. */
const RESULTS = [
  'the votes come to the tally.',
  'they do not come to the tally, or the record was altered. Do not rely on it.',
  '',
  'there is nothing to compare yet: no tally, or too few votes to show how they split.',
]

/** A command line that cannot be followed. */
class UsageError extends Error {}

type Command = { files: BallotFiles; viewCode: string | undefined } & Chosen & Flags
type Chosen = { logId: string | undefined; rpcUrl: string | undefined }
type Flags = { allowTestChain: boolean; json: boolean }

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  if (isHelpAsked(args)) {
    console.log(USAGE)
    return 0
  }
  let command: Command
  try {
    command = await readCommand(args)
  } catch (error) {
    const isUsage = [UsageError, LedgerError, NoViewCode, Unreadable].some((kind) => error instanceof kind)
    if (!isUsage || !(error instanceof Error)) throw error
    console.error(`${error.message}\n\n${USAGE}`)
    return 2
  }
  const { files, json, ...request } = command
  try {
    const report = await recountTarget(files, { ...request, progress: () => undefined })
    const status = statusOf(report)
    console.log(json ? JSON.stringify({ status, ...report }, null, 2) : described(report, status))
    return status
  } catch (error) {
    if (!(error instanceof LedgerError || error instanceof Unreadable)) throw error
    console.error(printable(error.message))
    if (error instanceof LedgerError) return 1
    return isAddress(files.list) ? 3 : 2
  }
}

function statusOf({ record, recount }: RecountReport): number {
  const { differences, counts } = recount
  const isOpen = differences.length === 1 && differences[0]?.code === 'ballot_not_tallied'
  if (record.verdict === 'mismatch' || (differences.length > 0 && !isOpen)) return 1
  return isOpen || counts === undefined ? 3 : 0
}

async function readCommand(args: string[]): Promise<Command> {
  const { values, positionals } = parsedArgs(args)
  const [target] = positionals
  if (target === undefined || positionals.length > 1) throw new UsageError('Name one ballot.')
  if (values.rpc !== undefined && !URL.canParse(values.rpc)) throw new UsageError(`${values.rpc} is not a web address.`)
  return {
    files: filesOf(target, values.bundle),
    logId: values.log === undefined ? undefined : parseLogId(values.log),
    rpcUrl: values.rpc,
    viewCode: values['view-code'] === undefined ? undefined : await viewCodeIn(values['view-code']),
    allowTestChain: values['allow-test-chain'],
    json: values.json,
  }
}

function filesOf(target: string, bundle: string | undefined): BallotFiles {
  // npm runs scripts in the package's folder; the person stands in INIT_CWD.
  const located = (name: string): string => (isAddress(name) ? name : resolve(process.env['INIT_CWD'] ?? '', name))
  if (isAddress(target) && !URL.canParse(target)) throw new UsageError(`${target} is not a web address.`)
  if (bundle !== undefined) return { list: located(target), bundle: located(bundle) }
  if (!isAddress(target)) throw new UsageError("A list alone proves nothing: give the programme's proof with --bundle.")
  const files = ballotFiles(target)
  if (files === undefined) throw new UsageError(`${target} is not the address of a ballot.`)
  return files
}

async function viewCodeIn(source: string): Promise<string> {
  const file = source === '-' || source.startsWith('V-') ? source : resolve(process.env['INIT_CWD'] ?? '', source)
  return await readViewCode(file, process.stdin)
}

type Values = {
  bundle?: string
  'view-code'?: string
  log?: string
  rpc?: string
  'allow-test-chain': boolean
  json: boolean
}

function parsedArgs(args: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        bundle: { type: 'string' },
        'view-code': { type: 'string' },
        log: { type: 'string' },
        rpc: { type: 'string' },
        'allow-test-chain': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function described({ record, recount, place }: RecountReport, status: number): string {
  const { casts, counted, counts = [], published, differences } = recount
  const width = Math.max(0, ...counts.map(({ option }) => option.length))
  return [
    `cast     ${casts}${counted === undefined ? '' : `, of which ${counted} count: the last of each`}`,
    ...counts.map(({ option, votes }) => {
      const told = published?.counts?.find((count) => count.option === option)?.votes
      return `         ${option.padEnd(width)}  ${votes}${told === undefined ? '' : ` (published: ${told})`}`
    }),
    ...differences.map((difference) => `✗ ${printable(differenceSentence(difference, recount))}`),
    ...record.checks.filter(({ ok }) => ok === 'failed').map(({ name, reason }) => `✗ ${name}: ${printable(reason)}`),
    ...(place === undefined ? [] : [`yours    ${placeSentence(place)}`]),
    `record   ${record.verdict}`,
    `recount  ${RESULTS[status]}`,
  ].join('\n')
}

/** Reasons may quote what others wrote: nothing of it may steer the terminal or turn the direction of the text. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')
}
