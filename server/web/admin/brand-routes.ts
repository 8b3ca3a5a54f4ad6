/** Brands, their products and batches. */
import { AppError } from '../../errors.ts'
import { openBrand } from '../../services/brands/open-brand.ts'
import { retireProductCode } from '../../services/products/retire-code.ts'
import { registerBatch, registerProduct } from '../../services/products/register-product.ts'
import { OPERATORS, READERS, WRITERS } from './access.ts'
import type { Access } from './access.ts'
import type { AdminParts } from './admin-routes.ts'
import { readGtin } from './milestone-body.ts'
import { limitOf } from './paging.ts'
import { answerAppend } from './requests.ts'
import { reads, writes } from './route-schema.ts'
import {
  BatchBody,
  BrandBody,
  BrandRead,
  GtinParams,
  PageQuery,
  ProductBody,
  ProductRead,
  RetiredCodeBody,
  SlugParams,
  pageOf,
} from './schemas.ts'
import { parseGtin } from '../../gs1/gtin.ts'

export const ofBrand = (roles: Access['roles']): { access: Access } => ({
  access: { roles, ownerOf: ({ params }) => (params as { slug: string }).slug },
})
const ofProduct = (roles: Access['roles']): { access: Access } => ({
  access: {
    roles,
    ownerOf: ({ params }, directory) => directory.brandOfProduct(parseGtin((params as { gtin: string }).gtin) ?? ''),
  },
})

export function brandRoutes({ app, appender, questions, directory, requests }: AdminParts): void {
  app.post(
    '/brands',
    { config: { access: { roles: OPERATORS } }, schema: writes('brands', 'Open a brand', { body: BrandBody }) },
    async (request, reply) => {
      const command = openBrand(requests.of(request), request.body)
      return await answerAppend(appender, command, reply)
    },
  )

  app.get(
    '/brands',
    {
      config: { access: { roles: READERS } },
      schema: reads('brands', 'Brands that this key may see', { querystring: PageQuery }, pageOf('brands', BrandRead)),
    },
    async ({ admin, query }) => await questions.listBrands(admin, query.after, limitOf(query.limit)),
  )

  app.get(
    '/brands/:slug',
    {
      config: ofBrand(READERS),
      schema: reads('brands', 'A brand', { params: SlugParams }, BrandRead),
    },
    async ({ params }) => (await questions.findBrand(params.slug)) ?? notFound('brand'),
  )

  app.post(
    '/brands/:slug/products',
    {
      config: ofBrand(WRITERS),
      schema: writes('products', 'Register a product', { params: SlugParams, body: ProductBody }),
    },
    async (request, reply) => {
      const product = { ...request.body, gtin: readGtin(request.body.gtin, '/gtin') }
      const command = registerProduct(requests.of(request), request.params.slug, product)
      return await answerAppend(appender, command, reply)
    },
  )

  app.post(
    '/brands/:slug/retired-codes',
    {
      config: ofBrand(WRITERS),
      schema: writes('products', 'Point the code of a product or batch to another', {
        params: SlugParams,
        body: RetiredCodeBody,
      }),
    },
    async (request, reply) => {
      const { gtin, to, ...lot } = request.body
      const from = { ...lot, gtin: readGtin(gtin, '/gtin') }
      const target = { ...to, gtin: readGtin(to.gtin, '/to/gtin') }
      const command = retireProductCode(requests.of(request), request.params.slug, from, target)
      return await answerAppend(appender, command, reply)
    },
  )

  app.get(
    '/brands/:slug/products',
    {
      config: ofBrand(READERS),
      schema: reads(
        'products',
        'Products of a brand',
        { params: SlugParams, querystring: PageQuery },
        pageOf('products', ProductRead),
      ),
    },
    async ({ params, query }) => await questions.listProducts(params.slug, query.after, limitOf(query.limit)),
  )

  app.get(
    '/products/:gtin',
    {
      config: ofProduct(READERS),
      schema: reads('products', 'A product with its batches', { params: GtinParams }, ProductRead),
    },
    async ({ params }) => (await questions.findProduct(readGtin(params.gtin, '/gtin'))) ?? notFound('product'),
  )

  app.post(
    '/products/:gtin/batches',
    {
      config: ofProduct(WRITERS),
      schema: writes('products', 'Register a batch of a product', { params: GtinParams, body: BatchBody }),
    },
    async (request, reply) => {
      const identity = requests.of(request)
      const gtin = readGtin(request.params.gtin, '/gtin')
      const brand = (await directory.brandOfProduct(gtin)) ?? notFound('product')
      return await answerAppend(appender, registerBatch(identity, brand, gtin, request.body), reply)
    },
  )
}

export function notFound(thing: string): never {
  throw new AppError('not_found', `There is no such ${thing}.`)
}
