import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** The first certificate in a PEM file. `what` names the file in the error. */
export function certificateIn(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new Error(`${what} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)`)
  }
}

/** The private key in a PEM file. `what` names the file in the error, which never quotes the key. */
export function keyIn(pem: string, what: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    const locked = /passphrase|interrupted or cancelled|bad decrypt/i.test(String(error)) || /ENCRYPTED/.test(pem)
    throw new Error(
      locked
        ? `${what} is locked with a passphrase; write it without one: openssl pkey -in FILE -out OPEN-FILE`
        : `${what} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)`,
    )
  }
}

/** The certificate authority that a site was given, PEM, with the files' names for errors. */
interface GivenAuthority {
  certificate: string
  /** null: kept elsewhere */
  key: string | null
  certificateFile: string
  keyFile: string | null
}

/**
 * Throws one sentence naming the file and the remedy when machines could not rely on it: firmware and agent know
 * nothing but this one certificate, so it must be a root, and iPXE verifies RSA signatures only.
 */
export function checkAuthority({ certificate, key, certificateFile, keyFile }: GivenAuthority, now: number): void {
  const ca = certificateIn(certificate, certificateFile)
  if (!ca.ca) throw new Error(`${certificateFile} is no CA certificate (basicConstraints CA:TRUE); give the CA's own`)
  if (ca.subject !== ca.issuer || !ca.verify(ca.publicKey))
    throw new Error(
      `${certificateFile} is signed by another CA (${oneLine(ca.issuer)}); give the root CA itself, as machines know no other`,
    )
  const { asymmetricKeyType, asymmetricKeyDetails } = ca.publicKey
  if (asymmetricKeyType !== 'rsa')
    throw new Error(
      `${certificateFile} has a key of type ${asymmetricKeyType}; iPXE verifies RSA only, so make an RSA CA`,
    )
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < 2048 || bits > 4096)
    throw new Error(`${certificateFile} has an RSA key of ${bits} bits; it must have 2048 to 4096`)
  if (ca.validToDate.getTime() <= now)
    throw new Error(`${certificateFile} expired on ${ca.validToDate.toISOString()}; give one that is valid`)
  if (ca.validFromDate.getTime() > now)
    throw new Error(
      `${certificateFile} is valid from ${ca.validFromDate.toISOString()} on; set this machine's clock, or give one that is valid`,
    )
  if (key !== null && keyFile !== null && !ca.checkPrivateKey(keyIn(key, keyFile)))
    throw new Error(`${keyFile} is not the key of ${certificateFile}; give the two that belong together`)
}

/** SHA-256 of the certificate's DER, 32 bytes: by it iPXE knows a CA. */
export const fingerprintOf = (pem: string): Uint8Array =>
  Buffer.from(new X509Certificate(pem).fingerprint256.replaceAll(':', ''), 'hex')

/** The same as a person compares it: `AB:CD:…`, as `openssl x509 -fingerprint -sha256` prints it. */
export const fingerprintText = (pem: string): string => new X509Certificate(pem).fingerprint256

const oneLine = (name: string) => name.replaceAll('\n', ', ')
