import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const KEPT_ENTRIES = 4
/** What a killed builder left behind is removed after this; milliseconds. */
export const ABANDONED_AFTER = 6 * 3600 * 1000

/**
 * A folder of results by key. An entry appears whole or not at all, so several builders may work at once;
 * the one that comes second uses what the first one made. The oldest entries beyond a few are removed.
 *
 * @param make writes the result's files into the empty folder it is given
 * @returns the entry's folder
 */
export async function cached(folder: string, key: string, make: (into: string) => Promise<void>): Promise<string> {
  const entry = join(folder, key)
  await mkdir(folder, { recursive: true })
  if ((await stat(entry).catch(() => undefined)) === undefined) {
    const temporary = await mkdtemp(join(folder, '.making-'))
    try {
      await make(temporary)
      await rename(temporary, entry).catch(async (cause: unknown) => {
        if ((await stat(entry).catch(() => undefined)) === undefined) throw cause
      })
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
  }
  const now = new Date()
  await utimes(entry, now, now)
  await removeOldest(folder)
  return entry
}

/** A key from named ingredients: any change of a name or a value changes it. */
export function cacheKey(ingredients: Readonly<Record<string, string>>): string {
  const lines = Object.entries(ingredients).map(([name, value]) => JSON.stringify([name, value]))
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

/** Writes a file whole or not at all; readers never see half of it. */
export async function writeWhole(file: string, bytes: Buffer | string): Promise<void> {
  const temporary = await mkdtemp(join(dirname(file), '.writing-'))
  try {
    await writeFile(join(temporary, 'file'), bytes)
    await rename(join(temporary, 'file'), file)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** SHA-256 of bytes in hex. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** SHA-256 of a file in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  return sha256(await readFile(file))
}

async function removeOldest(folder: string): Promise<void> {
  const dated = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const used = (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0
      return { name, used, unfinished: name.startsWith('.') }
    }),
  )
  const entries = dated.filter(({ unfinished }) => !unfinished).sort((a, b) => b.used - a.used)
  const abandoned = dated.filter(({ unfinished, used }) => unfinished && Date.now() - used > ABANDONED_AFTER)
  for (const { name } of [...entries.slice(KEPT_ENTRIES), ...abandoned]) {
    await rm(join(folder, name), { recursive: true, force: true })
  }
}
