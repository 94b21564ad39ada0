import 'reflect-metadata'
import { createHash, generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto'
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509'
import t from 'tap'
import { checkAuthority, fingerprintOf, fingerprintText } from '../src/tls/authority.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 10, 20)
const ca = await makeAuthority('the site', now)
const other = await makeAuthority('another', now)
const refusal = (certificate: string, key: string | null = null, at = now) => {
  try {
    checkAuthority({ certificate, key, certificateFile: 'ca.crt', keyFile: 'ca.key' }, at)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

await t.test('a CA of our own making is one that we would take', async (t) => {
  t.equal(refusal(ca.certificate, ca.key), null)
  const { validFromDate, validToDate, subject } = new X509Certificate(ca.certificate)
  t.equal(subject, 'CN=the site')
  t.equal(validFromDate.getTime(), 0, 'valid for a machine whose clock is dead')
  t.equal(validToDate.getTime(), now + 30 * 365 * DAY)
})

await t.test('its fingerprint is the SHA-256 of its DER', async (t) => {
  const sha256 = createHash('sha256').update(new X509Certificate(ca.certificate).raw).digest()
  t.strictSame(Buffer.from(fingerprintOf(ca.certificate)), sha256)
  t.equal(fingerprintText(ca.certificate).replaceAll(':', '').toLowerCase(), sha256.toString('hex'))
})

await t.test('what machines could not rely on is refused, and why', async (t) => {
  const leaf = await makeLeaf(ca, { hosts: ['localhost'], addresses: [] }, now)
  const locked = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey
  const refused: [string | null, RegExp][] = [
    [refusal('no certificate'), /^ca\.crt holds no certificate in PEM form/],
    [refusal(leaf.certificate), /^ca\.crt is no CA certificate/],
    [refusal(ca.certificate, other.key), /^ca\.key is not the key of ca\.crt; give the two that belong together/],
    [refusal(ca.certificate, 'no key'), /^ca\.key holds no private key in PEM form/],
    [refusal(ca.certificate, locked), /^ca\.key is locked with a passphrase/],
    [refusal(ca.certificate, ca.key, now + 31 * 365 * DAY), /^ca\.crt expired on 2056-/],
    [refusal(ca.certificate, ca.key, -1), /^ca\.crt is valid from 1970-/],
    [refusal(await rootWith('ECDSA')), /^ca\.crt has a key of type ec; iPXE verifies RSA only/],
    [refusal(await rootWith('RSA 1024')), /^ca\.crt has an RSA key of 1024 bits/],
    [refusal(await intermediate()), /^ca\.crt is signed by another CA \(CN=the site\); give the root CA itself/],
  ]
  for (const [said, wanted] of refused) t.match(said, wanted)
})

/** A self-signed CA with a key that iPXE cannot use. */
async function rootWith(kind: 'ECDSA' | 'RSA 1024'): Promise<string> {
  const algorithm =
    kind === 'ECDSA'
      ? { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
      : { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
  return (await signed(algorithm, 'CN=root', 'CN=root')).toString('pem')
}

/** A CA whose issuer has another name. */
async function intermediate(): Promise<string> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  }
  return (await signed(algorithm, 'CN=below', 'CN=the site')).toString('pem')
}

async function signed(algorithm: object & { name: string }, subject: string, issuer: string) {
  const pair = await webcrypto.subtle.generateKey(algorithm as webcrypto.RsaHashedKeyGenParams, true, [
    'sign',
    'verify',
  ])
  return X509CertificateGenerator.create({
    serialNumber: '01',
    subject,
    issuer,
    notBefore: new Date(0),
    notAfter: new Date(now + DAY),
    signingAlgorithm: algorithm,
    publicKey: pair.publicKey,
    signingKey: pair.privateKey,
    extensions: [new BasicConstraintsExtension(true, 1, true)],
  })
}
