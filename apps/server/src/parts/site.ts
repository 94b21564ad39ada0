import type { Database } from '../database.ts'
import { loadSite, type SiteSnapshot, watchSite } from '../netboot/site-snapshot.ts'
import type { Given } from './given.ts'

export interface SiteAtHand extends SiteSnapshot {
  /** whether this site boots over HTTPS and over nothing else */
  httpsOnly: () => boolean
}

/** The site's settings and its netboot gate in memory, where packets are answered without asking the database. */
export async function startSite(
  { log, database }: Given & { database: Database },
  ends: AsyncDisposableStack,
): Promise<SiteAtHand> {
  const snapshot = ends.use(await watchSite({ load: () => loadSite(database.registry.db), log }))
  const httpsOnly = () => snapshot.site().https && snapshot.site().plainHttp === 'refused'
  return { ...snapshot, httpsOnly }
}
