/**
 * Examples for the texts that the documentation describes by a pattern: what a reader sees, and what a request that is
 * tried out begins with. Without them the page makes up noise that fits the pattern.
 */

const INDEX = '42'
const DAY = '2026-06-14'

/** A text of each pattern. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  '^[a-z0-9-]{1,40}$': 'example-dairy',
  '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$': 'brand',
  '^(?:k_)?[A-Za-z0-9-]{1,40}$': 'k_7m2p9qd4r8tz',
  '^CR-[2-9A-HJKMNP-TV-Z]{8}$': 'CR-7K2M9QPD',
  '^CR-[23456789A-HJKMNP-TV-Z]{8}$': 'CR-7K2M9QPD',
  '^H-[0-9A-HJKMNP-TV-Z]{20}$': 'H-0123456789ABCDEFGHJK',
  '^(?:[0-9]{8}|[0-9]{12,14})$': '09520123456788',
  '^[0-9]{8,14}$': '09520123456788',
  '^[!%-?A-Z_a-z\\x22&]{1,20}$': 'L0611',
  '^[0-9a-f]{64}$': '0'.repeat(64),
  '^(?!\\s*$)[^\\n]*$': 'One line',
  '\\S': 'What happened.',
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}$': DAY,
  '^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]\\.[0-9]{3}Z$': `${DAY}T10:20:00.000Z`,
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}\\.[0-9]{3})?Z)?$': `${DAY}T10:20Z`,
  '^[+-][0-9]{2}:[0-9]{2}$': '+08:00',
  '^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$': DAY,
  '^[A-Z]{2}$': 'CN',
  '^(?:\\*|-?[A-Z]{2})$': 'CN',
  '^(?:\\*|[A-Z]{2}(?:,[A-Z]{2}){0,30})$': 'CN',
  '^-?(?:0|[1-9][0-9]*)\\.[0-9]+$': '12.5',
  '^[a-z0-9][a-z0-9._-]{0,63}$': 'cn.reports',
  '^https?://[^\\s<>"]+$': 'https://example.org/report',
  '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$': 'A'.repeat(43),
  '^[A-Za-z0-9_-]{43}$': 'A'.repeat(43),
  '^[A-Za-z0-9_-]{20,400}$': 'A'.repeat(43),
  '^[A-Za-z0-9_-]{20,16384}$': 'A'.repeat(43),
  '^ap_[0-9a-zA-Z_-]{8,60}$': 'ap_0123456789',
  '^(?:0|[1-9][0-9]{0,15})$': INDEX,
  '^(0|[1-9][0-9]{0,15})$': INDEX,
  '^[0-9]{1,16}$': INDEX,
  '^[1-9][0-9]{0,2}$': '50',
  '^/[!-~]{1,200}$': '/admin/v1/crises',
  '^/': '/text/en',
  '^(ledger|(brand|crisis|points):[A-Za-z0-9-]{1,64})$': 'crisis:CR-7K2M9QPD',
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** The same schemas with an example for every text that has a pattern and no example yet. */
export function withExamples(value: Json): Json {
  if (Array.isArray(value)) return value.map(withExamples)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, item]): [string, Json] => [name, withExamples(item)])
  const schema = Object.fromEntries(members)
  const { pattern } = schema
  const example = typeof pattern === 'string' ? EXAMPLES[pattern] : undefined
  return example === undefined || 'example' in schema ? schema : { ...schema, example }
}
