/** That the README speaks of this project as it is: its commands, options, variables, folders and exit codes exist. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runProgram } from '../support/run.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const readme = read('README.md')
const commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.trim().split('\n'))
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

t.test('every npm script that the README names exists, and names a file that exists', async (t) => {
  const named = new Set(
    [...readme.matchAll(/npm (?:run )?((?:test|start|dev)\b(?::\w+)?|(?<=run )[\w:]+)/g)].map(([, name]) => name!),
  )
  for (const name of ['demo', 'test', 'verify', 'fsck', 'migrate', 'keys', 'deploy', 'start'])
    t.ok(named.has(name), name)
  for (const name of named) {
    t.ok(scripts[name], `package.json has ${name}`)
    const file = /^node (?:--\S+ )*(\S+)/.exec(scripts[name] ?? '')?.[1]
    if (file !== undefined) t.ok(existsSync(join(ROOT, file)), file)
  }
})

t.test('the commands to try it are the ones that are promised', async (t) => {
  for (const script of ['demo', 'test']) {
    const tail = script === 'test' ? 'npm test' : `npm run ${script}`
    t.ok(commands.includes(`npx -y -p node@24 -c 'npm ci && ${tail}'`), script)
  }
})

t.test('the verifier knows every option of the examples, and exits as the README says', async (t) => {
  const examples = commands.filter((command) => command.startsWith('npm run verify -- '))
  t.ok(examples.length >= 3)
  const usage = await runProgram('server/bin/verify.ts', [])
  t.equal(usage.status, 2, 'without a target')
  for (const example of examples) {
    for (const [option] of example.matchAll(/--[a-z-]+(?= )/g)) {
      if (option !== '--') t.match(usage.stderr, option, `${option} of: ${example}`)
    }
  }
  for (const word of ['0 verified', '1 mismatch', '2 usage', '3 pending or not checked', '4 unrecognised']) {
    t.match(usage.stderr, word)
    t.match(readme.replace(/\s+/g, ' '), word)
  }
})

t.test('the table of variables and the configuration name the same ones', async (t) => {
  const config = read('server/config.ts')
  const migrate = read('server/bin/migrate.ts')
  const rows = readme.split('\n').filter((line) => /^\| `[A-Z]/.test(line))
  const listed = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!))
  t.ok(listed.length > 20, `${listed.length} variables`)
  for (const name of listed) t.ok(config.includes(`'${name}'`) || migrate.includes(name), `${name} is read`)
  for (const [, name] of config.matchAll(/read\.\w+\('([A-Z_]+)'/g))
    t.ok(listed.includes(name!), `${name} is in the table`)
})

t.test('every link into the project leads somewhere', async (t) => {
  const links = [...readme.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!)
  for (const link of links.filter((link) => !/^[a-z]+:/.test(link))) t.ok(existsSync(join(ROOT, link)), link)
})
