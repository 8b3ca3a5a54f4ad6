/** `npm run verify` on receipts and programmes, as their readers run it. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatBundle } from '../../../ledger/bundle.ts'
import { formatReceipt } from '../../../ledger/receipt.ts'
import { pointsLog } from '../../ledger/points-log.ts'
import { LOG_ID } from '../../ledger/sample-log.ts'

const program = new URL('../../../server/bin/verify.ts', import.meta.url).pathname
const CODE = `V-${'7K2M9QPD'.repeat(4).slice(0, 26)}`

type Outcome = { status: number | null; output: string; error: string }

async function verify(typed: string, ...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'pipe', env: {} })
  let output = ''
  let error = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (error += chunk))
  child.stdin.end(typed)
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, output, error }
}

/** A receipt whose holder has this view code. */
const points = pointsLog()
points.holders.get('H-A')!.viewCode = CODE
points.anchor()
const receipt = formatReceipt(points.receipt('H-A'))

t.test('a receipt is verified with the view code from a file or from standard input', async (t) => {
  const folder = t.testdir({ 'code.txt': `https://ledger.example/me#v=${CODE}\n`, 'receipt.json': receipt })
  const file = join(folder, 'receipt.json')
  const known = ['--log', LOG_ID]
  for (const [typed, source] of [
    ['', join(folder, 'code.txt')],
    [`${CODE}\n`, '-'],
  ] as const) {
    const { status, output } = await verify(typed, file, ...known, '--view-code', source)
    t.equal(status, 3, 'the chain was not asked')
    t.match(output, /^✓ liabilities {2}The balance of 40 is counted for this holder alone/m)
    t.match(output, /^✓ points .*All 3 lines follow rules/m)
  }
  const without = await verify('', file, ...known)
  t.match(without.output, /^~ liabilities .*Without the view code it is not shown/m)
  const other = await verify(CODE.replace('7', '8'), file, ...known, '--view-code', '-')
  t.equal(other.status, 1)
  t.match(other.output, /not that of the holder of this view code/)
})

t.test('a view code is not taken from the command line', async (t) => {
  const file = join(t.testdir({ 'receipt.json': receipt }), 'receipt.json')
  const shown = await verify('', file, '--view-code', CODE)
  t.equal(shown.status, 2)
  t.match(shown.error, /can be read by others/)
  const none = await verify('nothing', file, '--view-code', '-')
  t.equal(none.status, 2)
  t.match(none.error, /There is no view code/)
  t.equal((await verify('', file, '--view-code', join(t.testdir({}), 'no-such-file'))).status, 2)
})

t.test('an altered receipt and an altered programme are named', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'altered.json')
  const whole = points.receipt('H-A')
  writeFileSync(file, formatReceipt({ ...whole, balance: { ...whole.balance!, balance: 41 } }))
  const altered = await verify('', file)
  t.equal(altered.status, 1)
  t.match(altered.output, /^✗ liabilities .*the lines come to 40 points, and 41 are counted/m)
  const programme = join(folder, 'programme.json')
  writeFileSync(programme, formatBundle(points.bundle()))
  const { status, output } = await verify('', programme, '--log', LOG_ID)
  t.equal(status, 3)
  t.match(output, /^✓ points .*125 points issued/m)
  t.match(output, /^✓ liabilities .*sum of 65 points over 2 holders/m)
  const report = JSON.parse((await verify('', file, '--json')).output) as { kind: string; holder: string }
  t.match(report, { kind: 'receipt', holder: 'H-A' })
})
