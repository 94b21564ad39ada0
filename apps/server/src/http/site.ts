import { audit, getSite, patchSite, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

export interface SiteRoutes {
  registry: Registry
  /** called after a change, so that the boot services take it over */
  onChange: () => Promise<void>
}

export function siteRoutes(app: FastifyInstance, { registry, onChange }: SiteRoutes): void {
  serve(app, 'getSite', () => getSite(registry.db))
  serve(app, 'patchSite', async ({ body, request }) => {
    const site = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'site')
      const before = await getSite(tx)
      const after = await patchSite(tx, body)
      await audit(tx, { actor: request.actor, action: 'site.change', subject: after.name, before, after })
      return after
    })
    await onChange()
    return site
  })
}
