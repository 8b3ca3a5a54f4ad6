/**
 * The repository's own rules, executed: which folder may import which, what the core may touch, and that the lockfile
 * serves every platform. It reads imports by pattern: a net for slips, not for malice.
 */
import { readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { dirname, join, normalize, relative } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.(ts|sol|hbs|css|md|json)$/.test(file))
const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"\n]*?(?:\{[^}]*\}[^'"\n]*?)?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g
const importsOf = (file: string): string[] =>
  [...read(file).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? '').filter((name) => name !== '')

/** The folder that a rule speaks of. */
const layerOf = (file: string): string => {
  const [top, second] = file.split('/')
  if (top !== 'server') return top ?? ''
  return second !== undefined && !second.endsWith('.ts') ? `server/${second}` : 'server'
}

/** What each layer may import of ours; every layer may import itself. Tests may import everything. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ledger: [],
  views: ['ledger'],
  migrations: [],
  contracts: [],
  'server/db': ['ledger', 'migrations', 'server'],
  'server/chain': ['ledger', 'contracts', 'server'],
  'server/gs1': ['ledger', 'server'],
  'server/services': ['ledger', 'contracts', 'server', 'server/db', 'server/chain', 'server/gs1'],
  'server/web': ['ledger', 'views', 'server', 'server/services', 'server/gs1'],
  'server/demo': ['ledger', 'server'],
}

t.test('every layer imports only what lies below it', async (t) => {
  let inspected = 0
  for (const file of sources) {
    const layer = layerOf(file)
    const allowed = ALLOWED[layer]
    if (allowed === undefined) continue
    for (const name of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = layerOf(relative(root, normalize(join(root, dirname(file), name))))
      inspected++
      if (target !== layer && !allowed.includes(target))
        t.fail(`${file} imports ${name}: ${layer} must not know ${target}`)
    }
  }
  t.ok(inspected > 100, `inspected ${inspected} imports`)
})

t.test('relative imports name the file that Node will load', async (t) => {
  for (const file of sources) {
    for (const name of importsOf(file).filter((name) => name.startsWith('.'))) {
      if (!/\.(ts|json)$/.test(name)) t.fail(`${file} imports ${name} without .ts`)
    }
  }
  t.pass('all relative imports carry their ending')
})

t.test('the core imports nothing but itself and two libraries', async (t) => {
  const core = sources.filter((file) => file.startsWith('ledger/'))
  t.ok(core.length > 10)
  for (const file of core) {
    for (const name of importsOf(file).filter((name) => !name.startsWith('.'))) {
      if (!/^@noble\/(hashes|ed25519)(\/.*)?$/.test(name)) t.fail(`${file} imports ${name}`)
    }
  }
})

t.test('only the programs in server/bin read the environment and the arguments', async (t) => {
  for (const file of sources.filter((file) => file.startsWith('server/') && !file.startsWith('server/bin/'))) {
    if (/\bprocess\.(env|argv)\b/.test(read(file))) t.fail(`${file} reads process.env or process.argv`)
  }
  t.pass('no other file reads them')
})

t.test('no test is left out and no check is switched off', async (t) => {
  const banned = new RegExp(
    ['\\.only\\(', '\\.todo\\(', '@ts-' + 'ignore', '@ts-' + 'nocheck', '\\bas ' + 'any\\b'].join('|'),
  )
  for (const file of sources.filter((file) => file !== 'test/tidy.test.ts')) {
    const line = read(file)
      .split('\n')
      .findIndex((text) => banned.test(text))
    if (line >= 0) t.fail(`${file}:${line + 1} is left over`)
  }
  t.pass('nothing left over')
})

t.test('every test file makes at least one claim', async (t) => {
  const tests = sources.filter((file) => file.startsWith('test/') && file.endsWith('.test.ts'))
  t.ok(tests.length > 10)
  for (const file of tests) if (!/\bt\.test\(/.test(read(file))) t.fail(`${file} has no test`)
})

t.test('every file of the core has a test of its name, which must cover it wholly', async (t) => {
  const core = sources.filter((file) => file.startsWith('ledger/'))
  t.ok(core.length > 30)
  for (const file of core) {
    const name = file.slice('ledger/'.length, -'.ts'.length)
    if (!sources.includes(`test/ledger/${name}.test.ts`)) t.fail(`${file} has no test of its name`)
  }
})

t.test('the lockfile names the optional packages of every platform', async (t) => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>
  }
  for (const [where, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const found = packages[`${where}/node_modules/${name}`] ?? packages[`node_modules/${name}`]
      if (!found) t.fail(`${name}, wanted by ${where}, is missing: npm ci would refuse this lockfile`)
    }
  }
  t.ok(Object.keys(packages).length > 100)
})

t.test('every word of the catalogues is shown somewhere', async (t) => {
  const catalogues = files.filter((file) => /^views\/messages\/.*-en\.ts$/.test(file))
  const users = files.filter((file) => /^(?:views|server)\//.test(file) && !file.startsWith('views/messages/'))
  const used = new Set(users.flatMap((file) => read(file).match(/[A-Za-z]\w*/g) ?? []))
  t.ok(catalogues.length > 5)
  for (const file of catalogues) {
    for (const [, word] of read(file).matchAll(/^ {2}(\w+):/gm)) t.ok(used.has(word!), `${file}: ${word}`)
  }
})
