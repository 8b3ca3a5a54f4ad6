/** `/docs`: the OpenAPI 3.1 description of the admin API, to read and to try out. */
import type { FastifyInstance } from 'fastify'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { shareSchemas } from './docs-document.ts'
import { ADMIN_STATUS_OF_CODE } from './refusals.ts'

/** `409: brand_exists, product_exists, …`, one line a status. */
const codesByStatus = (): string => {
  const lines = new Map<number, string[]>()
  for (const [code, status] of Object.entries(ADMIN_STATUS_OF_CODE)) {
    lines.set(status, [...(lines.get(status) ?? []), `\`${code}\``])
  }
  return [...lines]
    .toSorted(([a], [b]) => a - b)
    .map(([status, codes]) => `- **${status}**: ${codes.join(', ')}`)
    .join('\n')
}

const DESCRIPTION = `Everything that staff and operators of the ledger do, and what auditors read.

Every request under /admin carries \`Authorization: Bearer <admin key>\`, every POST also \`Idempotency-Key\`. A write is answered 201
once it is durable, in the tree and under a signed checkpoint. Refusals are RFC 9457 problem documents with a stable
\`code\`; nothing was written then.

**Before you press the button:** \`?dryRun=true\` on any POST writes nothing and answers with the checks, the warnings,
the state after it, the entries and the page as it would be, in both languages. Words that weaken a safety notice, what
looks like personal data in a public text, and a safety notice in one language only are refused with
\`warnings_unacknowledged\` until the body says \`acknowledge: [codes]\`.

**To sign what you write:** open a key of the brand with a \`publicKey\` (Ed25519). Send the request with \`?dryRun=true\`, its
\`Idempotency-Key\` and \`Entry-Signature: ?\`; each of your entries comes back with \`toSign\`. Sign these bytes where only you
have the private key, and send the same request for good with \`Entry-Signature: <base64url>\`, one signature for each entry,
separated by commas. Entries that are completed as they are recorded, with due times, a new code or salts that nobody
sees, cannot be signed beforehand.

${codesByStatus()}`

/** Registers the documentation of all routes that are registered after it in this scope. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    transformObject: (document) =>
      'openapiObject' in document ? shareSchemas(document.openapiObject) : document.swaggerObject,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Trust ledger API', description: DESCRIPTION, version: '1' },
      components: {
        securitySchemes: {
          adminKey: { type: 'http', scheme: 'bearer' },
          holderCode: { type: 'http', scheme: 'bearer' },
        },
      },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: false,
    // Without the top bar, which offers to open documents from elsewhere.
    uiConfig: { layout: 'BaseLayout', deepLinking: true, docExpansion: 'list', validatorUrl: null },
  })
}
