import { hash } from 'node:crypto'
import { constants, zstdCompressSync } from 'node:zlib'

/**
 * PURE: what a medium adds to the Micro-OS, as a further initrd of two `newc` cpio archives (Linux
 * Documentation/driver-api/early-userspace/buffer-format.rst), which the kernel unpacks over those before it. Packed: the agent
 * that stands in the place of the network's, with its SHA-256, by which init tells a damaged one, and the seal by which it knows its
 * medium; by its file init asks no network. As it is, because it is packed already: the runtime that others fetch from their server.
 */
export function mediumInitrd(seal: string, agent: Uint8Array, runtime: Uint8Array): Buffer {
  const own = archive(
    entry('eims', 0o040755, Buffer.alloc(0), 1),
    entry('eims/agent.mjs', 0o100644, Buffer.from(agent), 2),
    entry('eims/agent.digest', 0o100644, Buffer.from(`${hash('sha256', agent)}\n`), 3),
    entry('eims/medium.json', 0o100644, Buffer.from(`${JSON.stringify({ seal })}\n`), 4),
  )
  // zeros between two archives are passed over
  const packed = toFour(zstdCompressSync(own, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }))
  return Buffer.concat([packed, archive(entry('eims/runtime.squashfs', 0o100644, Buffer.from(runtime), 5))])
}

/** its window, 8 MiB, is what the Micro-OS's own initrd needs as well */
const LEVEL = 19

const archive = (...entries: Buffer[]): Buffer =>
  Buffer.concat([...entries, entry('TRAILER!!!', 0, Buffer.alloc(0), 0)])

function entry(name: string, mode: number, content: Buffer, inode: number): Buffer {
  const links = mode >> 12 === 4 ? 2 : 1
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length + 1, 0]
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`
  return Buffer.concat([toFour(Buffer.from(header, 'latin1')), toFour(content)])
}

const toFour = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
