import type { Conflicts, Overview, ServerCounters } from '@eims/contracts'
import { look } from '@eims/image'
import { type Db, siteOverview } from '@eims/registry'
import type { FastifyInstance } from 'fastify'
import { inTime } from '../in-time.ts'
import { briefly } from './briefly.ts'
import { serve } from './routes.ts'

/** Milliseconds that a disk has for an answer; one that hangs is left out. */
const PATIENCE_MS = 750

interface OverviewParts {
  db: Db
  counters: () => ServerCounters
  conflicts: () => Promise<Conflicts>
  /** folders by the name under which their file system is told */
  disks: Readonly<Record<string, string>>
  /** milliseconds; any clock that runs on */
  now: () => number
}

/** `GET /api/v1/overview`: one glance at the site, and at the server that answers. */
export function overviewRoutes(app: FastifyInstance, { db, counters, conflicts, disks, now }: OverviewParts): void {
  const kept = briefly<Overview>(now)
  const take = async (): Promise<Overview> => {
    const [{ strangers, ...site }, { items, more }, ...looked] = await Promise.all([
      siteOverview(db),
      conflicts(),
      ...Object.entries(disks).map(async ([disk, folder]) => {
        const found = await inTime(
          look(folder).catch(() => null),
          PATIENCE_MS,
          null,
        )
        return found ? [{ disk, ...found }] : []
      }),
    ])
    const { server, interfaces } = counters()
    const undecided = { strangers, conflicts: items.filter(({ refused }) => !refused).length + more }
    return { ...site, undecided, server: { name: server.name, interfaces, disks: looked.flat() } }
  }
  serve(app, 'overview', () => kept('', take))
}
