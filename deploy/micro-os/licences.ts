import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * PURE: the licences that a Debian package's copyright file names: by its fields (DEP 5), in prose by the texts that it
 * refers to; null when it refers to none.
 */
export function licencesOf(copyright: string): string | null {
  const pattern = /^Format: .*copyright-format/im.test(copyright)
    ? /^License:[ \t]*(\S.*)$/gim
    : /\/usr\/share\/common-licenses\/([A-Za-z]+(?:-\d+(?:\.\d+)*)?)/g
  const named = new Set([...copyright.matchAll(pattern)].map(([, name]) => name!.trim()))
  return named.size > 0 ? [...named].sort((a, b) => (a < b ? -1 : 1)).join('; ') : null
}

/** Of a Debian package that is unpacked in `root`; null also when it has no copyright file that can be read. */
export async function licencesIn(root: string, name: string): Promise<string | null> {
  return licencesOf(await readFile(join(root, 'usr/share/doc', name, 'copyright'), 'utf8').catch(() => ''))
}
