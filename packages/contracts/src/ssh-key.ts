import { z } from 'zod'

const RSA_BITS = 3072

/** Its name in RFC 4253 / 5656 / 8709 and PROTOCOL.u2f, and what its blob holds: lengths in bytes, null for any. */
const kinds: Record<string, (number | null)[]> = {
  'ssh-ed25519': [32],
  'ssh-rsa': [null, null],
  'ecdsa-sha2-nistp256': [8, 65],
  'ecdsa-sha2-nistp384': [8, 97],
  'ecdsa-sha2-nistp521': [8, 133],
  'sk-ssh-ed25519@openssh.com': [32, null],
  'sk-ecdsa-sha2-nistp256@openssh.com': [8, 65, null],
}

/**
 * What is wrong with an OpenSSH public key line (`type base64 comment`), as words that follow the field's name; null for
 * a good one. The blob is read, so a key that was cut or joined by an editor is found before a unit is unreachable.
 */
function sshKeyFault(line: string): string | null {
  const [name = '', text = ''] = line.split(' ')
  if (name === 'ssh-dss') return 'is a DSA key, which OpenSSH no longer accepts; make one with ssh-keygen -t ed25519'
  const lengths = kinds[name]
  if (!lengths) return 'is not an OpenSSH public key line (ssh-ed25519, ecdsa-sha2-nistp256/384/521 or ssh-rsa)'
  const [inner, ...fields] = readBlob(text) ?? []
  if (!inner) return 'is damaged: the part after its type is not the base64 of a key (cut off when it was copied?)'
  if (String.fromCharCode(...inner) !== name) return `says ${name}, but holds a key of another type`
  const isWhole =
    fields.length === lengths.length &&
    lengths.every((length, index) => length === null || fields[index]?.length === length)
  if (!isWhole) return `is damaged: it is not a whole ${name} key`
  if (name !== 'ssh-rsa') return null
  const bits = bitLength(fields[1] ?? new Uint8Array())
  return bits < RSA_BITS ? `is an RSA key of ${bits} bits; RSA keys need ${RSA_BITS} or more` : null
}

/** RFC 4251 section 5: strings and mpints, each with its length before it. null when they do not end where the blob ends. */
function readBlob(text: string): Uint8Array[] | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return null
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  const fields: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return null
    const length = view.getUint32(at)
    at += 4
    if (length > bytes.length - at) return null
    fields.push(bytes.subarray(at, at + length))
    at += length
  }
  return fields
}

function bitLength(mpint: Uint8Array): number {
  const first = mpint.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (mpint.length - first) * 8 - (Math.clz32(mpint[first] ?? 0) - 24)
}

/** One line of an authorized_keys file, without options: Ed25519, ECDSA, their hardware forms, or RSA from 3072 bits. */
export const SshPublicKey = z
  .string()
  .trim()
  .max(16_384)
  .regex(/^[^\r\n]*$/, 'holds more than one line; give every key by itself')
  .transform((line) => line.replace(/\s+/g, ' '))
  .superRefine((line, ctx) => {
    const message = sshKeyFault(line)
    if (message) ctx.addIssue({ code: 'custom', message })
  })
