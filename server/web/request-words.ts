/**
 * What is wrong with a request, in words: no caller should have to read a regular expression. The schemas' patterns are
 * looked up here by themselves, so that one form has one sentence, in the admin API as in the public one.
 */

/** A fault as the schema compilers tell it (JSON Schema's keyword and its parameters). */
export type Fault = {
  readonly keyword: string
  readonly instancePath: string
  readonly params?: unknown
  readonly schemaPath?: string
  readonly message?: string | undefined
}

const NAME = 'must be 1 to 40 lower-case letters, digits or hyphens, such as example-dairy'
const SIZE = 'must be a number of the log in decimal digits, such as 42'
const PAGE = 'must be how many to list, from 1 to 999, such as 50'
const CODE =
  'must be the code of an incident: CR- and 8 capitals or digits, without I, L, O, U, 0 and 1, such as CR-7K2M9QPD'
const TEXT = 'must say something; spaces alone do not'
const HEX = 'must be a SHA-256: 64 digits of lower-case hex, as sha256sum prints them'
const COUNTRY = 'a country in two capital letters (ISO 3166-1)'

/** The sentence for each pattern of the schemas, with an example where one helps. */
export const FORMS: Readonly<Record<string, string>> = {
  '^[a-z0-9-]{1,40}$': NAME,
  '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$': `${NAME}, with no hyphen at either end`,
  '^(?:k_)?[A-Za-z0-9-]{1,40}$': 'must be the id of a key, such as k_7m2p9qd4r8tz',
  '^CR-[2-9A-HJKMNP-TV-Z]{8}$': CODE,
  '^CR-[23456789A-HJKMNP-TV-Z]{8}$': CODE,
  '^H-[0-9A-HJKMNP-TV-Z]{20}$': 'must be the id of a holder: H- and 20 capitals or digits',
  '^(?:[0-9]{8}|[0-9]{12,14})$': 'must be a product number (GTIN) of 8, 12, 13 or 14 digits, such as 09520123456788',
  '^[0-9]{8,14}$': 'must be a product number (GTIN) of 8, 12, 13 or 14 digits, such as 09520123456788',
  '^[!%-?A-Z_a-z\\x22&]{1,20}$':
    'must be a batch or lot number of 1 to 20 letters, digits or signs as GS1 allows them, no spaces, such as L0611',
  '^[0-9a-f]{64}$': HEX,
  '^(?!\\s*$)[^\\n]*$': 'must be one line that says something',
  '\\S': TEXT,
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}$': 'must be a day, such as 2026-06-14',
  '^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9]\\.[0-9]{3}Z$':
    'must be an instant in UTC with milliseconds, such as 2026-06-14T10:20:00.000Z',
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}\\.[0-9]{3})?Z)?$':
    'must be a day, a minute or an instant in UTC, such as 2026-06-14, 2026-06-14T10:20Z or 2026-06-14T10:20:00.000Z',
  '^[+-][0-9]{2}:[0-9]{2}$': 'must be a distance from UTC, such as +08:00',
  '^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$': 'must be a year, a month or a day, such as 2026, 2026-06 or 2026-06-14',
  '^[A-Z]{2}$': `must be ${COUNTRY}, such as CN`,
  '^(?:\\*|-?[A-Z]{2})$': `must be * for everywhere, or ${COUNTRY}, such as CN, or -CN for all but this one`,
  '^(?:\\*|[A-Z]{2}(?:,[A-Z]{2}){0,30})$':
    'must be * for everywhere, or countries in two capital letters, such as CN,US',
  '^-?(?:0|[1-9][0-9]*)\\.[0-9]+$': 'must be a whole number, or a decimal as a string, such as "12.5"',
  '^[a-z0-9][a-z0-9._-]{0,63}$':
    'must be the name of a series: up to 64 lower-case letters, digits, dots, hyphens or underscores, such as us.burns',
  '^https?://[^\\s<>"]+$':
    'must be an address that begins with https:// or http://, such as https://example.org/report',
  '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$':
    'must be an Ed25519 public key, 32 bytes in base64url: 43 letters, digits, hyphens or underscores',
  '^[A-Za-z0-9_-]{43}$': 'must be 32 bytes in base64url: 43 letters, digits, hyphens or underscores',
  '^[A-Za-z0-9_-]{20,400}$': 'must be the code as it was handed over: letters, digits, hyphens and underscores',
  '^[A-Za-z0-9_-]{20,16384}$': 'must be a disclosure in base64url, byte for byte as it was sealed',
  '^ap_[0-9a-zA-Z_-]{8,60}$': 'must be the id of an approval, which begins with ap_',
  '^(?:0|[1-9][0-9]{0,15})$': SIZE,
  '^(0|[1-9][0-9]{0,15})$': SIZE,
  '^[0-9]{1,16}$': SIZE,
  '^[1-9][0-9]{0,2}$': PAGE,
  '^/[!-~]{1,200}$': 'must be a path that begins with a slash, such as /admin/v1/crises',
  '^/': 'must be the place of a text in the entry, beginning with a slash, such as /text/en',
  '^(ledger|(brand|crisis|points):[A-Za-z0-9-]{1,64})$':
    'must be the name of a stream: ledger, or brand:, crisis: or points: and a name, such as crisis:CR-7K2M9QPD',
}

const SHOWN_CHARACTERS = 400
const NONE_OF_THE_WORDS = 'is none of the words that are allowed here; /docs lists them'

/** What the value must be instead: a half-sentence that follows the name of the field. */
export function wordsOf({ keyword, params, message = 'is not as described; /docs shows the form' }: Fault): string {
  const { pattern, allowedValue, allowedValues, limit } = (params ?? {}) as Record<string, unknown>
  if (keyword === 'pattern') return FORMS[String(pattern)] ?? 'is not written as it should be; /docs shows the form'
  if (keyword === 'format') return 'must be a day and a time that exist, such as 2026-06-14T10:20:00.000Z'
  if (keyword === 'const') return `must be ${JSON.stringify(allowedValue)}`
  if (keyword === 'enum') {
    const words = Array.isArray(allowedValues) ? `must be one of ${allowedValues.join(', ')}` : ''
    return words !== '' && words.length <= SHOWN_CHARACTERS ? words : NONE_OF_THE_WORDS
  }
  if (keyword === 'anyOf' || keyword === 'oneOf')
    return 'is in none of the forms that are allowed here; /docs shows them'
  if (keyword === 'boolean') return 'is nothing that this request can say; leave it out, or look at /docs'
  if (keyword === 'maxLength') return `must have at most ${String(limit)} characters`
  if (keyword === 'minLength' && limit === 1) return 'must not be empty'
  return message
}

/** The faults of a value, without those of alternatives that the value plainly does not choose. */
export function tellingFaults(found: Iterable<Fault>): Fault[] {
  const faults = [...found]
  const choices = faults.filter(isOfChoice)
  const unmeant = new Set(choices.map(branchOf))
  const meant = faults.filter((fault) => !isInAny(unmeant, fault))
  const [choice] = choices
  if (choice === undefined || meant.some(({ keyword }) => keyword !== 'anyOf')) return meant
  // It chooses none. The compiler stops at a few faults, so what may be chosen is not all among them.
  return [{ ...choice, keyword: 'enum', params: {} }]
}

/** A union is told apart by a member that is a constant: `by`, for instance. */
function isOfChoice({ keyword, schemaPath = '' }: Fault): boolean {
  return keyword === 'const' && /\/anyOf\/\d+\/properties\/[^/]+$/.test(schemaPath)
}

/** The innermost alternative that a fault belongs to, at its place in the value. */
function branchOf({ schemaPath = '', instancePath }: Fault): string {
  return `${instancePath.replace(/\/[^/]*$/, '')} ${schemaPath.replace(/\/properties\/[^/]+$/, '')}`
}

function isInAny(branches: ReadonlySet<string>, { schemaPath = '', instancePath }: Fault): boolean {
  return [...branches].some((branch) => {
    const [place = '', path = ''] = branch.split(' ')
    return instancePath.startsWith(place) && (schemaPath === path || schemaPath.startsWith(`${path}/`))
  })
}
