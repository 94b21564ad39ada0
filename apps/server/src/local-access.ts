import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Db, replaceLocalKey } from '@eims/registry'

/**
 * Root on the server's own machine needs no key: `local.json` in the data directory (mode 0600) holds an address and
 * a key that is made anew at every start.
 */
export async function writeLocalAccess(
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
