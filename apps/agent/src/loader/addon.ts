import type { Architecture } from '@eims/contracts'

/*
 * An add-on of a unified kernel image: a PE32+ file (Microsoft's PE format) of which the stub of systemd reads the section
 * .cmdline (systemd-stub(7)), after the firmware has loaded it as it loads any program, and looked at its signature where
 * Secure Boot is on.
 *
 *   0x000 MZ … offset of the next     0x040 PE, machine, optional header, two section headers
 *   0x200 .text: a program that only says that it is none     0x400 .cmdline: the text
 */

const MACHINES: Record<Architecture, number> = { x86_64: 0x8664, arm64: 0xaa64 }
/** Returns EFI_UNSUPPORTED, should anybody start it. */
const NOTHING: Record<Architecture, Buffer> = {
  // mov rax, 0x8000000000000003; ret
  x86_64: Buffer.from('48b80300000000000080c3', 'hex'),
  // mov x0, #3; movk x0, #0x8000, lsl #48; ret
  arm64: Buffer.from('600080d20000f0f2c0035fd6', 'hex'),
}
const PE = 0x40
const OPTIONAL = PE + 24
const OPTIONAL_BYTES = 240
const SECTIONS = OPTIONAL + OPTIONAL_BYTES
const FILE_ALIGNMENT = 512
const MEMORY_ALIGNMENT = 4096

/** PURE: the add-on's bytes. */
export function writeAddon(commandLine: string, architecture: Architecture): Buffer {
  const text = Buffer.from(commandLine, 'utf8')
  const code = NOTHING[architecture]
  const sections = [
    { name: '.text', bytes: code, memory: MEMORY_ALIGNMENT, flags: 0x60000020 },
    { name: '.cmdline', bytes: text, memory: 2 * MEMORY_ALIGNMENT, flags: 0x40000040 },
  ]
  const headers = Buffer.alloc(FILE_ALIGNMENT)
  headers.write('MZ', 0, 'latin1')
  headers.writeUInt32LE(PE, 0x3c)
  headers.write('PE\0\0', PE, 'latin1')
  headers.writeUInt16LE(MACHINES[architecture], PE + 4)
  headers.writeUInt16LE(sections.length, PE + 6)
  headers.writeUInt16LE(OPTIONAL_BYTES, PE + 20)
  headers.writeUInt16LE(0x0022, PE + 22) // executable, large addresses
  headers.writeUInt16LE(0x20b, OPTIONAL) // PE32+
  headers.writeUInt32LE(aligned(code.length, FILE_ALIGNMENT), OPTIONAL + 4)
  headers.writeUInt32LE(aligned(text.length, FILE_ALIGNMENT), OPTIONAL + 8)
  headers.writeUInt32LE(MEMORY_ALIGNMENT, OPTIONAL + 16) // entry point
  headers.writeUInt32LE(MEMORY_ALIGNMENT, OPTIONAL + 20)
  headers.writeUInt32LE(MEMORY_ALIGNMENT, OPTIONAL + 32)
  headers.writeUInt32LE(FILE_ALIGNMENT, OPTIONAL + 36)
  headers.writeUInt32LE(2 * MEMORY_ALIGNMENT + aligned(text.length, MEMORY_ALIGNMENT), OPTIONAL + 56)
  headers.writeUInt32LE(FILE_ALIGNMENT, OPTIONAL + 60)
  headers.writeUInt16LE(10, OPTIONAL + 68) // EFI application
  headers.writeUInt16LE(0x0160, OPTIONAL + 70) // anywhere in memory, no code in data
  headers.writeUInt32LE(16, OPTIONAL + 108) // data directories, all empty
  let offset = FILE_ALIGNMENT
  for (const [nth, { name, bytes, memory, flags }] of sections.entries()) {
    const at = SECTIONS + nth * 40
    headers.write(name, at, 8, 'latin1')
    headers.writeUInt32LE(bytes.length, at + 8)
    headers.writeUInt32LE(memory, at + 12)
    headers.writeUInt32LE(aligned(bytes.length, FILE_ALIGNMENT), at + 16)
    headers.writeUInt32LE(offset, at + 20)
    headers.writeUInt32LE(flags, at + 36)
    offset += aligned(bytes.length, FILE_ALIGNMENT)
  }
  return Buffer.concat([headers, ...sections.map(({ bytes }) => padded(bytes))])
}

const aligned = (bytes: number, to: number): number => Math.ceil(bytes / to) * to
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes], aligned(bytes.length, FILE_ALIGNMENT))

/**
 * PURE: the command line in a PE file, a unified kernel image's own or an add-on's.
 * @returns null when it has none, or is no such file
 */
export function readCommandLine(file: Buffer): string | null {
  const pe = file.length < 0x40 ? file.length : file.readUInt32LE(0x3c)
  if (pe + 24 > file.length || file.toString('latin1', pe, pe + 4) !== 'PE\0\0') return null
  const first = pe + 24 + file.readUInt16LE(pe + 20)
  for (let nth = 0; nth < file.readUInt16LE(pe + 6); nth += 1) {
    const at = first + nth * 40
    if (at + 40 > file.length) return null
    if (file.toString('latin1', at, at + 8).replace(/\0+$/, '') !== '.cmdline') continue
    const [bytes, offset] = [file.readUInt32LE(at + 8), file.readUInt32LE(at + 20)]
    return file
      .toString('utf8', offset, offset + Math.min(bytes, file.readUInt32LE(at + 16)))
      .replace(/\0.*$/s, '')
      .trim()
  }
  return null
}
