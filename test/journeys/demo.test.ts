/**
 * The demo as a newcomer runs it, in a temporary folder of its own: it plays its three stories, anchors, verifies, catches
 * the forged copy, counts the votes again, says where to look, and leaves nothing behind.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { MILK_STORY } from '../../server/demo/milk-story.ts'
import { readNote7Record } from '../../server/demo/record.ts'
import { runProgram } from '../support/run.ts'

t.setTimeout(600_000)

t.test('the demo runs from nothing to a caught forgery and leaves nothing behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tl-demo-test-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  // Whatever else the environment holds, the demo is its own.
  const env = { TMPDIR: folder, DATABASE_URL: 'postgresql://nobody@nowhere.invalid/none', DATA_DIR: '/nonexistent' }

  const { status, stdout, stderr } = await runProgram('server/bin/demo.ts', ['--once'], env)

  t.equal(status, 0, stderr)
  for (const { lot } of readNote7Record().batches) t.match(stdout, `/09520123456788/${lot}`)
  for (const { kind } of readNote7Record().events) t.match(stdout, kind)
  t.match(stdout, /\/c\/CR-[2-9A-HJKMNP-Z]{8}\?lang=zh-CN/)
  t.match(stdout, 'The forged copy was caught')
  for (const { says } of MILK_STORY.steps) if (says !== undefined) t.match(stdout, says)
  t.equal(stdout.match(/verdict {2}verified/g)?.length, 3, 'a timeline of the past, one of today, and the programme')
  t.match(stdout, /osmanthus +7 \(published: 7\)/)
  t.match(stdout, 'the votes come to the tally')
  t.match(stdout, /\/me#v=V-/)
  t.same(await readdir(folder), [], 'the temporary folder is empty again')
})
