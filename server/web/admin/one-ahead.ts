/** Work on a stream of things, of which the next is begun while the one before is still being done. */

/**
 * Works on each, and gives the results in order. Where reading or an earlier piece fails, what was begun is given first:
 * it may have been done.
 *
 * @throws whatever reading and working throw, after that
 */
export async function* oneAhead<Item, Result extends object>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  let last: Promise<Result> | undefined
  try {
    for await (const item of items) {
      const before = last
      last = work(item)
      // It is looked at later.
      last.catch(() => undefined)
      if (before !== undefined) yield await before
    }
  } catch (error) {
    const begun = await last?.catch(() => undefined)
    if (begun !== undefined) yield begun
    throw error
  }
  if (last !== undefined) yield await last
}
