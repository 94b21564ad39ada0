import type { Site, SiteParameters } from '@eims/contracts'
import { type Db, findBootSessionByToken, getSite, hashSecret } from '@eims/registry'

/** What the Micro-OS of one boot session is told; null when the token opens none. `base`: the URL under which it reached us. */
export async function siteParametersFor(
  db: Db,
  token: string,
  base: string,
  now: number,
): Promise<SiteParameters | null> {
  const session = await findBootSessionByToken(db, hashSecret(token))
  if (!session || session.expired) return null
  return siteParameters(await getSite(db), { token, base, bootMac: session.bootMac, now })
}

/** PURE: the parameters of a site for one boot. `now` in milliseconds since 1970. */
export function siteParameters(
  site: Pick<Site, 'httpProxy' | 'noProxy' | 'ntpServers'>,
  boot: { token: string; base: string; bootMac: string | null; now: number },
): SiteParameters {
  return {
    version: 1,
    servers: [boot.base],
    siteCa: null,
    httpProxy: site.httpProxy,
    noProxy: site.noProxy,
    ntpServers: site.ntpServers,
    bootToken: boot.token,
    bootMac: boot.bootMac,
    serverTime: new Date(boot.now).toISOString(),
    debug: false,
  }
}
