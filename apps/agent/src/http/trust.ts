import { setDefaultCACertificates } from 'node:tls'

/**
 * From now on every TLS connection of this process trusts the site's CA and nothing else: what Node brings along
 * (the public CAs) could vouch for anybody.
 * @param siteCa PEM; null while the site speaks plain HTTP, and then nothing is trusted at all
 */
export function trustOnly(siteCa: string | null): void {
  setDefaultCACertificates(siteCa === null ? [] : [siteCa])
}

const untrusted = 'its certificate is not signed by the CA of this site, so it is not spoken to'
const explained: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: 'its certificate has expired by this machine’s clock',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet by this machine’s clock',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate does not name this address, so it is not spoken to',
}

/** What a TLS failure means to the person in front of the machine; null for other codes. */
export const tlsTrouble = (code: string | undefined): string | null => explained[code ?? ''] ?? null
