/**
 * The admin API, `/admin/v1`: everything that staff and operators do. Every write is one command for the sequencer;
 * routes check who asks and what the request looks like, services judge whether it may be.
 */
import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { AdminQuestions } from '../../services/admin-questions.ts'
import type { Approvals } from '../../services/crises/approvals.ts'
import type { Directory } from '../../services/directory.ts'
import type { EvidenceStore } from '../../services/evidence/evidence-store.ts'
import type { KeyRing } from '../../services/keys/key-ring.ts'
import type { Appender } from '../../services/log/command.ts'
import type { RenderPreview } from '../pages/preview.ts'
import { approvalRoutes } from './approval-routes.ts'
import { registerAccess } from './access.ts'
import { auditRoutes } from './audit-routes.ts'
import { ballotRoutes } from './ballot-routes.ts'
import { brandRoutes } from './brand-routes.ts'
import { clockRoutes } from './clock-routes.ts'
import { commitmentRoutes } from './commitment-routes.ts'
import { crisisRoutes } from './crisis-routes.ts'
import { registerDocs } from './docs.ts'
import { DryRunAppender } from './dry-run.ts'
import { EntrySignatures, registerEntrySignatures } from './entry-signature.ts'
import { evidenceRoutes } from './evidence-routes.ts'
import { grantFileRoutes } from './grant-file-routes.ts'
import { grantRoutes } from './grant-routes.ts'
import { holderRoutes } from './holder-routes.ts'
import { keyRoutes } from './key-routes.ts'
import { programmeRoutes } from './programme-routes.ts'
import { proposalRoutes } from './proposal-routes.ts'
import { redactionRoutes } from './redaction-routes.ts'
import { Requests, registerJsonBodies } from './requests.ts'
import type { BodyHmac } from './requests.ts'
import { rewardRoutes } from './reward-routes.ts'
import { roleRoutes } from './role-routes.ts'
import { registerSecondLook } from './second-look.ts'
import { sealRoutes } from './seal-routes.ts'
import { validatorCompiler } from './validation.ts'

export type AdminDeps = {
  sequencer: Appender
  questions: AdminQuestions
  directory: Directory
  keys: KeyRing
  evidence: EvidenceStore
  approvals: Approvals
  /** Of the log's signer: the same in all instances. */
  bodyHmac: BodyHmac
  /** Shows what a dry run would change; absent where no pages are served. */
  renderPreview?: RenderPreview
  /** What addresses that we hand out begin with; absent: they begin with a slash. */
  publicUrl?: string
}

/** What the parts of the API share. */
export type AdminParts = {
  app: AdminApp
  appender: Appender
  questions: AdminQuestions
  directory: Directory
  evidence: EvidenceStore
  keys: KeyRing
  approvals: Approvals
  requests: Requests
  signatures: EntrySignatures
  publicUrl: string
}

export type AdminApp = ReturnType<typeof typed>

export async function adminRoutes(app: FastifyInstance, deps: AdminDeps): Promise<void> {
  const { sequencer, questions, directory, keys, evidence, approvals, bodyHmac, renderPreview, publicUrl = '' } = deps
  await registerDocs(app)
  await app.register(
    async (scope) => {
      scope.setValidatorCompiler(validatorCompiler)
      keepFromCaches(scope)
      registerJsonBodies(scope)
      registerAccess(scope, keys, directory)
      registerSecondLook(scope)
      const signatures = new EntrySignatures(bodyHmac)
      registerEntrySignatures(scope, signatures)
      const parts: AdminParts = {
        app: typed(scope),
        appender: new DryRunAppender(sequencer, renderPreview),
        questions,
        directory,
        evidence,
        keys,
        approvals,
        requests: new Requests(bodyHmac),
        signatures,
        publicUrl,
      }
      brandRoutes(parts)
      crisisRoutes(parts)
      commitmentRoutes(parts)
      clockRoutes(parts)
      roleRoutes(parts)
      approvalRoutes(parts)
      keyRoutes(parts)
      redactionRoutes(parts)
      sealRoutes(parts)
      auditRoutes(parts)
      programmeRoutes(parts)
      holderRoutes(parts)
      grantRoutes(parts)
      rewardRoutes(parts)
      proposalRoutes(parts)
      ballotRoutes(parts)
      await grantFileRoutes(parts)
      await evidenceRoutes(parts)
    },
    { prefix: '/admin/v1' },
  )
}

/** What one key may read is for nobody else. Answers to a POST are kept by no cache anyway. */
function keepFromCaches(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    if (route.method === 'POST') return
    route.preHandler = (_request, reply, done) => {
      reply.header('cache-control', 'no-store')
      done()
    }
  })
}

function typed(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>()
}
