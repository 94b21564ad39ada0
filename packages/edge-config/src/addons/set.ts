import { DNS_LABEL } from '../k3s/values.ts'

/** Bounds of one set of addons; bytes. */
export const SET = {
  files: 63,
  /** of one manifest, and of all of a set */
  manifest: 8 * 1024 * 1024,
  manifests: 32 * 1024 * 1024,
  /** of one archive of images: what a tar header can say */
  archive: 8 * 1024 * 1024 * 1024 - 1,
  all: 64 * 1024 * 1024 * 1024,
}

/** The file of a set's digests, the last one of its archive, as sha256sum writes and reads it. */
export const SUMS = 'SHA256SUMS'

/** What K3s reads as archives of images, or as lists of images to be pulled. */
const ARCHIVES = ['.tar', '.tar.gz', '.tar.zst', '.tar.lz4', '.txt']

/** What a file given for a set is, by its name. */
export type AddonKind = 'manifest' | 'chart' | 'archive'

/**
 * PURE: what a file is, and where it goes in its set. K3s makes the name of an object of what stands before the first dot of
 * a manifest's name, so that is made a DNS label.
 * @returns null for what is no part of addons
 */
export function placeOfAddon(fileName: string): { kind: AddonKind; stem: string; path: string } | null {
  const name = fileName.toLowerCase()
  const stemOf = (ending: string) =>
    name
      .slice(0, -ending.length)
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 63)
      .replaceAll(/^-+|-+$/g, '') || 'addon'
  for (const ending of ['.yaml', '.yml', '.json'])
    if (name.endsWith(ending)) {
      const stem = stemOf(ending)
      return { kind: 'manifest', stem, path: `manifests/${stem}.yaml` }
    }
  if (name.endsWith('.tgz')) {
    const stem = stemOf('.tgz').slice(0, 53).replace(/-+$/, '')
    return { kind: 'chart', stem, path: `manifests/${stem}.yaml` }
  }
  const ending = ARCHIVES.toSorted((a, b) => b.length - a.length).find((each) => name.endsWith(each))
  if (!ending) return null
  const stem = stemOf(ending)
  return { kind: 'archive', stem, path: `images/${stem}${ending}` }
}

/** Whether a path may stand in a set: what `placeOfAddon` makes. */
export function isAddonPath(path: string): boolean {
  const [, folder, stem = '', ending = ''] = /^(manifests|images)\/([^./]+)(\.[a-z0-9.]+)$/.exec(path) ?? []
  return DNS_LABEL.test(stem) && (folder === 'manifests' ? ending === '.yaml' : ARCHIVES.includes(ending))
}

/** PURE: the text of SHA256SUMS. */
export const sumsOf = (files: readonly { path: string; sha256: string }[]): string =>
  files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')

/** PURE: digests by the names of files, as sha256sum writes them; null: it is no such list. */
export function readSums(text: string): Map<string, string> | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const found = lines.map((line) => /^([0-9a-fA-F]{64}) [ *](?:.*\/)?([^/]+)$/.exec(line))
  if (lines.length === 0 || found.some((each) => each === null)) return null
  return new Map(found.map((each) => [each![2]!, each![1]!.toLowerCase()]))
}
