import { z } from 'zod'
import { Name } from './image.ts'

/** What happens to a machine that nobody registered (design section 6). */
export const UnknownPolicy = z.enum(['default-profile', 'hold', 'refuse'])
export type UnknownPolicy = z.infer<typeof UnknownPolicy>

/** Whether a ROM iPXE is chained into ours: only when it cannot do HTTP, or always. */
export const ChainRomIpxe = z.enum(['auto', 'always'])
export type ChainRomIpxe = z.infer<typeof ChainRomIpxe>

export const Site = z.object({
  id: z.string(),
  name: z.string(),
  defaultProfile: z.string().nullable(),
  /** null: `default-profile` as soon as one is marked, `hold` until then */
  unknownPolicy: UnknownPolicy.nullable(),
  /** make the instance with the host; otherwise a person does (`nodes provision`) */
  autoProvision: z.boolean(),
  /** write the disk of an unregistered machine though it is not blank */
  overwriteUnregistered: z.boolean(),
  chainRomIpxe: ChainRomIpxe,
  httpProxy: z.string().nullable(),
  noProxy: z.string().nullable(),
  ntpServers: z.array(z.string()),
})
export type Site = z.infer<typeof Site>

export const SitePatch = z.strictObject({
  defaultProfile: Name.nullable().optional(),
  unknownPolicy: UnknownPolicy.nullable().optional(),
  autoProvision: z.boolean().optional(),
  overwriteUnregistered: z.boolean().optional(),
  chainRomIpxe: ChainRomIpxe.optional(),
  httpProxy: z.url().max(1024).nullable().optional(),
  noProxy: z.string().max(4096).nullable().optional(),
  ntpServers: z.array(z.string().max(255)).max(8).optional(),
})
export type SitePatch = z.infer<typeof SitePatch>

/**
 * What the Micro-OS learns of its site: `/eims/site.json` in a second small initrd that the server makes
 * for every boot, so that kernel and initrd can be signed once and no secret stands on a command line.
 */
export const SiteParameters = z.object({
  version: z.literal(1),
  /** base URLs of servers, first one preferred, e.g. `http://192.168.77.1:7480` */
  servers: z.array(z.url()).min(1).max(8),
  /** PEM, or null while the site speaks plain HTTP */
  siteCa: z.string().nullable(),
  httpProxy: z.string().nullable(),
  noProxy: z.string().nullable(),
  ntpServers: z.array(z.string()),
  /** short-lived, bound to the boot session */
  bootToken: z.string(),
  /** the NIC that the machine booted from */
  bootMac: z.string().nullable(),
  /** the server's time when this was made, for a machine whose clock is dead */
  serverTime: z.iso.datetime(),
  /** a shell on the consoles; only when a person asked for it */
  debug: z.boolean(),
})
export type SiteParameters = z.infer<typeof SiteParameters>
