/** `/docs`: the OpenAPI 3.1 description of the admin API, to read and to try out. */
import type { FastifyInstance } from 'fastify'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { shareSchemas } from './docs-document.ts'
import { ADMIN_STATUS_OF_CODE } from './refusals.ts'

const codes = Object.entries(ADMIN_STATUS_OF_CODE)
  .map(([code, status]) => `| \`${code}\` | ${status} |`)
  .join('\n')

const DESCRIPTION = `Everything that staff and operators of the ledger do.

Every request carries \`Authorization: Bearer <admin key>\`, every POST also \`Idempotency-Key\`. A write is answered 201
once it is durable, in the tree and under a signed checkpoint. Refusals are RFC 9457 problem documents with a stable
\`code\`; nothing was written then.

| code | status |
| --- | --- |
${codes}`

/** Registers the documentation of all routes that are registered after it in this scope. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    transformObject: (document) =>
      'openapiObject' in document ? shareSchemas(document.openapiObject) : document.swaggerObject,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Trust ledger admin API', description: DESCRIPTION, version: '1' },
      components: { securitySchemes: { adminKey: { type: 'http', scheme: 'bearer' } } },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    uiConfig: { deepLinking: true, docExpansion: 'list', validatorUrl: null },
  })
}
