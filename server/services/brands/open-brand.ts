/** Opening a brand: its stream is opened in the ledger, and its first entry says who it is. */
import type { JsonObject } from '../../../ledger/json.ts'
import type { LocalizedName } from '../../../ledger/milestone.ts'
import { AppError } from '../../errors.ts'
import { actorOf, answerWith, commandOf } from '../keys/key-commands.ts'
import type { Request } from '../keys/key-commands.ts'
import type { Command } from '../log/command.ts'

export type NewBrand = { readonly slug: string; readonly name: LocalizedName; readonly legalName?: string }

/** A command that opens a brand; its slug must be free. */
export function openBrand(request: Request, brand: NewBrand): Command {
  const { slug, name, legalName } = brand
  const actor = actorOf(request.admin)
  const stream = `brand:${slug}`
  return commandOf(request, {
    needs: { brands: [slug] },
    judge(snapshot) {
      if (snapshot.brand(slug) !== undefined) {
        throw new AppError('brand_exists', `The brand ${slug} is on record already; choose another slug.`)
      }
      const data: JsonObject = { slug, name: { ...name }, ...(legalName === undefined ? {} : { legalName }) }
      return [
        { type: 'stream.opened', stream: 'ledger', actor, data: { opens: stream } },
        { type: 'brand.opened', stream, brand: slug, actor, data },
      ]
    },
    answer: answerWith(1, { slug }),
  })
}
