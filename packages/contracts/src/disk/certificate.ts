import { type Der, partsOf, readDer, TAG } from './der.ts'

/** What of an X.509 certificate (RFC 5280 section 4.1) tells one from another. */
export interface CertificateNames {
  /** as `nameOf` gives them */
  issuer: string
  subject: string
}

const MOST_CHARACTERS = 256
/** attribute types 2.5.4.3 commonName, .11 organizationalUnitName, .10 organizationName */
const NAMING = ['550403', '55040b', '55040a']
const BMP_STRING = 0x1e
const CONTEXT_0 = 0xa0

/**
 * PURE: a distinguished name in a few words: its common name, else its unit, else its organisation.
 * @param name an X.501 Name
 * @returns without control characters, 256 at most; '' where it has none of them
 */
export function nameOf(name: Der | null | undefined): string {
  const attributes = partsOf(name)
    .flatMap((each) => partsOf(each, TAG.set))
    .map((each) => partsOf(each))
  for (const type of NAMING) {
    const [, value] = attributes.findLast(([oid]) => oid?.tag === TAG.oid && oid.value.toString('hex') === type) ?? []
    const text = value ? textOf(value).replace(/\p{C}/gu, '').trim().slice(0, MOST_CHARACTERS).toWellFormed() : ''
    if (text) return text
  }
  return ''
}

/** Of two bytes a character, the first one high, or of UTF-8 and its part ASCII. */
function textOf({ tag, value }: Der): string {
  if (tag !== BMP_STRING) return value.subarray(0, 4 * MOST_CHARACTERS).toString('utf8')
  const bytes = Buffer.from(value.subarray(0, Math.min(2 * MOST_CHARACTERS, value.length & ~1)))
  return bytes.swap16().toString('utf16le')
}

/** PURE: who a certificate is for and who signed it; null: it is none. */
export function readCertificate(der: Buffer): CertificateNames | null {
  const [tbs] = partsOf(readDer(der))
  const parts = partsOf(tbs)
  // the version of most, which is left out of the first
  const [, , issuer, , subject] = parts[0]?.tag === CONTEXT_0 ? parts.slice(1) : parts
  return issuer && subject ? { issuer: nameOf(issuer), subject: nameOf(subject) } : null
}
