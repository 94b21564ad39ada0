import type { SiteParameters } from '@eims/contracts'

const header = (name: string, mode: number, size: number, inode: number): string => {
  const fields = [inode, mode, 0, 0, mode >> 12 === 4 ? 2 : 1, 0, size, 0, 0, 0, 0, name.length + 1, 0]
  return `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
}

const pad4 = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])

const entry = (name: string, mode: number, content: Buffer, inode: number): Buffer =>
  Buffer.concat([pad4(Buffer.from(`${header(name, mode, content.length, inode)}${name}\0`, 'latin1')), pad4(content)])

/**
 * Seam 4: the site's parameters as a second initrd, an uncompressed `newc` cpio with /eims/site.json
 * (Linux Documentation/driver-api/early-userspace/buffer-format.rst). The kernel unpacks it over the first one.
 */
export function siteCpio(site: SiteParameters): Buffer {
  return Buffer.concat([
    entry('eims', 0o040755, Buffer.alloc(0), 1),
    entry('eims/site.json', 0o100600, Buffer.from(JSON.stringify(site)), 2),
    entry('TRAILER!!!', 0, Buffer.alloc(0), 0),
  ])
}
