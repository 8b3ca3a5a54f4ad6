/** Every program says how it is used when it is asked, and does nothing then. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../../support/run.ts'

const PROGRAMS = ['verify', 'recount', 'fsck', 'keys', 'deploy', 'migrate', 'demo']

t.test('--help prints the usage on stdout and ends with 0, whatever else is said', async (t) => {
  for (const name of PROGRAMS) {
    // A folder that a program which goes on would make.
    const dataDir = join(t.testdir(), 'data')
    for (const args of name === 'verify' ? [['--help'], ['x.json', '-h', '--json']] : [['--help']]) {
      const { status, stdout, stderr } = await runProgram(`server/bin/${name}.ts`, args, { DATA_DIR: dataDir })
      t.equal(status, 0, `${name} ${args.join(' ')}`)
      t.match(stdout, new RegExp(`^usage: npm run ${name}\\b`, 'i'), name)
      t.equal(stderr, '', name)
      t.notOk(existsSync(dataDir), `${name} did nothing`)
    }
  }
})

t.test('what a program does not know is named with the usage on stderr, and ends with 2', async (t) => {
  for (const name of PROGRAMS) {
    const dataDir = join(t.testdir(), 'data')
    const { status, stdout, stderr } = await runProgram(`server/bin/${name}.ts`, ['--colour'], { DATA_DIR: dataDir })
    t.equal(status, 2, name)
    t.equal(stdout, '', name)
    t.match(stderr, name === 'keys' ? /^Usage: npm run keys/ : /'--colour'/, name)
    t.notOk(existsSync(dataDir), `${name} did nothing`)
  }
})
