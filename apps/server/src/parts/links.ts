import { unreportedUnder } from '@eims/registry'
import type { Database } from '../database.ts'
import { changesIn, reportElsewhere } from '../lan/link.ts'
import { readLink } from '../lan/read-link.ts'
import { rebind } from '../lan/rebind.ts'
import { watchLinks } from '../lan/watch-links.ts'
import type { Segment } from '../segment.ts'
import type { Tls } from '../tls/open.ts'
import { urlFor } from '../urls.ts'
import { basesOn, type Given, OPEN_ANEW } from './given.ts'

interface Before {
  database: Database
  tls: Tls
}

/** Keeps sockets, URLs and certificate to the interfaces that are served: they go, come back, change address and MTU. */
export function followLinks(given: Given & Before, ends: AsyncDisposableStack): void {
  const { segments, log, tls, onBroken } = given
  ends.use(
    watchLinks({
      segments,
      read: readLink,
      rebind,
      onChange(segment, was) {
        for (const { level, line } of changesIn(segment.interface, was, segment)) log[level](line)
        if (segment.address === was.address) return
        void tls.look()
        tellUnreported(given, segment, was.address).catch((err: unknown) =>
          log.warn({ err }, 'lan: which machines report to the former address could not be looked up'),
        )
      },
      onDeaf: ({ interface: name }, why) =>
        onBroken(
          `interface ${name} was made anew, and its sockets cannot be bound to the new one: ${why}; start again, with sockets opened anew`,
          OPEN_ANEW,
        ),
      onFailure: (err) => log.debug({ err }, 'lan: the interfaces could not be looked at'),
    }),
  )
}

/** A seed that is written says where to report, for good. */
async function tellUnreported(
  { config, database, log }: Given & Before,
  segment: Segment,
  former: string,
): Promise<void> {
  const urls = Object.values(basesOn({ address: former }, config)).map((base) => urlFor(base, '/agent/v1/phone-home'))
  const unreported = await unreportedUnder(database.registry.db, urls)
  if (unreported.count > 0) log.warn(unreported, reportElsewhere(segment.interface, former, unreported))
}
