import { nameOf, readCertificate } from './certificate.ts'
import { partsOf, readAllDer, readDer, TAG } from './der.ts'

/*
 * Who signed a program for UEFI: a PE file (Microsoft's PE/COFF specification) with Authenticode signatures (Microsoft's
 * "Windows Authenticode Portable Executable Signature Format"; UEFI 2.10 section 32.2.4), as EDK2 and shim read it:
 *
 *   'MZ' … [0x3c] → 'PE\0\0', COFF header, optional header with data directories, section headers | sections | signatures
 *
 * The fifth data directory says where the signatures are: WIN_CERTIFICATEs, each of which starts at a multiple of 8.
 */

/** Bytes of a file in which all of its headers must be. */
export const PE_HEAD = 64 * 1024
/** No signature is longer; those of a file together. */
const MOST_SIGNATURE_BYTES = 1024 * 1024
const MOST_SIGNATURES = 16
const MOST_SECTIONS = 1024
const MOST_CERTIFICATES = 32

const COFF = 24
const SECTION = 40
const PKCS_SIGNED_DATA = 2

export interface PeFile {
  /** what its digest is of: from, and behind the last byte, in this order */
  ranges: [from: number, end: number][]
  /** where its signatures are; null: it has none */
  signatures: { offset: number; length: number } | null
}

/**
 * PURE: which bytes of a PE file its digest is made of, and where its signatures are.
 * @param head its first bytes, PE_HEAD of them or all there are
 * @param size of the file
 * @returns null: it is no PE file, or one whose headers contradict it
 */
export function readPe(head: Buffer, size: number): PeFile | null {
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return null
  const coff = head.readUInt32LE(0x3c)
  if (coff + COFF + 2 > head.length || head.toString('latin1', coff, coff + 4) !== 'PE\0\0') return null
  const sections = head.readUInt16LE(coff + 6)
  const optional = coff + COFF
  const table = optional + head.readUInt16LE(coff + 20)
  const directories = { 267: 96, 523: 112 }[head.readUInt16LE(optional)]
  if (directories === undefined || sections > MOST_SECTIONS || table + sections * SECTION > head.length) return null
  if (optional + directories > table) return null
  const headers = head.readUInt32LE(optional + 60)
  const directory = optional + directories + 4 * 8
  const hasDirectory = head.readUInt32LE(optional + directories - 4) > 4 && directory + 8 <= table
  if (headers < table + sections * SECTION || headers > size) return null

  const signatures = { offset: 0, length: 0 }
  if (hasDirectory) {
    signatures.offset = head.readUInt32LE(directory)
    signatures.length = head.readUInt32LE(directory + 4)
  }
  const { offset, length } = signatures
  if (offset + length > size || (length > 0 && offset < headers)) return null

  const checksum = optional + 64
  const parts = Array.from({ length: sections }, (_, index) => {
    const at = table + index * SECTION
    return { from: head.readUInt32LE(at + 20), bytes: head.readUInt32LE(at + 16) }
  })
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => a.from - b.from)
  const counted = parts.reduce((sum, { bytes }) => sum + bytes, headers)
  if (parts.some(({ from, bytes }) => from + bytes > size) || counted + length > size) return null
  const ranges: PeFile['ranges'] = [
    [0, checksum],
    ...(hasDirectory
      ? ([
          [checksum + 4, directory],
          [directory + 8, headers],
        ] as PeFile['ranges'])
      : ([[checksum + 4, headers]] as PeFile['ranges'])),
    ...parts.map(({ from, bytes }): [number, number] => [from, from + bytes]),
    // what stands behind the sections and is no signature
    [counted, size - length],
  ]
  return { ranges: ranges.filter(([from, end]) => end > from), signatures: length > 0 ? signatures : null }
}

/** A signature, as far as it says who made it and of what. */
export interface Signature {
  /** who issued the certificate that it was made with, as `nameOf` gives it */
  issuer: string
  /** everybody whom its certificates name, the issuer among them: firmware that trusts any of them takes it */
  names: string[]
  /** those certificates, DER */
  certificates: Buffer[]
  /** what the file's digest was when it was signed; `algorithm` as Node names it, null: one that firmware does not know */
  algorithm: DigestAlgorithm | null
  digest: Buffer
}

export type DigestAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512'
const ALGORITHMS: Readonly<Record<string, DigestAlgorithm>> = {
  '2b0e03021a': 'sha1',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
}

/** PURE: whether so many bytes may be signatures. */
export const mayBeSignatures = (length: number): boolean => length <= MOST_SIGNATURE_BYTES

/** PURE: the signatures of a file that can be read, in their order. @param bytes what `PeFile.signatures` names */
export function readSignatures(bytes: Buffer): Signature[] {
  const found: Signature[] = []
  for (let at = 0; at + 8 <= bytes.length && found.length < MOST_SIGNATURES; ) {
    const length = bytes.readUInt32LE(at)
    if (length < 8 || at + length > bytes.length) break
    const signature =
      bytes.readUInt16LE(at + 6) === PKCS_SIGNED_DATA ? readSignedData(bytes.subarray(at + 8, at + length)) : null
    if (signature) found.push(signature)
    at += Math.ceil(length / 8) * 8
  }
  return found
}

/** SignedData (RFC 2315 section 9) over an SpcIndirectDataContent, whose second part is the file's digest. */
function readSignedData(bytes: Buffer): Signature | null {
  const [, wrapped] = partsOf(readDer(bytes))
  const [, , content, ...more] = partsOf(partsOf(wrapped, 0xa0)[0])
  const [, indirect] = partsOf(content)
  const [, info] = partsOf(partsOf(indirect, 0xa0)[0])
  const [algorithm, digest] = partsOf(info)
  // the certificates are [0], the signers the only set
  const [signer] = partsOf(
    more.find(({ tag }) => tag === TAG.set),
    TAG.set,
  )
  const [, issuerAndSerial] = partsOf(signer)
  const [oid] = partsOf(algorithm)
  if (digest?.tag !== TAG.octets || oid?.tag !== TAG.oid || !issuerAndSerial) return null
  const issuer = nameOf(partsOf(issuerAndSerial)[0])
  const certificates = readAllDer(more.find(({ tag }) => tag === 0xa0)?.value ?? Buffer.alloc(0))
    .slice(0, MOST_CERTIFICATES)
    .map(({ whole }) => whole)
  const named = certificates.flatMap((each) => readCertificate(each) ?? [])
  const names = [issuer, ...named.flatMap((each) => [each.issuer, each.subject])].filter(Boolean)
  const known = ALGORITHMS[oid.value.toString('hex')] ?? null
  return { issuer, names: [...new Set(names)], certificates, algorithm: known, digest: digest.value }
}
