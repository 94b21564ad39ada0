import type { Reason, SlotsOf } from '@eims/contracts'

/**
 * What an iPXE error number means where it decides about certificates. The number is POSIX error (8 bits), file (11),
 * cause within the file (5), PXE error (8); these causes are of src/crypto/x509.c.
 */
const causes: [RegExp, SlotsOf<'ipxe-tls-failed'>['cause']][] = [
  [/^0216e4/, 'expired'],
  [/^0216e6/, 'other-ca'],
  [/^0216ea/, 'other-name'],
  [/^0216eb/, 'no-chain'],
  [/^02/, 'untrusted'],
  [/^7f/, 'not-booted'],
  [/^(04|0c)/, 'no-answer'],
]

/** What a failed TLS connection means. `errno`: iPXE's ${errno} as hexadecimal text, if it said one. */
export function tlsFailure(errno: string | undefined): Reason {
  const number = errno?.toLowerCase() ?? ''
  const cause = causes.find(([form]) => form.test(number))?.[1] ?? 'failed'
  return { code: 'ipxe-tls-failed', slots: { cause, errno: /^[0-9a-f]{8}$/.test(number) ? number : null } }
}
