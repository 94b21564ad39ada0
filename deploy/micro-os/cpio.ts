/** One thing in an archive. Paths are relative, without a leading slash. */
export type Entry =
  | { readonly path: string; readonly kind: 'folder' }
  | { readonly path: string; readonly kind: 'file'; readonly bytes: Buffer; readonly executable?: boolean }
  | { readonly path: string; readonly kind: 'link'; readonly target: string }
  | { readonly path: string; readonly kind: 'character-device'; readonly major: number; readonly minor: number }

const MODE = { folder: 0o040755, file: 0o100644, link: 0o120777, 'character-device': 0o020600 }

/**
 * An archive in the kernel's initramfs format ("newc", Documentation/driver-api/early-userspace/buffer-format.rst):
 *
 *     magic inode mode uid gid nlink mtime filesize maj min rmaj rmin namesize check  name\0 pad  data pad
 *     070701 and thirteen times eight hex digits                                      to 4      to 4
 *
 * The same entries give the same bytes whatever their order: sorted by path, owner 0, time 0, numbered inodes.
 * Folders that entries need are added. Throws on a path that is there twice or is not a plain relative one.
 */
export function cpio(entries: readonly Entry[]): Buffer {
  const all = new Map<string, Entry>()
  for (const entry of entries) {
    if (!/^[^/\0]+(\/[^/\0]+)*$/.test(entry.path) || /(^|\/)\.\.?(\/|$)/.test(entry.path)) {
      throw new Error(`not a plain relative path: "${entry.path}"`)
    }
    if (all.has(entry.path)) throw new Error(`twice in one archive: ${entry.path}`)
    all.set(entry.path, entry)
  }
  for (const { path } of entries) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash)
      if (!all.has(parent)) all.set(parent, { path: parent, kind: 'folder' })
    }
  }
  // compared by code units, so that no locale changes the order; a folder is always before what is in it
  const sorted = [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const parts = sorted.flatMap((entry, index) => member(entry, index + 1))
  parts.push(...record('TRAILER!!!', Buffer.alloc(0), 0, 0))
  return Buffer.concat(parts)
}

function member(entry: Entry, inode: number): Buffer[] {
  switch (entry.kind) {
    case 'file':
      return record(entry.path, entry.bytes, inode, MODE.file | (entry.executable === true ? 0o111 : 0))
    case 'link':
      return record(entry.path, Buffer.from(entry.target), inode, MODE.link)
    case 'folder':
      return record(entry.path, Buffer.alloc(0), inode, MODE.folder)
    case 'character-device':
      return record(entry.path, Buffer.alloc(0), inode, MODE['character-device'], entry.major, entry.minor)
  }
}

function record(path: string, data: Buffer, inode: number, mode: number, major = 0, minor = 0): Buffer[] {
  const name = Buffer.from(`${path}\0`)
  const links = (mode & 0o170000) === MODE.folder - 0o755 ? 2 : 1
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, name.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, name, padding(header.length + name.length), data, padding(data.length)]
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4)
}
