/** The titles of all tests, and which invariants they name: in front of the first colon, or in brackets at the end. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The titles of all tests, each with its file. */
export function testTitles(): { file: string; title: string }[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'test'], { cwd: root })
  const files = listed
    .toString()
    .split('\n')
    .filter((file) => file.endsWith('.test.ts'))
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bt\.test\(\s*(['"`])(.*?)\1,/gs)].map((match) => ({
      file,
      title: match[2] ?? '',
    })),
  )
}

/** The ids before the first colon of a title, or those in brackets at its end. */
export function invariantsNamed(title: string): string[] {
  const ids = /^((?:[A-Z]{1,2}\d[\s,–]*)+):/.exec(title)?.[1] ?? /\(([^)]*)\)$/.exec(title)?.[1] ?? ''
  return ids.match(/\b[A-Z]{1,2}\d\b/g) ?? []
}
