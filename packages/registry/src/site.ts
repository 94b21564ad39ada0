import { randomBytes } from 'node:crypto'
import { ProblemError, type Site, type SitePatch } from '@eims/contracts'
import type { Db } from './database.ts'
import type { Prisma } from './generated/client.ts'
import { newId } from './id.ts'

const SITE_NAME = 'default'
const withDefault = { defaultProfile: { select: { name: true } } } as const
type SiteRow = Prisma.SiteGetPayload<{ include: typeof withDefault; omit: { signingKey: true } }>

function siteOfRow(row: SiteRow): Site {
  return {
    id: row.id,
    name: row.name,
    defaultProfile: row.defaultProfile?.name ?? null,
    unknownPolicy: row.unknownPolicy as Site['unknownPolicy'],
    autoProvision: row.autoProvision,
    overwriteUnregistered: row.overwriteUnregistered,
    chainRomIpxe: row.chainRomIpxe as Site['chainRomIpxe'],
    httpProxy: row.httpProxy,
    noProxy: row.noProxy,
    ntpServers: row.ntpServers,
  }
}

/** Makes the site with its signing key at the very first start; of several servers that start at once one makes it. */
export async function ensureSite(db: Db): Promise<Site> {
  await db.$executeRaw`
    insert into site (id, name, signing_key, ntp_servers) values (${newId()}, ${SITE_NAME}, ${randomBytes(32)}, '{}')
    on conflict (name) do nothing`
  return getSite(db)
}

/** Without its signing key, so that no reply can hold it. @throws Error before ensureSite */
export async function getSite(db: Db): Promise<Site> {
  const row = await db.site.findUnique({
    where: { name: SITE_NAME },
    include: withDefault,
    omit: { signingKey: true },
  })
  if (!row) throw new Error('the site was not made: ensureSite comes first')
  return siteOfRow(row)
}

/** 32 random bytes, the same for every server of the site: signs the sessions of agents. */
export async function siteSigningKey(db: Db): Promise<Uint8Array> {
  const { signingKey } = await db.site.findUniqueOrThrow({ where: { name: SITE_NAME }, select: { signingKey: true } })
  return signingKey
}

/** What is left out stays. @throws ProblemError invalid-input when there is no such profile */
export async function patchSite(db: Db, patch: SitePatch): Promise<Site> {
  const { defaultProfile, ...rest } = patch
  const data: Prisma.SiteUncheckedUpdateInput = {}
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) Object.assign(data, { [key]: value })
  if (defaultProfile === null) data.defaultProfileId = null
  else if (defaultProfile !== undefined) {
    const profile = await db.profile.findFirst({ where: { name: defaultProfile }, select: { id: true } })
    const message = `names the profile ${defaultProfile}, which does not exist`
    if (!profile)
      throw new ProblemError('invalid-input', `body.defaultProfile ${message}.`, [
        { path: 'body.defaultProfile', message },
      ])
    data.defaultProfileId = profile.id
  }
  await db.site.updateMany({ where: { name: SITE_NAME }, data })
  return getSite(db)
}
