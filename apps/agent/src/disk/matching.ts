import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Regular files of a mounted file system whose path fits a pattern, in the order of their names; no link is followed. Letters
 * count alike in both cases, as FAT has them.
 * @param pattern parts between slashes; `*` is any part, `*.conf` one that ends so
 * @returns paths below `root`, without a slash in front
 */
export function filesMatching(root: string, pattern: string): string[] {
  let folders = ['']
  const parts = pattern.split('/')
  for (const [nth, part] of parts.entries()) {
    const isLast = nth === parts.length - 1
    folders = folders.flatMap((folder) =>
      entriesOf(join(root, folder))
        .filter((entry) => (isLast ? entry.isFile() : entry.isDirectory()) && fits(entry.name, part))
        .map(({ name }) => join(folder, name))
        .sort(),
    )
  }
  return folders
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

const fits = (name: string, part: string): boolean =>
  part.startsWith('*')
    ? name.toLowerCase().endsWith(part.slice(1).toLowerCase())
    : name.toLowerCase() === part.toLowerCase()
