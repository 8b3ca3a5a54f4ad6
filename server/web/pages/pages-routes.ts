/** The public HTML side as one plugin: assets, pages, codes, files; and the error page for the one error handler. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Problem } from '../error-handler.ts'
import { assetRoutes, buildAssets } from './assets.ts'
import { brandPages } from './brand-page.ts'
import type { PagesDeps } from './deps.ts'
import { feedRoutes } from './feed-routes.ts'
import { fileRoutes } from './file-routes.ts'
import { holderPages } from './holder-pages.ts'
import type { Site } from './page-context.ts'
import { renderPreview } from './preview.ts'
import type { RenderPreview } from './preview.ts'
import { pointsPages } from './points-pages.ts'
import { ProgrammeStories } from './programme-stories.ts'
import { PublicRecords } from './public-records.ts'
import { recordPages } from './record-pages.ts'
import { registerPages } from './register-pages.ts'
import { compileTemplates } from './render.ts'
import { buildSingleFiles } from './single-file.ts'
import { errorPage, sitePages } from './site-pages.ts'
import { withdrawalPages } from './withdrawal-pages.ts'

export type Pages = {
  /** What the pages of programmes remember, for the API that tells the same. */
  stories: ProgrammeStories
  routes: FastifyPluginAsync
  /** For `registerErrorHandler`. */
  errorPage: (request: FastifyRequest, problem: Problem) => string
  /** The page as it would be after a write. */
  renderPreview: RenderPreview
}

/** Links are put together by hand and by messengers: of a member that is said twice a page takes the first. */
async function takeFirstMembers({ query }: FastifyRequest): Promise<void> {
  const members = query as Record<string, unknown>
  for (const [name, value] of Object.entries(members)) if (Array.isArray(value)) members[name] = value[0]
}

/**
 * Compiles templates and scripts, which takes about a second, once for the life of the service, and puts on record the
 * checking program that it will hand out.
 */
export async function openPages(deps: PagesDeps): Promise<Pages> {
  const assets = await buildAssets()
  const templates = compileTemplates()
  const singleFiles = buildSingleFiles(templates, assets)
  const site: Site = {
    deps,
    assets,
    templates,
    singleFiles,
    verifierEntries: await deps.recordVerifierFiles(Object.values(singleFiles)),
    stories: new ProgrammeStories(deps.programmes),
    records: new PublicRecords(deps.publicEntries, async (indexes) => await deps.programmes.texts(indexes)),
  }
  return {
    stories: site.stories,
    routes: async (app) => {
      app.addHook('preValidation', takeFirstMembers)
      assetRoutes(app, site.assets)
      sitePages(app, site)
      recordPages(app, site)
      brandPages(app, site)
      pointsPages(app, site)
      holderPages(app, site)
      fileRoutes(app, site)
      feedRoutes(app, site)
      if (deps.withdraw !== undefined) withdrawalPages(app, site, { withdraw: deps.withdraw })
      if (deps.readRegister !== undefined) registerPages(app, site, { readRegister: deps.readRegister })
    },
    errorPage: (request, problem) => errorPage(site, request, problem),
    renderPreview: async (dryRun) => await renderPreview(site, dryRun),
  }
}
