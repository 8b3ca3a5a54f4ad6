/**
 * Retiring a code that was printed: a batch number that was misprinted, a product under a new number, an incident that
 * goes on under another code. The old code keeps its page and all that is on record there (G29); the entry only says where
 * the newer one leads. A mistake is corrected like any other entry.
 */
import type { JsonObject } from '../../../ledger/json.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf, mustHaveBrand } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command, Snapshot } from '../log/command.ts'

/** What a product's code says. `gtin`: 14 digits. */
export type ProductCode = { readonly gtin: string; readonly lot?: string }

/**
 * A command that points the code of a product or batch of this brand to another one. The old batch need not be on record:
 * it may never have been more than a misprint.
 *
 * @throws AppError (judging) not_found, product_unknown, batch_unknown, code_to_itself
 */
export function retireProductCode(request: Request, slug: string, from: ProductCode, to: ProductCode): Command {
  const batches = to.lot === undefined ? [] : [{ gtin: to.gtin, lot: to.lot }]
  return commandOf(request, {
    needs: { brands: [slug], products: [from.gtin, to.gtin], batches },
    judge(snapshot) {
      mustHaveBrand(snapshot, slug)
      mustHaveProduct(snapshot, slug, from.gtin)
      mustHaveProduct(snapshot, slug, to.gtin)
      if (to.lot !== undefined && snapshot.batch(to.gtin, to.lot) === undefined) {
        throw new AppError('batch_unknown', `There is no batch ${to.lot} of ${to.gtin}; register it first.`)
      }
      if (from.gtin === to.gtin && from.lot === to.lot) throw toItself()
      const data: JsonObject = { ...from, to: { ...to } }
      return [{ type: 'code.retired', stream: `brand:${slug}`, brand: slug, actor: actorOf(request.admin), data }]
    },
    answer: answerWith(0),
  })
}

/**
 * A command that says that an incident goes on under another code of the same brand.
 *
 * @throws AppError (judging) not_found, crisis_unknown, code_to_itself
 */
export function retireCrisisCode(request: Request, code: string, to: string): Command {
  return commandOf(request, {
    needs: { crises: [code, to] },
    judge(snapshot) {
      const brand = snapshot.crisis(code)?.brand
      if (brand === undefined) throw new AppError('not_found', 'There is no such crisis.')
      if (snapshot.crisis(to)?.brand !== brand) {
        throw new AppError('crisis_unknown', `The brand has no crisis ${to}; open it first.`)
      }
      if (code === to) throw toItself()
      return [{ type: 'code.retired', stream: `crisis:${code}`, brand, actor: actorOf(request.admin), data: { to } }]
    },
    answer: answerWith(0),
  })
}

function mustHaveProduct(snapshot: Snapshot, slug: string, gtin: string): void {
  if (snapshot.product(gtin)?.brand === slug) return
  throw new AppError('product_unknown', `The brand has no product ${gtin}; register it first.`, { gtin })
}

function toItself(): AppError {
  return new AppError('code_to_itself', 'A code is not retired in favour of itself; name the newer one.')
}
