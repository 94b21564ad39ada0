import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry } from './cpio.ts'

/** Files of a folder that is laid out as /lib/firmware, for the archive; symbolic links become what they point to. */
export async function firmwareEntries(folder: string): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const name of await fileNames(folder)) {
    entries.push({ path: `lib/firmware/${name}`, kind: 'file', bytes: await readFile(join(folder, name)) })
  }
  return entries
}

/** One digest (SHA-256, hex) of all names and contents, or `none` without a folder. */
export async function firmwareDigest(folder: string | undefined): Promise<string> {
  if (folder === undefined) return 'none'
  const hash = createHash('sha256')
  for (const name of await fileNames(folder)) {
    const bytes = await readFile(join(folder, name))
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

async function fileNames(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new Error(`cannot read the firmware folder ${folder}`, { cause })
  })
  const files: string[] = []
  for (const name of all.sort()) if ((await stat(join(folder, name))).isFile()) files.push(name)
  return files
}
