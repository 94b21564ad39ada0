import type { ServerRow } from '@eims/registry'
import type { Database } from '../database.ts'
import { startHeartbeat } from '../heartbeat.ts'
import { serverIdOf } from '../server-id.ts'
import { VERSION } from '../version.ts'
import { basesOn, type Given } from './given.ts'

/** This server as one of the site's: the others on the same database know of it from now on. */
export async function announceServer(
  { config, segments, hostname, log, database }: Given & { database: Database },
  ends: AsyncDisposableStack,
): Promise<ServerRow> {
  const id = await serverIdOf(config.dataDir)
  const server = {
    id,
    name: hostname,
    get urls() {
      return segments.map((segment) => basesOn(segment, config).http)
    },
    version: VERSION,
  }
  ends.use(await startHeartbeat({ db: database.registry.db, server, log }))
  return server
}
