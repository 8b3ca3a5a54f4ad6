/** A look into a view by JSON Pointer (RFC 6901), without escapes: names of members are plain words. */

/** What a JSON Pointer leads to in a view; undefined when there is no such part. */
export function valueAt(view: unknown, pointer: string): unknown {
  let value = view
  for (const name of pointer.split('/').slice(1)) value = (value as Record<string, unknown> | undefined)?.[name]
  return value
}
