import { type Judgement, ProblemError, type Site, type SiteParameters, withoutUserinfo } from '@eims/contracts'
import {
  type BootSession,
  type Db,
  getSite,
  judgeFacts,
  matchNode,
  nodesOf,
  normaliseIdentity,
  siteCaCertificate,
} from '@eims/registry'
import { closedTo, strictest } from '@eims/workflow'
import { forTlsOnly } from '../tokens.ts'
import { isTls, refusePlain } from '../urls.ts'
import { openSessionOf } from './clock.ts'
import type { Engine } from './engine.ts'

/**
 * What the Micro-OS of one boot session is told; null when the token opens none. `base`: the URL under which it reached
 * us. Over TLS it is told the site's CA with it. Throws tls-only (by plain HTTP, with a token that was given over TLS or
 * while the site is `httpsOnly`), netboot-refused (its node may not boot from the network now). `now`: ms since 1970;
 * `ca`: the PEM by which this server's certificate is, left out: the registry's, which may be ahead of it.
 */
export async function siteParametersFor(
  engine: Pick<Engine, 'registry' | 'clock'>,
  token: string,
  base: string,
  { httpsOnly, now, ca }: { httpsOnly: boolean; now: number; ca?: string },
): Promise<SiteParameters | null> {
  refusePlain(base, { begunOverTls: forTlsOnly(token), httpsOnly })
  const { db } = engine.registry
  const session = await openSessionOf(engine, token)
  if (!session || session.expired) return null
  const closed = await closedFor(db, session)
  if (closed) throw new ProblemError('netboot-refused', closed.reason)
  const siteCa = isTls(base) ? (ca ?? (await siteCaCertificate(db))) : null
  return siteParameters(await getSite(db), { token, base, siteCa, bootMac: session.bootMac, now })
}

/**
 * What keeps a machine under way out, by all that its firmware said of it, the serial as well: of the node that its boot
 * script was for, and of each that the registry takes it for now; the strictest counts.
 */
async function closedFor(db: Db, { nodeId, identity }: BootSession): Promise<Judgement | null> {
  const match = await matchNode(db, normaliseIdentity(identity))
  const { nodes } = await judgeFacts(db, [...(nodeId ? [nodeId] : []), ...nodesOf(match)])
  return nodes.map(closedTo).reduce(strictest, null)
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
    // Whoever asks for a boot script may read this.
    httpProxy: site.httpProxy && withoutUserinfo(site.httpProxy),
    noProxy: site.noProxy,
    ntpServers: site.ntpServers,
    bootToken: boot.token,
    bootMac: boot.bootMac,
    serverTime: new Date(boot.now).toISOString(),
    debug: false,
  }
}
