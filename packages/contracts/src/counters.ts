import { z } from 'zod'
import { named } from './component.ts'

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
export const ServerCounters = z.object({
  server: z.object({ id: z.string(), name: z.string(), startedAt: z.iso.datetime() }),
  interfaces: z.array(InterfaceCounters),
})
export type ServerCounters = z.infer<typeof ServerCounters>

/** Of what machines and time make grow: how much there is, by a sample of its pages, and how much may be. */
const StoredKind = z.object({
  rows: z.number(),
  /** of rows and index entries */
  bytes: z.number(),
  /** what its files take on the disk; room that was freed in them is used again, and not given back */
  fileBytes: z.number(),
  limit: z.object({ bytes: z.number(), days: z.number() }),
})

/** What the site's registry holds; the same whichever server is asked. */
export const Stored = z.object({
  measuredAt: z.iso.datetime(),
  /** when something was last looked at and dropped; null: never yet */
  sweptAt: z.iso.datetime().nullable(),
  kinds: z.object({ events: StoredKind, logs: StoredKind, audit: StoredKind, runs: StoredKind }),
  /** machines that nobody registered */
  unregistered: z.object({ count: z.number().int(), limit: z.number().int() }),
  /**
   * rows that are no more, since ever: `events`, `logs`, `audit`, `runs`, `sightings` (events of machines that are no
   * node), `undo` (what nodes were before imports), `imports`, `unregistered` (nodes); `logLines`: what those attempts said besides that are still on record; `unwritten`:
   * events that this server could not write since it started
   */
  dropped: Counts,
})
export type Stored = z.infer<typeof Stored>

export const Counters = ServerCounters.extend({
  /** null: the database cannot be asked */
  stored: Stored.nullable(),
})
export type Counters = z.infer<typeof Counters>

named({ Counters, HeardServer, InterfaceCounters, Stored, StoredKind })
