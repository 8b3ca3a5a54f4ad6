/** Every small change of a JSON value: what a mutation test of a proof file goes through. */
import type { JsonObject, JsonValue } from '../../ledger/json.ts'

/** Every copy of a value with one leaf changed, named path=, or one member or element removed, named path-. */
export function* mutations(whole: JsonObject): Generator<[string, JsonValue]> {
  for (const path of pathsIn(whole)) {
    const name = path.join('.')
    const removed = structuredClone(whole)
    const container = path.slice(0, -1).reduce<unknown>((value, key) => (value as JsonObject)[key], removed)
    const last = path[path.length - 1]!
    const leaf = (container as JsonObject)[last]!
    if (Array.isArray(container)) container.splice(Number(last), 1)
    else delete (container as JsonObject)[last]
    yield [`${name}-`, removed]
    if (typeof leaf === 'object') continue
    const changed = structuredClone(whole)
    const parent = path.slice(0, -1).reduce<unknown>((value, key) => (value as JsonObject)[key], changed)
    ;(parent as JsonObject)[last] = typeof leaf === 'number' ? leaf + 1 : otherText(leaf as string)
    yield [`${name}=`, changed]
  }
}

function pathsIn(value: JsonValue, at: string[] = []): string[][] {
  const here = at.length === 0 ? [] : [at]
  if (typeof value !== 'object' || value === null) return here
  return here.concat(Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, [...at, name])))
}

function otherText(text: string): string {
  const middle = Math.floor(text.length / 2)
  return `${text.slice(0, middle)}${text.charAt(middle) === '1' ? '2' : '1'}${text.slice(middle + 1)}`
}
