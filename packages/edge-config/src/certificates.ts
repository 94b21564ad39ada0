import { X509Certificate } from 'node:crypto'
import { certificatesIn } from '@eims/cloud-config'
import type { Field } from '@eims/placed-yaml'
import { LIMITS } from './limits.ts'
import { text } from './shape/scalars.ts'

const MOST_CHARACTERS = 64 * 1024
const SOON_MS = 30 * 24 * 3600 * 1000

/** PURE: what is wrong with certificates in PEM, as words that follow their name; null: nothing. */
function certificatesFault(pem: string): string | null {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return 'holds a private key, which nobody else may have'
  const found = certificatesIn(pem)
  if (found.length === 0) return 'holds no certificate in PEM'
  if (found.length > LIMITS.names) return `holds ${found.length} certificates, at most ${LIMITS.names} can be`
  const broken = found.findIndex((each) => readOrNull(each) === null)
  return broken < 0 ? null : `holds no X.509 certificate in its block ${broken + 1}`
}

function readOrNull(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

/** Certificates of authorities as a config-file holds them. */
export const authorities = (says: string) =>
  text(says, {
    most: MOST_CHARACTERS,
    lines: true,
    fault: certificatesFault,
    remedy: 'Write it behind a |, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.',
  })

/**
 * Tells of certificates by which nobody would be trusted.
 * @param now milliseconds since 1970; undefined: nobody asks whether one has expired
 */
export function tellAuthorities(pem: string, field: Field, now: number | undefined): void {
  for (const certificate of certificatesIn(pem).map(readOrNull)) {
    if (!certificate) continue
    const { subject, ca, validToDate } = certificate
    const called = subject.split('\n').at(-1) ?? ''
    if (!ca)
      field.warning(
        `${called} is no authority (CA:TRUE is missing): it vouches for nothing`,
        'Write the CA that signed it.',
      )
    const left = now === undefined ? Number.POSITIVE_INFINITY : validToDate.getTime() - now
    const day = validToDate.toISOString().slice(0, 10)
    if (left <= 0) field.warning(`${called} has expired on ${day}`, 'Write the one that took its place.')
    else if (left < SOON_MS) field.warning(`${called} expires on ${day}`, 'Write the one that takes its place, too.')
  }
}
