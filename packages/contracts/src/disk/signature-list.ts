import { guidFromBytes } from './guid.ts'

/*
 * The firmware's databases of Secure Boot (UEFI 2.10 section 32.4.1), EFI_SIGNATURE_LISTs one behind the other:
 *
 *   0-15 type of its entries   16-19 bytes of the list   20-23 of its header   24-27 of each entry   header   entries
 *
 * and each entry: 0-15 whose it is, then the certificate, or the digest.
 */

const HEADER = 28
const OWNER = 16
const X509 = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072'
const SHA256 = 'c1c41626-504c-4092-aca9-41f936934328'

/** No firmware has room for as many: a variable is some tens of KiB. */
const MOST_ENTRIES = 65_536

export interface SignatureDatabase {
  /** X.509 certificates, DER */
  certificates: Buffer[]
  /** SHA-256 of images, as Authenticode counts */
  digests: Buffer[]
  /** all entries, of kinds that are not read as well */
  count: number
}

/** PURE: what a database holds, without the attributes that efivarfs puts in front; null: it is damaged. */
export function readSignatureDatabase(bytes: Buffer): SignatureDatabase | null {
  const found: SignatureDatabase = { certificates: [], digests: [], count: 0 }
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEADER) return null
    const type = guidFromBytes(bytes.subarray(at, at + 16))
    const [size, header, entry] = [16, 20, 24].map((field) => bytes.readUInt32LE(at + field)) as [
      number,
      number,
      number,
    ]
    const end = at + size
    if (size < HEADER || end > bytes.length || entry <= OWNER) return null
    for (let from = at + HEADER + header; from < end; from += entry) {
      if (from + entry > end || found.count === MOST_ENTRIES) return null
      found.count += 1
      const data = bytes.subarray(from + OWNER, from + entry)
      if (type === X509) found.certificates.push(data)
      if (type === SHA256 && data.length === 32) found.digests.push(data)
    }
    at = end
  }
  return found
}
