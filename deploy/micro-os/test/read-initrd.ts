import { type InputType, type Zlib, zstdDecompressSync } from 'node:zlib'

/** One member of a cpio archive. */
export interface Member {
  mode: number
  uid: number
  gid: number
  mtime: number
  bytes: Buffer
}

// Node's own types do not know what `info` brings
const decompress = zstdDecompressSync as unknown as (
  data: InputType,
  options: { info: true },
) => { buffer: Buffer; engine: Zlib }

/** The archives of an initrd, as the kernel finds them: a zstd frame, zeros up to the next one, and so on. */
export function archivesOf(initrd: Buffer): Buffer[] {
  const archives: Buffer[] = []
  for (let at = 0; at < initrd.length; ) {
    if (initrd[at] === 0) {
      at += 1
      continue
    }
    if (at % 4 !== 0) throw new Error(`an archive starts at ${at}, which is no multiple of 4`)
    const { buffer, engine } = decompress(initrd.subarray(at), { info: true })
    archives.push(buffer)
    at += engine.bytesWritten
  }
  return archives
}

/** Everything in an initrd by path; a later archive wins, as in the kernel. */
export function readInitrd(initrd: Buffer): Map<string, Member> {
  return new Map(archivesOf(initrd).flatMap((archive) => [...readCpio(archive)]))
}

/** A reader of its own for the newc format, so that the writer is not its own judge. */
export function readCpio(archive: Buffer): Map<string, Member> {
  const members = new Map<string, Member>()
  const aligned = (offset: number) => Math.ceil(offset / 4) * 4
  for (let at = 0; ; ) {
    if (archive.toString('latin1', at, at + 6) !== '070701') throw new Error(`no cpio header at ${at}`)
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16)
    const nameEnd = at + 110 + field(11)
    const name = archive.toString('utf8', at + 110, nameEnd - 1)
    if (name === 'TRAILER!!!') return members
    const start = aligned(nameEnd)
    const bytes = archive.subarray(start, start + field(6))
    members.set(name, { mode: field(1), uid: field(2), gid: field(3), mtime: field(5), bytes })
    at = aligned(start + bytes.length)
  }
}
