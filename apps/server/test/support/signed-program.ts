import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tool } from './sample-disk.ts'

/** Where things stand in `program()`. */
export const PLACES = { pe: 0x80, optional: 0x98, directory: 0x98 + 112 + 4 * 8, sections: 0x188, code: 0x400 } as const

/** A PE file for UEFI on x86_64 with two sections, which nobody signed. */
export function program(): Buffer {
  const bytes = Buffer.alloc(0x800)
  bytes.write('MZ', 0, 'latin1')
  bytes.writeUInt32LE(PLACES.pe, 0x3c)
  bytes.write('PE\0\0', PLACES.pe, 'latin1')
  bytes.writeUInt16LE(0x8664, PLACES.pe + 4)
  bytes.writeUInt16LE(2, PLACES.pe + 6)
  bytes.writeUInt16LE(240, PLACES.pe + 20)
  bytes.writeUInt16LE(0x2022, PLACES.pe + 22)
  const { optional } = PLACES
  bytes.writeUInt16LE(0x20b, optional)
  for (const [at, value] of [
    [16, 0x1000],
    [32, 0x1000],
    [36, 0x200],
    [56, 0x3000],
    [60, 0x400],
    [108, 16],
  ] as const)
    bytes.writeUInt32LE(value, optional + at)
  // EFI application
  bytes.writeUInt16LE(10, optional + 68)
  for (const [index, name] of ['.text', '.data'].entries()) {
    const at = PLACES.sections + index * 40
    bytes.write(name, at, 'latin1')
    bytes.writeUInt32LE(0x200, at + 8)
    bytes.writeUInt32LE(0x1000 * (index + 1), at + 12)
    bytes.writeUInt32LE(0x200, at + 16)
    bytes.writeUInt32LE(PLACES.code + index * 0x200, at + 20)
    bytes.fill(index + 1, PLACES.code + index * 0x200, PLACES.code + (index + 1) * 0x200)
  }
  return bytes
}

/** The program signed by a certificate of each of these CAs, by Debian's sbsign. */
export function signedBy(dir: string, bytes: Buffer, ...cas: string[]): Buffer {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'program.efi')
  writeFileSync(file, bytes)
  for (const [index, ca] of cas.entries()) {
    const at = (name: string) => join(dir, `${index}-${name}`)
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8', '-days', '9', '-batch']
    const rsa = ['-newkey', 'rsa:2048', '-nodes', '-utf8', '-days', '9', '-batch']
    tool('openssl', [
      'req',
      '-x509',
      ...key,
      '-subj',
      `/O=Makers/CN=${ca}`,
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
    ])
    const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key')]
    tool('openssl', [
      'req',
      '-x509',
      ...rsa,
      ...by,
      '-subj',
      `/CN=${ca} signer`,
      '-keyout',
      at('key'),
      '-out',
      at('pem'),
    ])
    tool('sbsign', ['--key', at('key'), '--cert', at('pem'), '--output', file, file])
  }
  return readFileSync(file)
}
