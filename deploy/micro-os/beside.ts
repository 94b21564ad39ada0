import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ABANDONED_AFTER, sha256OfFile, writeWhole } from './cache.ts'

/**
 * Puts files that are named by their SHA-256 into a folder, and takes out what is wanted no more. Several may do so at once: what is
 * there and whole is left alone, and so is what another one is still writing.
 * @param from  the folder that has the wanted ones
 * @param kept  digests that stay beside those, if they are there
 */
export async function placeBeside(from: string, folder: string, wanted: string[], kept: string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const digest of wanted)
    if ((await sha256OfFile(join(folder, digest)).catch(() => null)) !== digest)
      await writeWhole(join(folder, digest), await readFile(join(from, digest)))
  const stays = new Set([...wanted, ...kept])
  for (const name of await readdir(folder))
    if (!stays.has(name) && !(name.startsWith('.') && (await isRecent(join(folder, name)))))
      await rm(join(folder, name), { recursive: true, force: true })
}

/** One that is gone meanwhile is nobody's to remove. */
const isRecent = async (path: string): Promise<boolean> =>
  Date.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? Date.now()) < ABANDONED_AFTER
