import t from 'tap'
import { oneAhead } from '../../../server/web/admin/one-ahead.ts'

async function* items(...given: (string | Error)[]): AsyncGenerator<string> {
  for (const item of given) {
    if (item instanceof Error) throw item
    yield item
  }
}

/** What was told, then what was thrown. */
async function told(given: AsyncIterable<string>, fails: readonly string[] = []): Promise<string[]> {
  const heard: string[] = []
  const work = async (item: string): Promise<{ item: string }> => {
    await new Promise(setImmediate)
    if (fails.includes(item)) throw new Error(`no ${item}`)
    return { item }
  }
  try {
    for await (const { item } of oneAhead(given, work)) heard.push(item)
  } catch (error) {
    heard.push((error as Error).message)
  }
  return heard
}

t.test('results come in order, and what was begun is told before what went wrong', async (t) => {
  t.same(await told(items()), [])
  t.same(await told(items('a')), ['a'])
  t.same(await told(items('a', 'b', 'c')), ['a', 'b', 'c'])
  t.same(await told(items('a', 'b', new Error('too long'))), ['a', 'b', 'too long'], 'reading fails')
  t.same(await told(items('a', 'b', 'c'), ['a']), ['b', 'no a'], 'the next one was begun, and the third was not')
  t.same(await told(items('a', 'b'), ['b']), ['a', 'no b'])
  t.same(await told(items('a', 'b'), ['a', 'b']), ['no a'])
  t.same(await told(items(new Error('empty'))), ['empty'])
})

t.test('the next one is begun while the one before is being done', async (t) => {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = async (item: string): Promise<{ item: string }> => {
    begun.push(item)
    await new Promise<void>((resolve) => ends.set(item, resolve))
    return { item }
  }
  const results = oneAhead(items('a', 'b', 'c'), work)
  const first = results.next()
  await new Promise(setImmediate)
  t.same(begun, ['a', 'b'])
  ends.get('a')?.()
  t.same((await first).value, { item: 'a' })
  t.same(begun, ['a', 'b'], 'and no further')
  for (const end of ends.values()) end()
})
