import 'reflect-metadata'
import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/**
 * RSA with SHA-256, as the iPXE of Debian 13 (1.21.1+git20250501) knows no ECDSA signature: its binaries do not hold
 * the object identifier.
 */
const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const { subtle } = webcrypto

/**
 * Machines with a dead battery think it is 1998 (EDK2's PcdMinimalValidYear) or 2010, and iPXE asks its clock whether a
 * certificate is valid yet.
 */
const ALWAYS = new Date(0)

const DAY = 24 * 3600_000
const CA_DAYS = 30 * 365
/** What browsers take of a public CA; a server that runs renews long before. */
const LEAF_DAYS = 397

/** A certificate with its private key, both PEM. */
export interface Signed {
  certificate: string
  key: string
}

async function newKeys() {
  const parameters = { ...ALGORITHM, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
  const { privateKey, publicKey } = await subtle.generateKey(parameters, true, ['sign', 'verify'])
  const der = Buffer.from(await subtle.exportKey('pkcs8', privateKey))
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' })
  return { privateKey, publicKey, pem: String(pem) }
}

/** Positive and 16 bytes long (RFC 5280 section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}

/** A new certificate authority. `name`: what people see of it; `now`: milliseconds since 1970. */
export async function makeAuthority(name: string, now: number): Promise<Signed> {
  const { privateKey, publicKey, pem } = await newKeys()
  const subject = [{ CN: [name] }]
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: subject,
    notBefore: ALWAYS,
    notAfter: new Date(now + CA_DAYS * DAY),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: privateKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return { certificate: pemOf(certificate), key: pem }
}

/** What a server may be called: host names and IP addresses. */
export interface ServerNames {
  hosts: string[]
  addresses: string[]
}

/** A server's certificate, signed by the authority and followed by it: iPXE knows the CA by its fingerprint only. */
export async function makeLeaf(ca: Signed, { hosts, addresses }: ServerNames, now: number): Promise<Signed> {
  const { publicKey, pem } = await newKeys()
  const issuer = new X509Certificate(ca.certificate)
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [(hosts[0] ?? 'eims').slice(0, 64)] }],
    issuer: issuer.subjectName,
    notBefore: ALWAYS,
    notAfter: new Date(Math.min(now + LEAF_DAYS * DAY, issuer.notAfter.getTime())),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: await signingKey(ca.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
        ...hosts.map((value) => ({ type: 'dns' as const, value })),
      ]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await keyIdentifierOf(issuer),
    ],
  })
  return { certificate: `${pemOf(certificate)}${pemOf(issuer)}`, key: pem }
}

/** The key's identifier as the CA's own certificate has it: others compute it differently. */
async function keyIdentifierOf(issuer: X509Certificate): Promise<Extension> {
  const own = issuer.getExtension(SubjectKeyIdentifierExtension)
  return own ? new AuthorityKeyIdentifierExtension(own.keyId) : AuthorityKeyIdentifierExtension.create(issuer.publicKey)
}

async function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
  return subtle.importKey('pkcs8', new Uint8Array(der), ALGORITHM, false, ['sign'])
}

const pemOf = (certificate: X509Certificate) => `${certificate.toString('pem').trim()}\n`

/** Whether two PEM texts hold halves of one key pair. */
export const sameKey = (certificate: { publicKey: ReturnType<typeof createPublicKey> }, key: string): boolean =>
  createPublicKey(key).equals(certificate.publicKey)
