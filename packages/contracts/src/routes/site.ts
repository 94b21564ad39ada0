import { Board, BoardQuery } from '../board.ts'
import { Counters } from '../counters.ts'
import { Overview } from '../overview.ts'
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
  overview: {
    method: 'GET',
    path: '/api/v1/overview',
    listener: 'admin',
    role: 'viewer',
    summary: 'How many machines run, wait, failed and are unknown, how fast it goes, and what holds it up',
    operationId: 'getOverview',
    reply: Overview,
  },
  getBoard: {
    method: 'GET',
    path: '/api/v1/board',
    listener: 'admin',
    role: 'board',
    summary:
      'What a screen on the wall shows: who needs a person, how far it is, how fast it goes, and when it is done',
    query: BoardQuery,
    reply: Board,
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
