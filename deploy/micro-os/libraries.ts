import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { neededLibraries } from './elf.ts'

/** A shared library, by the name that programs ask for. */
interface Library {
  readonly name: string
  readonly bytes: Buffer
}

/**
 * Every library that a program needs, directly or through others, out of unpacked packages and never from the host.
 * Sorted by name. Throws when one is in no package.
 */
export async function libraryClosure(
  program: Buffer,
  packagesRoot: string,
  folders: readonly string[],
): Promise<Library[]> {
  const files = new Map<string, string>()
  for (const folder of folders) {
    for (const name of await readdir(join(packagesRoot, folder)).catch(() => [])) {
      if (!files.has(name)) files.set(basename(name), join(packagesRoot, folder, name))
    }
  }
  const found = new Map<string, Buffer>()
  const queue = neededLibraries(program)
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (found.has(name)) continue
    const file = files.get(name)
    if (file === undefined) throw new Error(`library ${name} is in none of the fetched packages`)
    const bytes = await readFile(file)
    found.set(name, bytes)
    queue.push(...neededLibraries(bytes))
  }
  return [...found].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => (a.name < b.name ? -1 : 1))
}
