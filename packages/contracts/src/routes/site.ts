import { Counters } from '../counters.ts'
import { Site, SitePatch } from '../site.ts'
import { define } from './shape.ts'

export const siteRoutes = define({
  getSite: {
    method: 'GET',
    path: '/api/v1/site',
    listener: 'admin',
    role: 'viewer',
    summary: 'The site’s settings',
    reply: Site,
  },
  patchSite: {
    method: 'PATCH',
    path: '/api/v1/site',
    listener: 'admin',
    role: 'admin',
    summary: 'Change the site’s settings',
    body: SitePatch,
    reply: Site,
  },
  counters: {
    method: 'GET',
    path: '/api/v1/counters',
    listener: 'admin',
    role: 'viewer',
    summary: 'What this server’s boot services did since it started, by interface and protocol',
    operationId: 'getCounters',
    reply: Counters,
  },
})
