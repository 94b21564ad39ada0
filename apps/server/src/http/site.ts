import { type Site, withHiddenPassword } from '@eims/contracts'
import { audit, getSite, patchSite, type Registry } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { withStorable } from './config-files.ts'
import { checkIfMatch } from './etag.ts'
import { serve } from './routes.ts'

interface SiteRoutes {
  registry: Registry
  /** called after a change, so that the boot services take it over */
  onChange: () => Promise<void>
}

/** The proxy's password is for machines and administrators; the audit log does without it, too. */
const withoutSecrets = (site: Site): Site => ({
  ...site,
  httpProxy: site.httpProxy && withHiddenPassword(site.httpProxy),
})

export function siteRoutes(app: FastifyInstance, { registry, onChange }: SiteRoutes): void {
  serve(app, 'getSite', async ({ request }) => {
    const site = await getSite(registry.db)
    return request.role === 'admin' ? site : withoutSecrets(site)
  })
  serve(app, 'patchSite', async ({ body, request }) => {
    const site = await registry.transaction(async (tx) => {
      await checkIfMatch(tx, request, 'site')
      const before = await getSite(tx)
      const after = await patchSite(tx, await withStorable(tx, 'site', before.id, body))
      await audit(tx, {
        actor: request.actor,
        action: 'site.change',
        of: after,
        before: withoutSecrets(before),
        after: withoutSecrets(after),
      })
      return after
    })
    await onChange()
    return site
  })
}
