import type { Engine } from '../engine/engine.ts'
import { serveSegment } from '../lan/serve-segment.ts'
import { openListener } from '../listen/http.ts'
import { shortage } from '../shortage.ts'
import type { Tls } from '../tls/open.ts'
import { urlFor } from '../urls.ts'
import type { Boot } from './boot.ts'
import { basesOn, type Given } from './given.ts'
import type { Http } from './http.ts'
import type { SiteAtHand } from './site.ts'

interface Before {
  tls: Tls
  site: SiteAtHand
  engine: Engine
  boot: Boot
  http: Http
}

/** Each LAN segment on its inherited sockets: the machines' HTTP and HTTPS, ProxyDHCP and TFTP. */
export async function serveLan(
  { config, segments, now, log, tls, site: { site, gate }, engine, boot, http }: Given & Before,
  ends: AsyncDisposableStack,
): Promise<void> {
  const { app, tally, interfaces } = http
  const lan = {
    ...boot,
    closedTo: boot.decider.gate,
    site,
    gate,
    generated: boot.generated('tftp'),
    singlePort: config.tftpSinglePort === 'yes',
    record: engine.sink.record.bind(engine.sink),
    now,
    log,
  }
  for (const segment of segments) {
    const { interface: name, fds } = segment
    const base = () => basesOn(segment, config)
    const short = shortage(
      (times) => log.warn({ times, interface: name }, 'http: more connections are opened than there are places'),
      now,
    )
    const onFull = (what: 'gaveWay' | 'refused') => {
      tally.count(segment.address, `connections.${what}`)
      short()
    }
    ends.use(await openListener(app, 'open', { fd: fds.http }, { onFull }))
    ends.use(await openListener(app, 'open', { fd: fds.https }, { certificate: tls.inUse, onFull }))
    const overTls = () => ({ scriptUrl: urlFor(base().https, '/boot.ipxe'), trust: tls.fingerprint() })
    const services = ends.use(await serveSegment({ segment, base: () => base().http, tls: overTls }, lan))
    interfaces.push(() => {
      const { address, formerAddresses, away } = segment
      const counts = { http: tally.of([address, ...formerAddresses]), ...services.counters() }
      return { interface: name, address, formerAddresses, url: base().http, away, ...counts }
    })
  }
}
