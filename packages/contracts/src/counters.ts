import { z } from 'zod'

/** Plain numbers since the server started, by what they count; a dot separates a kind from its sort (`replied.script`). */
const Counts = z.record(z.string(), z.number())

/** Another DHCP or ProxyDHCP server that was heard on a LAN, by its own packets or by those of its clients. */
export const HeardServer = z.object({
  address: z.string(),
  /** `chosen`: a client named it in option 54; `replied`: a reply of its own came to us; `proxy`: that of a ProxyDHCP */
  how: z.enum(['chosen', 'replied', 'proxy']),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  count: z.number().int().positive(),
})
export type HeardServer = z.infer<typeof HeardServer>

export const InterfaceCounters = z.object({
  interface: z.string(),
  /** our address there; the last one while it has none */
  address: z.string(),
  /** those that it had since the server started, the newest first */
  formerAddresses: z.array(z.string()),
  /** under which machines reach us there by plain HTTP, `http://192.168.77.1:7480` */
  url: z.string(),
  /** why no machine reaches us there at the moment; null: it is served */
  away: z.enum(['gone', 'off', 'no-link', 'no-address']).nullable(),
  dhcp: Counts,
  tftp: Counts,
  /** boot files and scripts only */
  http: Counts,
  heardServers: z.array(HeardServer),
})
export type InterfaceCounters = z.infer<typeof InterfaceCounters>

/** What one server did since it started; another server of the site has its own. */
export const Counters = z.object({
  server: z.object({ id: z.string(), name: z.string(), startedAt: z.iso.datetime() }),
  interfaces: z.array(InterfaceCounters),
})
export type Counters = z.infer<typeof Counters>
