/** PURE: whether a word on the command line is a file here, and no name of something on a server. */
export const isFile = (word: string): boolean =>
  word.includes('/') ||
  /\.(?:raw|img|iso|qcow2|vhdx?|vmdk|vdi|gz|xz|zst|lz4|tar|tgz|ya?ml|json|txt)$|^SHA256SUMS$/i.test(word)

/** PURE: what the image is called that a word means. */
export const nameOf = (word: string): string => (isFile(word) ? nameOfFile(word) : word)

/** PURE: `Debian 13 (genericcloud).raw.xz` is the image Debian-13-genericcloud. */
export function nameOfFile(path: string): string {
  const base = path.replace(/^.*\//, '').replace(/(?:\.(?:raw|img|qcow2|gz|xz|zst))+$/i, '')
  const name = base.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|-+$/g, '')
  return name.slice(0, 63) || 'image'
}
