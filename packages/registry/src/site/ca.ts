import type { Db } from '../database/database.ts'

/** The site's certificate authority, the same for every server of the site. PEM. */
export interface SiteCa {
  certificate: string
  /** null: it is kept elsewhere, and every server is given its certificate */
  key: string | null
}

/** null until a server made or brought one. */
export async function siteCa(db: Db): Promise<SiteCa | null> {
  const { caCertificate, caKey } = await db.site.findFirstOrThrow({ select: { caCertificate: true, caKey: true } })
  return caCertificate === null ? null : { certificate: caCertificate, key: caKey || null }
}

/** The certificate alone, in PEM: what may be told to everybody. null until there is one. */
export async function siteCaCertificate(db: Db): Promise<string | null> {
  const { caCertificate } = await db.site.findFirstOrThrow({ select: { caCertificate: true } })
  return caCertificate
}

/**
 * The site's CA, made by `make` at the very first start. Of several servers that start at once each may make one, but
 * only one is kept, and all get that one.
 */
export async function ensureSiteCa(db: Db, make: () => Promise<SiteCa>): Promise<SiteCa> {
  const kept = await siteCa(db)
  if (kept) return kept
  const { certificate, key } = await make()
  await db.$executeRaw`
    update site set ca_certificate = ${certificate}, ca_key = ${key ?? ''} where ca_certificate is null`
  return (await siteCa(db))!
}

/**
 * Puts a given CA in the place of the site's. What trusts the former one (machines under way, units that have not
 * phoned home yet) does not trust this one.
 * @returns the certificate of the CA that was replaced, if it was another one
 */
export async function replaceSiteCa(db: Db, { certificate, key }: SiteCa): Promise<string | null> {
  const before = await siteCa(db)
  await db.$executeRaw`update site set ca_certificate = ${certificate}, ca_key = ${key ?? ''}`
  return before && before.certificate !== certificate ? before.certificate : null
}
