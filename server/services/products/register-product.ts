/**
 * Registering products and their batches. A GTIN belongs to one brand, for ever (A1). Names and labels are public for
 * ever, since other streams repeat them; a note is free text, and so can be erased.
 */
import type { JsonObject } from '../../../ledger/json.ts'
import type { LocalizedName } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf, mustHaveBrand } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Redactable } from '../log/command.ts'

export type NewProduct = {
  /** 14 digits. */
  readonly gtin: string
  readonly name: LocalizedName
  readonly category?: string
  readonly note?: string
}
export type NewBatch = {
  readonly lot: string
  readonly label?: { readonly 'zh-CN'?: string; readonly en?: string }
  readonly note?: string
}

/** A command that registers a product of a brand. */
export function registerProduct(request: Request, slug: string, product: NewProduct): Command {
  const { gtin, name, note, ...rest } = product
  return commandOf(request, {
    needs: { brands: [slug], products: [gtin] },
    judge(snapshot) {
      mustHaveBrand(snapshot, slug)
      if (snapshot.product(gtin) !== undefined) {
        throw new AppError('product_exists', `The product ${gtin} is on record already.`)
      }
      const data: JsonObject = { gtin, name: { ...name }, ...rest }
      const actor = actorOf(request.admin)
      return [
        { type: 'product.registered', stream: `brand:${slug}`, brand: slug, actor, data, redactable: ofNote(note) },
      ]
    },
    answer: answerWith(0, { gtin }),
  })
}

/** A command that registers a batch of a product of this brand. */
export function registerBatch(request: Request, slug: string, gtin: string, batch: NewBatch): Command {
  const { lot, label, note } = batch
  return commandOf(request, {
    needs: { brands: [slug], products: [gtin], batches: [{ gtin, lot }] },
    judge(snapshot) {
      if (snapshot.product(gtin)?.brand !== slug) throw new AppError('not_found', 'There is no such product.')
      if (snapshot.batch(gtin, lot) !== undefined) {
        throw new AppError('batch_exists', `The batch ${lot} of ${gtin} is on record already.`)
      }
      const data: JsonObject = { gtin, lot, ...(label === undefined ? {} : { label: { ...label } }) }
      const actor = actorOf(request.admin)
      return [{ type: 'batch.registered', stream: `brand:${slug}`, brand: slug, actor, data, redactable: ofNote(note) }]
    },
    answer: answerWith(0, { gtin, lot }),
  })
}

function ofNote(note: string | undefined): Redactable[] {
  return note === undefined ? [] : [{ name: '/note', value: note }]
}
