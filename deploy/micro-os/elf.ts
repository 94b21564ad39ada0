/*
 * Just enough of ELF (System V gABI, 64 bit, little endian): which libraries a program needs, what stands in a
 * section, and the file without symbols. Reading it here means that nothing of the host's toolchain or libraries
 * takes part in a build.
 */

const SECTION_HEADER_SIZE = 64
const PROGRAM_HEADER_SIZE = 56
const PT_LOAD = 1
const PT_DYNAMIC = 2
const DT_NEEDED = 1n
const DT_STRTAB = 5n

interface Segment {
  type: number
  offset: number
  address: bigint
  fileSize: number
}

/** Names of the shared libraries that a program or library asks for (DT_NEEDED), in its order. */
export function neededLibraries(elf: Buffer): string[] {
  const all = segments(elf)
  const dynamic = all.find((segment) => segment.type === PT_DYNAMIC)
  if (dynamic === undefined) return []
  const needed: number[] = []
  let table = -1
  for (let at = dynamic.offset; at + 16 <= dynamic.offset + dynamic.fileSize; at += 16) {
    const value = elf.readBigUInt64LE(at + 8)
    if (elf.readBigInt64LE(at) === DT_NEEDED) needed.push(Number(value))
    if (elf.readBigInt64LE(at) === DT_STRTAB) table = fileOffset(all, value)
  }
  if (needed.length > 0 && table < 0) throw new Error('ELF file names libraries but has no string table')
  return needed.map((offset) => textAt(elf, table + offset))
}

/** Bytes of a section by name (`.modinfo`), or undefined. */
export function section(elf: Buffer, name: string): Buffer | undefined {
  assertElf(elf)
  const table = Number(elf.readBigUInt64LE(40))
  const headers = Array.from({ length: elf.readUInt16LE(60) }, (_, index) =>
    elf.subarray(table + index * SECTION_HEADER_SIZE, table + (index + 1) * SECTION_HEADER_SIZE),
  )
  const names = headers[elf.readUInt16LE(62)]
  if (names === undefined) return undefined
  const namesAt = Number(names.readBigUInt64LE(24))
  const found = headers.find((header) => textAt(elf, namesAt + header.readUInt32LE(0)) === name)
  if (found === undefined) return undefined
  const start = Number(found.readBigUInt64LE(24))
  return elf.subarray(start, start + Number(found.readBigUInt64LE(32)))
}

/**
 * A program without its symbols, debug sections and section headers: only what the kernel and the loader map.
 * It runs the same and takes a seventh less (Node's binary: 127 to 108 MB).
 */
export function stripped(elf: Buffer): Buffer {
  const end = segments(elf).reduce((last, segment) => Math.max(last, segment.offset + segment.fileSize), 0)
  const out = Buffer.from(elf.subarray(0, end))
  out.writeBigUInt64LE(0n, 40) // e_shoff
  out.writeUInt16LE(0, 60) // e_shnum
  out.writeUInt16LE(0, 62) // e_shstrndx
  return out
}

function segments(elf: Buffer): Segment[] {
  assertElf(elf)
  const table = Number(elf.readBigUInt64LE(32))
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
    const at = table + index * PROGRAM_HEADER_SIZE
    return {
      type: elf.readUInt32LE(at),
      offset: Number(elf.readBigUInt64LE(at + 8)),
      address: elf.readBigUInt64LE(at + 16),
      fileSize: Number(elf.readBigUInt64LE(at + 32)),
    }
  })
}

function fileOffset(all: readonly Segment[], address: bigint): number {
  const holder = all.find(
    (segment) =>
      segment.type === PT_LOAD && address >= segment.address && address < segment.address + BigInt(segment.fileSize),
  )
  if (holder === undefined) throw new Error(`ELF address 0x${address.toString(16)} is in no loaded segment`)
  return holder.offset + Number(address - holder.address)
}

function textAt(elf: Buffer, start: number): string {
  return elf.toString('latin1', start, elf.indexOf(0, start))
}

function assertElf(elf: Buffer): void {
  const is64BitLittleEndian = elf.length >= 64 && elf.readUInt32BE(0) === 0x7f454c46 && elf[4] === 2 && elf[5] === 1
  if (!is64BitLittleEndian) throw new Error('not a 64-bit little-endian ELF file')
}
