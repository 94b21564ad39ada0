/**
 * What an iPXE error number means where it decides about certificates. The number is POSIX error (8 bits), file (11),
 * cause within the file (5), PXE error (8); these causes are of src/crypto/x509.c.
 */
const causes: [RegExp, string][] = [
  [/^0216e4/, 'the server’s certificate has expired, or is not valid yet by the machine’s clock'],
  [/^0216e6/, 'the server’s certificate is of a CA that the machine was not told to trust'],
  [/^0216ea/, 'the server’s certificate does not name the address that the machine called'],
  [/^0216eb/, 'no certificate that the server shows leads to a CA that the machine was told to trust'],
  [/^02/, 'the server’s certificate is not trusted'],
  [/^7f/, 'the iPXE that HTTP boot leads to could not boot over TLS; the lines above on its screen say why'],
  [/^(04|0c)/, 'the server’s TLS port does not answer'],
]

/** One sentence about a failed TLS connection. `errno`: iPXE's ${errno} as hexadecimal text, if it said one. */
export function tlsFailure(errno: string | undefined): string {
  const number = errno?.toLowerCase() ?? ''
  const cause = causes.find(([form]) => form.test(number))?.[1] ?? 'the TLS connection failed'
  const link = /^[0-9a-f]{8}$/.test(number) ? ` (https://ipxe.org/${number})` : ''
  return `iPXE refuses to boot over HTTPS: ${cause}${link}`
}
