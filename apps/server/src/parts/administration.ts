import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Db, replaceLocalKey, type ServerRow } from '@eims/registry'
import { announceDataDirectory } from '../announce.ts'
import type { Database } from '../database.ts'
import { openListener } from '../listen/http.ts'
import type { Tls } from '../tls/open.ts'
import type { Given } from './given.ts'
import type { Http } from './http.ts'

export interface Administration {
  /** on this machine */
  url: string
  /** from other machines; null: not opened */
  httpsUrl: string | null
}

interface Before {
  database: Database
  tls: Tls
  server: ServerRow
  http: Http
}

/** The administrator's listeners: plain HTTP for this machine, TLS for all others, and root's way in without a key. */
export async function serveAdministration(
  { config, segments, log, database, tls, server, http }: Given & Before,
  ends: AsyncDisposableStack,
): Promise<Administration> {
  const { adminPort, adminHttpsPort, dataDir } = config
  ends.use(await openListener(http.app, 'admin', { host: '127.0.0.1', port: adminPort }))
  if (adminHttpsPort !== 0) {
    const place = { host: '0.0.0.0', port: adminHttpsPort }
    ends.use(await openListener(http.app, 'admin', place, { certificate: tls.inUse }))
  }
  const url = `http://127.0.0.1:${adminPort}`
  await writeLocalAccess(database.registry.db, { id: server.id, hostname: server.name }, dataDir, url)
  try {
    ends.use(await announceDataDirectory(dataDir))
  } catch (err) {
    // In a container whose system is read-only, say: the tool finds the usual place anyway, and another one by --data.
    log.debug({ err }, 'where the data are was not left for the tool')
  }
  return { url, httpsUrl: adminHttpsPort === 0 ? null : `https://${segments[0]?.address}:${adminHttpsPort}` }
}

/**
 * Root on the server's own machine needs no key: `local.json` in the data directory (mode 0600) holds an address and
 * a key that is made anew at every start.
 */
async function writeLocalAccess(
  db: Db,
  server: { id: string; hostname: string },
  dataDir: string,
  url: string,
): Promise<void> {
  const { key } = await replaceLocalKey(db, server)
  const path = join(dataDir, 'local.json')
  await writeFile(`${path}.new`, `${JSON.stringify({ url, key })}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
