/**
 * Opening a crisis, live or reconstructed. Its first entry repeats the names of brand, products and batches, so that the
 * stream tells its story without anything from outside (ledger/README.md, part 18); the mode never changes (part 19).
 */
import { randomInt } from 'node:crypto'
import type { JsonObject, JsonValue } from '../../../ledger/json.ts'
import type { CRISIS_TYPES, Language, LocalizedName, Party, PartyKind, SEVERITIES } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import { calendarChecks, openingClocks } from '../clocks/clock-terms.ts'
import { actorOf, answerWith, commandOf, mustHaveBrand } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Snapshot } from '../log/command.ts'
import { mustBeFreeId } from './milestone-guards.ts'

export type NewCrisis = {
  readonly brand: string
  readonly mode: 'live' | 'reconstructed'
  readonly title: LocalizedName
  readonly original: Language
  readonly type: (typeof CRISIS_TYPES)[number]
  readonly severity: (typeof SEVERITIES)[number]
  readonly safety: boolean
  readonly ownerRole?: string
  readonly classifiedBy?: string
  readonly products: readonly { readonly gtin: string; readonly batches?: readonly string[] }[]
  readonly parties: readonly Party[]
  readonly recorder?: { readonly kind: PartyKind; readonly name: LocalizedName }
  readonly modeNote?: LocalizedName
}

const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LENGTH = 8

/** Whether a text is the code of a crisis, such as CR-7K2M9QPD. */
export function isCrisisCode(text: string): boolean {
  return /^CR-[2-9A-HJKMNP-TV-Z]{8}$/.test(text)
}

/** A new code. Letters that look like digits are left out, because codes are read aloud and typed. */
function newCrisisCode(): string {
  let code = 'CR-'
  for (let i = 0; i < CODE_LENGTH; i++) code += CODE_ALPHABET.charAt(randomInt(CODE_ALPHABET.length))
  return code
}

/** A command that opens a crisis of a brand under a code. */
export function openCrisis(request: Request, sent: NewCrisis, code: string = newCrisisCode()): Command {
  const { modeNote, ...crisis } = sent
  const { brand, products } = crisis
  const notes = Object.entries<string>(modeNote ?? {})
  const redactable = notes.map(([language, value]) => ({ name: `/modeNote/${language}`, value }))
  const actor = actorOf(request.admin)
  const stream = `crisis:${code}`
  return commandOf(request, {
    draws: 'the code of the crisis',
    needs: {
      brands: [brand],
      crises: [code],
      products: products.map(({ gtin }) => gtin),
      batches: products.flatMap(({ gtin, batches = [] }) => batches.map((lot) => ({ gtin, lot }))),
    },
    judge(snapshot, recordedAt) {
      mustHaveBrand(snapshot, brand)
      if (snapshot.crisis(code) !== undefined) throw new AppError('busy', 'Please send the request again.')
      mustBeConsistent(crisis)
      const clocks = clocksOf(snapshot, crisis, recordedAt)
      request.checks?.push(...calendarChecks(clocks))
      const data = { ...openedData(snapshot, crisis, code), ...clocks }
      return [
        { type: 'stream.opened', stream: `brand:${brand}`, brand, actor, data: { opens: stream, code } },
        { type: 'crisis.opened', stream, brand, actor, data, redactable },
      ]
    },
    answer: answerWith(1, { code }),
  })
}

function mustBeConsistent({ mode, recorder, parties, classifiedBy }: NewCrisis): void {
  if (mode === 'reconstructed' && recorder === undefined) {
    throw new AppError('recorder_missing', 'A reconstructed record must say who recorded it: send recorder.')
  }
  const ids = parties.map(({ id }) => id)
  for (const id of ids) mustBeFreeId(id)
  const twice = ids.find((id, position) => ids.indexOf(id) !== position)
  if (twice !== undefined) throw new AppError('party_exists', `The party ${twice} is named twice.`)
  if (classifiedBy !== undefined && !ids.includes(classifiedBy)) {
    throw new AppError('party_unknown', `classifiedBy names ${classifiedBy}, which is not among the parties.`)
  }
}

/** A live crisis opens with its clocks running; a reconstructed one has none (CL1). */
function clocksOf(snapshot: Snapshot, { brand, mode, severity }: NewCrisis, recordedAt: string): JsonObject {
  const row = snapshot.brand(brand)
  return mode === 'live' && row !== undefined ? openingClocks(row, severity, recordedAt) : {}
}

function openedData(snapshot: Snapshot, crisis: NewCrisis, code: string): JsonObject {
  const { brand, products, ...members } = crisis
  const named = products.map(({ gtin, batches = [] }): JsonValue => {
    const product = snapshot.product(gtin)
    if (product?.brand !== brand) {
      throw new AppError('product_unknown', `The brand has no product ${gtin}; register it first.`, { gtin })
    }
    return { gtin, name: product.name, batches: batches.map((lot) => namedBatch(snapshot, gtin, lot)) }
  })
  // Copied member by member, because what is recorded must be plain JSON and nothing of the request object.
  const copied = structuredClone(members) as unknown as JsonObject
  return { ...copied, code, brandName: snapshot.brand(brand)?.name ?? {}, products: named }
}

/** A batch with its label, as the brand registered it. */
export function namedBatch(snapshot: Snapshot, gtin: string, lot: string): JsonObject {
  const batch = snapshot.batch(gtin, lot)
  if (batch === undefined) {
    throw new AppError('batch_unknown', `The batch ${lot} of ${gtin} is not on record; register it first.`, {
      gtin,
      lot,
    })
  }
  return { lot, ...(batch.label === null ? {} : { label: batch.label }) }
}
