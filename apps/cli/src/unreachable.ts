/** OpenSSL's and Node's words for a certificate that is of no CA we trust. */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Why no reply came, as one sentence with the remedy. `cause`: what fetch gave. */
export function whyUnreachable({ code = '', message = '' }: { code?: string; message?: string }): string {
  if (untrusted.has(code))
    return `the server's certificate is not of a trusted CA (${code}); give the site's with --ca FILE: fetch it from the server (GET /ca.crt) and compare its SHA-256 with what ./eims up printed`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the server's certificate is for other names (${message}); use one of them as --server`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `the server's certificate is not valid at this time (${code}); compare the clocks of both machines`
  return `the server cannot be reached (${code || message}); is it running? Start it with: ./eims up`
}
