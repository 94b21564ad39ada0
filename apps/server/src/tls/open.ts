import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Db, ensureSiteCa, replaceSiteCa, type SiteCa, siteCa } from '@eims/registry'
import type { Logger } from 'pino'
import { certificateIn, checkAuthority, fingerprintOf, keyIn } from './authority.ts'
import { type CertificateInUse, keepCertificate } from './keeper.ts'
import { isBy, staleness } from './leaf.ts'
import { makeAuthority, makeLeaf, type ServerNames, type Signed } from './sign.ts'

/** PEM files that the service was started with; null where it makes its own. */
export interface TlsFiles {
  caCert: string | null
  caKey: string | null
  tlsCert: string | null
  tlsKey: string | null
}

export interface Tls extends Disposable {
  inUse: CertificateInUse
  /** the CA of the certificate in use, PEM; the site's, as soon as this server has a certificate by it */
  ca(): string
  /** SHA-256 of the CA's DER, 32 bytes */
  fingerprint(): Uint8Array
  /** looks now instead of within the hour (of another CA: within the minute) */
  look(): Promise<void>
}

/**
 * The site's CA (made, or given and stored) and this server's certificate by it, kept fitting from now on.
 * Throws one sentence with the remedy when a given file cannot be used.
 */
export async function openTls({
  db,
  dataDir,
  files,
  names,
  now,
  log,
  everyCa,
}: {
  db: Db
  dataDir: string
  files: TlsFiles
  names: () => ServerNames
  now: () => number
  log: Pick<Logger, 'info' | 'warn'>
  everyCa?: number
}): Promise<Tls> {
  const first = await authorityOf(db, files, now, log)
  const { tlsCert, tlsKey } = files
  const given = tlsCert !== null && tlsKey !== null
  if (given) {
    const leaf = await givenLeaf(tlsCert, tlsKey, now())
    const why = staleness(leaf, first.certificate, names(), now())
    if (why) log.warn(`tls: machines will not accept the certificate of ${tlsCert} for every address: ${why}`)
  }
  const keeper = await keepCertificate({
    async fitting() {
      const ca = (await siteCa(db)) ?? first
      const leaf = given ? await givenLeaf(tlsCert, tlsKey, now()) : await ownLeaf(dataDir, ca, names(), now(), log)
      if (given && ca.certificate !== first.certificate) checkIsBy(leaf, ca, tlsCert)
      return { leaf, ca: ca.certificate }
    },
    hasOtherCa: async (ca) => ((await siteCa(db))?.certificate ?? ca) !== ca,
    log,
    ...(everyCa === undefined ? {} : { everyCa }),
  })
  return {
    inUse: keeper,
    ca: () => keeper.ca(),
    fingerprint: () => fingerprintOf(keeper.ca()),
    look: () => keeper.look(),
    [Symbol.dispose]: () => keeper[Symbol.dispose](),
  }
}

async function authorityOf(db: Db, files: TlsFiles, now: () => number, log: Pick<Logger, 'warn'>): Promise<SiteCa> {
  const { caCert, caKey, tlsCert } = files
  if (caCert === null) return ensureSiteCa(db, async () => makeAuthority(`eims site CA ${nameOfTime(now())}`, now()))
  if (caKey === null && tlsCert === null)
    throw new Error('--ca-cert without --ca-key needs --tls-cert and --tls-key: nobody else can sign for this server')
  const certificate = await read('--ca-cert', caCert)
  const key = caKey === null ? null : await read('--ca-key', caKey)
  const named = { certificateFile: `--ca-cert ${caCert}`, keyFile: caKey === null ? null : `--ca-key ${caKey}` }
  checkAuthority({ certificate, key, ...named }, now())
  const given = { certificate: certificateIn(certificate, named.certificateFile).toString(), key }
  if (await replaceSiteCa(db, given))
    log.warn('tls: the site has another CA from now on; machines under way that trust the former one must boot again')
  return given
}

/** Two sites that one laptop administers should not have CAs of one name. */
const nameOfTime = (now: number) => new Date(now).toISOString().slice(0, 19).replace('T', ' ')

async function givenLeaf(certificateFile: string, keyFile: string, now: number): Promise<Signed> {
  const leaf = { certificate: await read('--tls-cert', certificateFile), key: await read('--tls-key', keyFile) }
  const certificate = certificateIn(leaf.certificate, `--tls-cert ${certificateFile}`)
  if (!certificate.checkPrivateKey(keyIn(leaf.key, `--tls-key ${keyFile}`)))
    throw new Error(
      `--tls-key ${keyFile} is not the key of --tls-cert ${certificateFile}; give the two that belong together`,
    )
  if (certificate.validToDate.getTime() <= now)
    throw new Error(
      `--tls-cert ${certificateFile} expired on ${certificate.validToDate.toISOString()}; give one that is valid`,
    )
  return leaf
}

/** Under way, another server may have given the site a CA by which this one has no certificate. */
function checkIsBy(leaf: Signed, ca: SiteCa, certificateFile: string): void {
  if (!isBy(new X509Certificate(leaf.certificate), new X509Certificate(ca.certificate)))
    throw new Error(
      `the site has another CA, and --tls-cert ${certificateFile} is not by it; put one that is into its place`,
    )
}

/** This server's own certificate in `<data>/tls`: the one that is there as long as it fits, else a new one. */
async function ownLeaf(
  dataDir: string,
  ca: SiteCa,
  names: ServerNames,
  now: number,
  log: Pick<Logger, 'info'>,
): Promise<Signed> {
  const path = join(dataDir, 'tls', 'server.pem')
  const kept = parted(await readFile(path, 'utf8').catch(absent))
  const why = kept ? staleness(kept, ca.certificate, names, now) : 'there is none yet'
  if (kept && why === null) return kept
  if (ca.key === null)
    throw new Error(
      'the key of the site’s CA is kept elsewhere; give this server its certificate with --tls-cert and --tls-key',
    )
  log.info(`tls: makes this server's certificate: ${why}`)
  const made = await makeLeaf({ certificate: ca.certificate, key: ca.key }, names, now)
  await mkdir(join(dataDir, 'tls'), { recursive: true, mode: 0o700 })
  // One file, so that certificate and key are exchanged together.
  await writeFile(`${path}.new`, `${made.key}${made.certificate}`, { mode: 0o600 })
  await rename(`${path}.new`, path)
  return made
}

function parted(text: string): Signed | null {
  const at = text.indexOf('-----BEGIN CERTIFICATE-----')
  return at > 0 ? { key: text.slice(0, at), certificate: text.slice(at) } : null
}

function absent(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return ''
  throw error
}

const read = (flag: string, path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${flag} ${path} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
    )
  })
