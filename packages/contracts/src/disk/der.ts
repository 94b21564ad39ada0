/*
 * DER (ITU-T X.690) as far as certificates and signatures need it: elements of definite length with tags of one byte.
 * Every length is checked against what is there; nothing here throws.
 */

/** One element. */
export interface Der {
  tag: number
  value: Buffer
  /** with its tag and length */
  whole: Buffer
}

export const TAG = { integer: 2, octets: 4, oid: 6, sequence: 0x30, set: 0x31 } as const

/** no structure that is read here has as many parts */
const MOST_PARTS = 1024

/** PURE: the first element of these bytes, whatever follows it; null: there is none, or it is cut off. */
export function readDer(bytes: Buffer): Der | null {
  if (bytes.length < 2 || (bytes[0]! & 0x1f) === 0x1f) return null
  let length = bytes[1]!
  let start = 2
  if (length >= 0x80) {
    const digits = length & 0x7f
    if (digits === 0 || digits > 4 || bytes.length < 2 + digits) return null
    start += digits
    length = bytes.readUIntBE(2, digits)
  }
  const end = start + length
  if (end > bytes.length) return null
  return { tag: bytes[0]!, value: bytes.subarray(start, end), whole: bytes.subarray(0, end) }
}

/** PURE: all elements of these bytes; none where any of them is cut off, or where there are too many. */
export function readAllDer(bytes: Buffer): Der[] {
  const found: Der[] = []
  for (let at = 0; at < bytes.length; ) {
    const element = readDer(bytes.subarray(at))
    if (!element || found.length === MOST_PARTS) return []
    found.push(element)
    at += element.whole.length
  }
  return found
}

/** PURE: the parts of an element that has this tag; none of any other. */
export const partsOf = (element: Der | null | undefined, tag: number = TAG.sequence): Der[] =>
  element?.tag === tag ? readAllDer(element.value) : []
