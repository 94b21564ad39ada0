import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of a folder that is laid out as /lib/firmware, by their paths in it; symbolic links become what they point to. */
export async function firmwareFiles(folder: string): Promise<{ name: string; bytes: Buffer }[]> {
  const files: { name: string; bytes: Buffer }[] = []
  for (const name of await fileNames(folder)) files.push({ name, bytes: await readFile(join(folder, name)) })
  return files
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
