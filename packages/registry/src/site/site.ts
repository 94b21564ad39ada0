import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import {
  ProblemError,
  RETENTION,
  type RetentionPatch,
  type Site,
  type SitePatch,
  withHiddenSecrets,
  withRetention,
} from '@eims/contracts'
import { orMeant } from '../catalogue/meant.ts'
import type { Db } from '../database/database.ts'
import { newId } from '../database/id.ts'
import { keepRow } from '../database/row-lock.ts'
import type { Prisma } from '../generated/client.ts'
import { forgetPlanFaults } from '../nodes/plan-fault.ts'

/** What it is called until someone renames it. */
const FIRST_NAME = 'default'
const named = { select: { name: true } } as const
const withDefault = { defaultProfile: named, defaultAccount: named } as const
const secrets = { caKey: true } as const
type SiteRow = Prisma.SiteGetPayload<{ include: typeof withDefault; omit: typeof secrets }>

function siteOfRow(row: SiteRow): Site {
  return {
    id: row.id,
    name: row.name,
    defaultProfile: row.defaultProfile?.name ?? null,
    unknownPolicy: row.unknownPolicy as Site['unknownPolicy'],
    autoProvision: row.autoProvision,
    overwriteUnregistered: row.overwriteUnregistered,
    bootOrder: row.bootOrder as Site['bootOrder'],
    chainRomIpxe: row.chainRomIpxe as Site['chainRomIpxe'],
    dhcpMode: row.dhcpMode as Site['dhcpMode'],
    userClass: row.userClass,
    scriptUrl: row.scriptUrl,
    bootFiles: row.bootFiles as Site['bootFiles'],
    https: row.https,
    plainHttp: row.plainHttp as Site['plainHttp'],
    secureBoot: row.secureBoot as Site['secureBoot'],
    secureBootModels: row.secureBootModels as Site['secureBootModels'],
    caFingerprint: row.caCertificate && new X509Certificate(row.caCertificate).fingerprint256,
    httpProxy: row.httpProxy,
    noProxy: row.noProxy,
    ntpServers: row.ntpServers,
    orchestratorUrl: row.orchestratorUrl,
    orchestratorCa: row.orchestratorCa,
    mirrors: row.mirrors,
    adminHosts: row.adminHosts,
    sharedIdentifiers: row.sharedIdentifiers,
    retention: withRetention(RETENTION, row.retention as RetentionPatch),
    unregisteredLimit: row.unregisteredLimit,
    importColumns: row.importColumns as Site['importColumns'],
    defaultAccount: row.defaultAccount?.name ?? null,
    config: row.config && withHiddenSecrets(row.config),
    configSha256: row.config && createHash('sha256').update(row.signingKey).update(row.config).digest('hex'),
  }
}

/** Makes the site with its signing key at the very first start; of several servers that start at once one makes it. */
export async function ensureSite(db: Db): Promise<Site> {
  await db.$executeRaw`
    insert into site (id, name, signing_key, ntp_servers) values (${newId()}, ${FIRST_NAME}, ${randomBytes(32)}, '{}')
    on conflict do nothing`
  return getSite(db)
}

/** Without its keys, so that no reply can hold them. @throws Error before ensureSite */
export async function getSite(db: Db): Promise<Site> {
  const row = await db.site.findFirst({
    include: withDefault,
    omit: secrets,
  })
  if (!row) throw new Error('the site was not made: ensureSite comes first')
  return siteOfRow(row)
}

/** 32 random bytes, the same for every server of the site: signs the sessions of agents. */
export async function siteSigningKey(db: Db): Promise<Uint8Array> {
  const { signingKey } = await db.site.findFirstOrThrow({ select: { signingKey: true } })
  return signingKey
}

/**
 * Refuses another site than the one there is.
 * @param name as a person wrote it: any case, empty for the site that there is
 * @throws ProblemError invalid-input
 */
export function checkSiteName(site: Pick<Site, 'name'>, name: string | null | undefined, path = 'body.site'): void {
  if (!name || name.toLowerCase() === site.name.toLowerCase()) return
  const message = `names the site ${name}, but this is the site ${site.name}; leave it empty or write ${site.name}`
  throw new ProblemError('invalid-input', `${path} ${message}.`, [{ path, message }])
}

/** What is left out stays. @throws ProblemError invalid-input when there is no such profile or account */
export async function patchSite(db: Db, patch: SitePatch): Promise<Site> {
  const { defaultProfile, defaultAccount, retention, ...rest } = patch
  const data: Prisma.SiteUncheckedUpdateInput = {}
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) Object.assign(data, { [key]: value })
  if (retention !== undefined) data.retention = { ...withRetention((await getSite(db)).retention, retention) }
  if (defaultProfile !== undefined)
    data.defaultProfileId = await idOf(db, defaultProfile, 'defaultProfile', 'profile', (name) =>
      db.profile.findFirst({ where: { name }, select: { id: true } }),
    )
  if (defaultAccount !== undefined)
    data.defaultAccountId = await idOf(db, defaultAccount, 'defaultAccount', 'account', (name) =>
      db.account.findUnique({ where: { name }, select: { id: true } }),
    )
  await db.site.updateMany({ data })
  await forgetPlanFaults(db)
  return getSite(db)
}

async function idOf(
  db: Db,
  name: string | null,
  field: string,
  what: 'profile' | 'account',
  find: (name: string) => Promise<{ id: string } | null>,
): Promise<string | null> {
  if (name === null) return null
  const found = await find(name)
  if (found && (await keepRow(db, what, { id: found.id, name }))) return found.id
  const meant = await orMeant(db, what, name)
  const message = `names the ${what} ${name}, which does not exist${meant}`
  throw new ProblemError('invalid-input', `body.${field} ${message}${meant ? '' : '.'}`, [
    { path: `body.${field}`, message },
  ])
}
