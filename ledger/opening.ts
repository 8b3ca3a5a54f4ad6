/**
 * What `crisis.opened` names: products with their lots, parties, the brand and the title. Read with care, because the
 * entry may be of a log that somebody else keeps: what is not well formed is left out.
 */
import { isJsonObject } from './json.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { LocalizedName, PartyKind } from './milestone.ts'

/** A product that a crisis names, with the lots of its batches. */
export type NamedProduct = { readonly gtin: string; readonly lots: readonly string[] }

/** The products that `crisis.opened` names; those that are not well formed are left out. */
export function productsNamed(data: JsonObject): NamedProduct[] {
  return objects(data['products']).flatMap(({ gtin, batches }) => {
    if (typeof gtin !== 'string') return []
    const lots = objects(batches).flatMap(({ lot }) => (typeof lot === 'string' ? [lot] : []))
    return [{ gtin, lots }]
  })
}

/** The parties that `crisis.opened` names; those that are not well formed are left out. */
export function partiesNamed(data: JsonObject): { id: string; kind: PartyKind }[] {
  return objects(data['parties']).flatMap(({ id, kind }) =>
    typeof id === 'string' && typeof kind === 'string' ? [{ id, kind: kind as PartyKind }] : [],
  )
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** A member that should be text; empty when it is not. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** A name in both languages; a language that is missing is empty. */
export function nameOf(value: JsonValue | undefined): LocalizedName {
  const name = isJsonObject(value) ? value : {}
  return { 'zh-CN': textOf(name['zh-CN']), en: textOf(name['en']) }
}
