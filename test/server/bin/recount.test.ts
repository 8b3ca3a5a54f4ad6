/** `npm run recount` as somebody runs it who does not trust the tally: on addresses and files. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatBallotList, tokenCommitment } from '../../../ledger/ballot.ts'
import { ballotToken } from '../../../ledger/ballot-token.ts'
import type { BallotList } from '../../../ledger/ballot.ts'
import { utf8 } from '../../../ledger/bytes.ts'
import { screenPublicKey } from '../../../ledger/screen-code.ts'
import { ballotFiles } from '../../../server/verify/recount-target.ts'
import { POINTS } from '../../ledger/programme-stream.ts'
import { publishedBallot } from '../../ledger/published-ballot.ts'
import type { PublishedBallot } from '../../ledger/published-ballot.ts'
import type { Vote } from '../../ledger/recounted.ts'
import { serveFiles } from '../../support/log-files.ts'
import { runProgram } from '../../support/run.ts'

const site = await serveFiles()
t.teardown(() => site.close())

type Outcome = { status: number | null; output: string; error: string }

async function recount(...args: string[]): Promise<Outcome> {
  const { status, stdout, stderr } = await runProgram('server/bin/recount.ts', args)
  return { status, output: stdout, error: stderr }
}

/** Enough that the split is shown. */
const MANY = Array.from({ length: 18 }, (_, i): Vote => [`voter ${i}`, 'lid'])
const VOTES: readonly Vote[] = [['a', 'lid'], ['b', 'lid'], ['c', 'cup'], ['a', 'cup'], ...MANY]

const { list, bundle, ballot } = publishedBallot(VOTES)
site.files.set(`/v1/ballots/family/${ballot}/list`, formatBallotList(list))
site.files.set(`/v1/streams/${POINTS}/bundle`, bundle)

t.test('the votes come to the tally, whatever address of the ballot is given', async (t) => {
  for (const path of [`/v1/ballots/family/${ballot}`, `/points/family/ballots/${ballot}`]) {
    const { status, output, error } = await recount(`${site.url}${path}`)
    t.equal(status, 0, output + error)
    t.match(output, /^cast {5}22, of which 21 count/m)
    t.match(output, /cup {2}2 \(published: 2\)/)
    t.match(output, /^recount {2}the votes come to the tally\.$/m)
  }
  t.strictSame(ballotFiles('https://ledger.example/v1/ballots/family/7/list'), {
    list: 'https://ledger.example/v1/ballots/family/7/list',
    bundle: 'https://ledger.example/v1/streams/points:family/bundle',
  })
})

t.test('a changed, dropped or added vote is named', async (t) => {
  const folder = t.testdir()
  const proof = join(folder, 'programme.json')
  writeFileSync(proof, bundle)
  const counted = async (casts: BallotList['casts']): Promise<Outcome> => {
    const file = join(folder, 'list.json')
    writeFileSync(file, formatBallotList({ ...list, casts }))
    return await recount(file, '--bundle', proof)
  }
  t.equal((await counted(list.casts)).status, 0, 'files work as addresses do')
  const dropped = await counted(list.casts.slice(1))
  t.equal(dropped.status, 1)
  t.match(dropped.output, new RegExp(`vote of entry ${list.casts[0]!.index} is left out`))
  const added = await counted([...list.casts, { ...list.casts[0]!, index: 99_999 }])
  t.match(added.output, /a vote of entry 99999, which is no vote/)
  const [first, second, ...rest] = list.casts
  const swapped = [{ ...first!, opening: second!.opening! }, { ...second!, opening: first!.opening! }, ...rest]
  t.match((await counted(swapped)).output, new RegExp(`entry ${first!.index} is not the one that was cast`))
  const altered = join(folder, 'altered.json')
  writeFileSync(
    altered,
    Buffer.from(bundle)
      .toString()
      .replace(/"prev":|"proof":\["[^"]*",/, (found) => found.replace('"proof":["', '"proof":["AAAA')),
  )
  const file = join(folder, 'list.json')
  writeFileSync(file, formatBallotList(list))
  const { status, output } = await recount(file, '--bundle', altered)
  t.equal(status, 1, 'votes in a record that was altered prove nothing')
  t.match(output, /^record {3}mismatch$/m)
  const json = JSON.parse((await recount(file, '--bundle', proof, '--json')).output) as { status: number }
  t.match(json, { status: 0, recount: { counted: 21 } })
})

t.test('BL6: with a view code it says which votes stand under the holder’s place', async (t) => {
  const codes = ['A', 'B', 'C'].map((letter) => `V-${letter.repeat(26)}`)
  // The ballots of this file are all drafted at one index: the token names it.
  const tokens = codes.map((code) => ballotToken(screenPublicKey(code), 'family', ballot))
  const own = publishedBallot([[tokens[0]!, 'lid'], ['other', 'cup'], ...MANY])
  const hidden = publishedBallot([[tokens[0]!, 'lid']])
  const folder = t.testdir()
  const asked = async (held: PublishedBallot, code: string): Promise<string> => {
    const files = [formatBallotList(held.list), held.bundle, utf8(`https://ledger.example/me#v=${code}\n`)]
    const [list, proof, secret] = files.map((bytes, i) => {
      const file = join(folder, String(i))
      writeFileSync(file, bytes)
      return file
    }) as [string, string, string]
    return (await recount(list, '--bundle', proof, '--view-code', secret)).output
  }
  const [cast] = own.list.casts
  t.match(
    await asked(own, codes[0]!),
    `yours    Under the place of this view code stand the votes of entries ${cast!.index}.`,
  )
  t.match(await asked(own, codes[1]!), /^yours {4}The list has no place for this view code/m)
  t.match(await asked(hidden, codes[0]!), /^yours {4}.*is not shown/m)
  const eligible = [...own.list.eligible, tokenCommitment(tokens[2]!)].toSorted()
  t.match(await asked({ ...own, list: { ...own.list, eligible } }, codes[2]!), /no vote stands under it/)
  t.equal((await recount('a', '--bundle', 'b', '--view-code', codes[0]!)).status, 2, 'never on the command line')
})

t.test('where there is nothing to compare, it says so', async (t) => {
  const folder = t.testdir()
  const write = (name: string, bytes: Uint8Array): string => {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    return file
  }
  const few = publishedBallot(VOTES.slice(0, 4))
  const hidden = await recount(write('few', formatBallotList(few.list)), '--bundle', write('few.json', few.bundle))
  t.equal(hidden.status, 3, hidden.output)
  t.match(hidden.output, /too few votes to show/)
  const open = publishedBallot(VOTES, 'ballot.closed')
  const untallied = await recount(
    write('open', formatBallotList(open.list)),
    '--bundle',
    write('open.json', open.bundle),
  )
  t.equal(untallied.status, 3)
  t.match(untallied.output, /has not been tallied yet/)
  t.equal((await recount(`${site.url}/v1/ballots/none/7`)).status, 3, 'no such ballot')
})

t.test('a command line that cannot be followed', async (t) => {
  const file = join(t.testdir({ 'list.json': 'x' }), 'list.json')
  for (const args of [
    [],
    ['a', 'b'],
    [file],
    ['http://'],
    ['https://ledger.example/c/CR-7K2M9QPD'],
    [file, '--rpc', 'x'],
    [file, '--log', 'x'],
    [file, '--what'],
    [`${file}.none`, '--bundle', file],
  ]) {
    t.equal((await recount(...args)).status, 2, args.join(' '))
  }
  t.equal((await recount(file, '--bundle', file)).status, 1, 'a list that is none')
})
