import { ProblemError, type Site, type SiteParameters, say } from '@eims/contracts'
import { type Db, findBootSessionByToken, getSite, hashSecret, siteCaCertificate } from '@eims/registry'
import { gateOfSession } from '../netboot/session-gate.ts'
import { forTlsOnly } from '../tokens.ts'
import { isTls, refusePlain } from '../urls.ts'

/**
 * What the Micro-OS of one boot session is told; null when the token opens none. `base`: the URL under which it reached
 * us. Over TLS it is told the site's CA with it. Throws tls-only (by plain HTTP, with a token that was given over TLS or
 * while the site is `httpsOnly`), netboot-refused (its node may not boot from the network now). `now`: ms since 1970;
 * `ca`: the PEM by which this server's certificate is, left out: the registry's, which may be ahead of it.
 */
export async function siteParametersFor(
  db: Db,
  token: string,
  base: string,
  { httpsOnly, now, ca }: { httpsOnly: boolean; now: number; ca?: string },
): Promise<SiteParameters | null> {
  refusePlain(base, { begunOverTls: forTlsOnly(token), httpsOnly })
  const session = await findBootSessionByToken(db, hashSecret(token))
  if (!session || session.expired) return null
  const gate = await gateOfSession(db, session)
  if (gate.policy !== 'allowed') throw new ProblemError('netboot-refused', say(gate.reason))
  const siteCa = isTls(base) ? (ca ?? (await siteCaCertificate(db))) : null
  return siteParameters(await getSite(db), { token, base, siteCa, bootMac: session.bootMac, now })
}

/** PURE: the parameters of a site for one boot. `now` in milliseconds since 1970. */
export function siteParameters(
  site: Pick<Site, 'mirrors' | 'httpProxy' | 'noProxy' | 'ntpServers'>,
  boot: { token: string; base: string; siteCa: string | null; bootMac: string | null; now: number },
): SiteParameters {
  return {
    version: 1,
    servers: [boot.base],
    mirrors: site.mirrors,
    siteCa: boot.siteCa,
    httpProxy: site.httpProxy,
    noProxy: site.noProxy,
    ntpServers: site.ntpServers,
    bootToken: boot.token,
    bootMac: boot.bootMac,
    serverTime: new Date(boot.now).toISOString(),
    debug: false,
  }
}
