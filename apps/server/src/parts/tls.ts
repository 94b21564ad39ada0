import { networkInterfaces } from 'node:os'
import type { Database } from '../database.ts'
import { namesOf } from '../tls/leaf.ts'
import { openTls, type Tls } from '../tls/open.ts'
import type { Given } from './given.ts'

/** The site's CA, and a certificate for every name and address by which this server is reached. */
export async function startTls(
  { config, segments, hostname, now, log, database }: Given & { database: Database },
  ends: AsyncDisposableStack,
): Promise<Tls> {
  const tls = await openTls({
    db: database.registry.db,
    dataDir: config.dataDir,
    files: config,
    names: () =>
      namesOf(
        segments.map(({ address }) => address),
        networkInterfaces(),
        hostname,
      ),
    now,
    log,
  })
  return ends.use(tls)
}
