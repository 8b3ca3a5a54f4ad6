/** Claims: whatever stands in a file of grants, a line is a grant or a refused line, and no line takes long to read. */
import fc from 'fast-check'
import t from 'tap'
import { readGrantFile } from '../../../server/web/admin/grant-file.ts'
import type { GrantFile } from '../../../server/web/admin/grant-file.ts'
import type { GrantLine } from '../../../server/services/points/grant-lines.ts'

const HOLDER = 'H-00000000000000000000'

async function read(type: GrantFile, ...chunks: (string | Uint8Array)[]): Promise<GrantLine[]> {
  async function* file(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: GrantLine[] = []
  for await (const line of readGrantFile(file(), type)) lines.push(line)
  return lines
}

const readTable = async (...rows: string[]): Promise<GrantLine[]> =>
  await read('text/csv', ['rule,source,holder,amount', ...rows].join('\n'))

t.test('a cell is what stands in it, whatever is around it', async (t) => {
  const lines = await readTable(
    `help,1,${HOLDER},5`,
    ` help , 1 ,\t${HOLDER} , 5 `,
    ` "help" ,"1", "${HOLDER}" ,"5"`,
    `"help",1,${HOLDER}, "5" `,
  )
  t.same(
    lines.map((line) => ('grant' in line ? line.grant : line)),
    Array.from({ length: 4 }, () => ({ rule: 'help', source: 1, holder: HOLDER, amount: 5 })),
  )
})

t.test(
  'a table whose quotes do not match, or that has cells too many or too few, is refused line by line',
  async (t) => {
    const wrong = [
      `"help`,
      `help",1,${HOLDER},5`,
      `"he"lp",1,${HOLDER},5`,
      `help "a",1,${HOLDER},5`,
      'help',
      ',,,,,',
      '"",',
    ]
    const lines = await readTable(...wrong)
    t.equal(lines.length, wrong.length)
    for (const line of lines) t.match(line, { error: { code: 'validation_failed' } }, wrong[line.line - 2] ?? '')
  },
)

t.test('an amount is written in one way only', async (t) => {
  for (const amount of [
    '05',
    '+5',
    '5.0',
    '5e0',
    '0x5',
    '-5',
    '0',
    '٥',
    '５',
    '1e400',
    '9007199254740993',
    '1000000001',
  ]) {
    const [row] = await readTable(`help,1,${HOLDER},${amount}`)
    t.match(row, { error: { code: 'validation_failed' } }, `${amount} in a table`)
    // In JSON these two are other spellings of the number 5.
    if (amount === '5.0' || amount === '5e0') continue
    const [line] = await read(
      'application/x-ndjson',
      `{"rule":"help","source":1,"holder":"${HOLDER}","amount":${amount}}`,
    )
    t.match(line, { error: { code: 'validation_failed' } }, `${amount} in JSON`)
  }
})

t.test('no line of the longest length costs more than reading it', async (t) => {
  // Where the spaces of one such line can be split up at will, a hundred of them do not end within any timeout.
  const spaces = ' '.repeat(3_900)
  const lines = [
    `"a",${spaces}b"`,
    `"a",${spaces}"b"${'"'.repeat(99)}x`,
    `"${'""'.repeat(1_900)}x" y"`,
    `"${'"'.repeat(3_901)}`,
  ]
  const many = Array.from({ length: 25 }, () => lines).flat()
  for (const line of await readTable(...many)) t.match(line, { error: { code: 'validation_failed' } })
})

t.test('whatever bytes come, in whatever pieces, every line is a grant or an error with its number', async () => {
  const pieces = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .constantFrom(' ', ',', '"', '\n', '\r\n', '\uFEFF', 'help', '1', HOLDER, '{"rule":"help"')
        .map((text) => Buffer.from(text)),
    ),
    { maxLength: 60 },
  )
  await fc.assert(
    fc.asyncProperty(pieces, async (chunks) => {
      const lines = await read('text/csv', 'rule,source,holder,amount\n', ...chunks)
      const said = await read('application/x-ndjson', ...chunks)
      for (const line of [...lines, ...said]) {
        if (!('grant' in line) && line.error.code !== 'validation_failed') throw new Error(String(line.error))
      }
      const numbers = lines.map(({ line }) => line)
      return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0))
    }),
    { numRuns: 300 },
  )
})
