import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** This server's id among those of a fleet: made at the first start, kept in its data directory. */
export async function serverIdOf(dataDir: string): Promise<string> {
  const path = join(dataDir, 'server-id')
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (/^[0-9a-f-]{36}$/.test(kept.trim())) return kept.trim()
  const id = randomUUID()
  await writeFile(`${path}.new`, `${id}\n`)
  await rename(`${path}.new`, path)
  return id
}
