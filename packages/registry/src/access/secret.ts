import { createHash, randomBytes } from 'node:crypto'

/** SHA-256 in hexadecimal: enough for secrets that are random, which all of ours are. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** 32 random bytes as text behind a prefix that tells a leaked one apart, e.g. `eims_…`. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`
}
