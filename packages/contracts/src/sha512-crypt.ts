const ROUNDS = 5000
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 16 characters of crypt's alphabet, of 16 random bytes. */
export const saltOf = (bytes: Uint8Array): string =>
  [...bytes.subarray(0, 16)].map((byte) => ALPHABET[byte % 64]).join('')

type Bytes = Uint8Array<ArrayBuffer>

function joined(parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** As many bytes as asked for, of a digest that is said again and again. */
const stretched = (digest: Bytes, length: number): Bytes =>
  Uint8Array.from({ length }, (_, at) => digest[at % digest.length]!)

/**
 * PURE: a password as its hash in /etc/shadow, `$6$salt$…`, with the usual 5000 rounds (Ulrich Drepper, "Unix crypt using
 * SHA-256 and SHA-512", version 0.6). It yields what is to be hashed by SHA-512 and takes the digest: Node has one that
 * answers at once, browsers only one that does not.
 * @param salt at most 16 characters of crypt's alphabet
 * @returns at its end, the hash
 */
export function* sha512CryptSteps(password: string, salt: string): Generator<Bytes, string, Bytes> {
  const encoder = new TextEncoder()
  const key: Bytes = encoder.encode(password)
  const grain: Bytes = encoder.encode(salt.slice(0, 16))
  const other = yield joined([key, grain, key])
  const bits: Bytes[] = []
  for (let left = key.length; left > 0; left >>= 1) bits.push(left & 1 ? other : key)
  let digest = yield joined([key, grain, stretched(other, key.length), ...bits])
  const keys = stretched(yield joined(Array<Bytes>(key.length).fill(key)), key.length)
  const grains = stretched(yield joined(Array<Bytes>(16 + digest[0]!).fill(grain)), grain.length)
  for (let round = 0; round < ROUNDS; round++)
    digest = yield joined([
      round & 1 ? keys : digest,
      ...(round % 3 ? [grains] : []),
      ...(round % 7 ? [keys] : []),
      round & 1 ? digest : keys,
    ])
  return `$6$${salt.slice(0, 16)}$${encoded(digest)}`
}

/** Three bytes as four characters, in the order that the scheme has. */
function encoded(digest: Uint8Array): string {
  const quad = (high: number, middle: number, low: number, characters: number) => {
    let value = (high << 16) | (middle << 8) | low
    let text = ''
    for (let index = 0; index < characters; index++, value >>= 6) text += ALPHABET[value & 63]
    return text
  }
  let text = ''
  for (let index = 0; index < 21; index++) {
    const triple = [index, index + 21, index + 42]
    const [high, middle, low] = [0, 1, 2].map((at) => digest[triple[(at + index) % 3]!]!)
    text += quad(high!, middle!, low!, 4)
  }
  return text + quad(0, 0, digest[63]!, 2)
}
