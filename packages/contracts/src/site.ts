import { z } from 'zod'
import { BootOrder } from './boot-order.ts'
import { named } from './component.ts'
import { ConfigFile } from './config-file.ts'
import { HIDDEN_SECRET } from './hidden-secret.ts'
import { Name } from './image.ts'
import { ImportColumns } from './import.ts'
import { Retention, RetentionPatch } from './retention.ts'

/** What happens to a machine that nobody registered (design section 6). */
export const UnknownPolicy = z.enum(['default-profile', 'hold', 'refuse'])
export type UnknownPolicy = z.infer<typeof UnknownPolicy>

/** Whether a ROM iPXE is chained into ours: only when it cannot do HTTP, or always. */
export const ChainRomIpxe = z.enum(['auto', 'always'])
export type ChainRomIpxe = z.infer<typeof ChainRomIpxe>

/** `off`: the site's own DHCP server hands out the boot file names, and this one stays silent. */
export const DhcpMode = z.enum(['proxy', 'off'])
export type DhcpMode = z.infer<typeof DhcpMode>

/** A boot file by its bare name; PXE ROMs know no path separator but `/`, and some cut a name at a space. */
export const BootFileName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be a plain file name (at most 64 letters, digits, dots, hyphens and underscores)',
  )

/** Another boot file than the usual one, for machines of which everything given holds. */
export const BootFileRule = z
  .strictObject({
    /** number in the IANA registry "Processor Architecture Types" (option 93) */
    architecture: z.number().int().min(0).max(65_535).optional(),
    /** option 60: its beginning, or the whole with `*` for anything */
    vendorClass: z.string().min(1).max(255).optional(),
    /** product name of a registered or known node; the whole, with `*` for anything */
    product: z.string().min(1).max(256).optional(),
    file: BootFileName,
  })
  .refine((rule) => rule.architecture !== undefined || rule.vendorClass || rule.product, {
    message: 'give at least one of architecture, vendorClass or product',
    path: ['architecture'],
  })
export type BootFileRule = z.infer<typeof BootFileRule>

/** Whether machines that know no HTTPS (BIOS, old iPXE, UEFI HTTP boot) are served by plain HTTP while HTTPS is on. */
export const PlainHttp = z.enum(['allowed', 'refused'])
export type PlainHttp = z.infer<typeof PlainHttp>

/**
 * Which UEFI firmware gets Debian's signed chain instead of iPXE: with `auto` that which has refused iPXE, with `on` every one.
 */
export const SecureBoot = z.enum(['auto', 'on', 'off'])
export type SecureBoot = z.infer<typeof SecureBoot>

/** As SMBIOS has it of machines that are known; the whole, with `*` for anything, in any case. */
const ModelText = z.string().trim().min(1).max(256)

/** The same for all machines of a model: set by a person, or remembered once one of them had refused iPXE. */
export const SecureBootModel = z.strictObject({
  product: ModelText,
  /** left out: whoever made it */
  manufacturer: ModelText.optional(),
  secureBoot: SecureBoot,
  /** the machine by which this server remembered it, and when; left out: a person set it */
  learned: z.strictObject({ node: z.string().max(128), at: z.iso.datetime() }).optional(),
})
export type SecureBootModel = z.infer<typeof SecureBootModel>

/** So many models a site tells apart. */
export const MOST_SECURE_BOOT_MODELS = 256

/** It stands in an iPXE script, where `$`, `|` and the like would be commands. */
const userClass = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'must be 1 to 32 letters, digits, dots, hyphens or underscores')

/** As it goes into a DHCP reply, which has room for so much. */
const ScriptUrl = z
  .url({ protocol: /^(https?|tftp)$/, error: 'must be an absolute URL (http, https or tftp)' })
  .regex(/^[a-z]+:\/\/[\x21-\x7e]+$/, 'must be printable ASCII without spaces, its scheme in lower case')
  .max(255)

/** As a reference, where any case will do; an empty one means the site that there is. */
export const SiteName = z.string().trim().max(63)

/** It stands in quotation marks in /etc/environment, in the configuration of apt, and in an agent's environment. */
const ProxyUrl = z
  .url({ protocol: /^https?$/, error: 'must be an absolute URL (http or https)' })
  .max(1024)
  .regex(/^[a-zA-Z]+:\/\/[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be printable ASCII without spaces, " or \\')
  .refine(
    (text) => URL.parse(text)?.password !== HIDDEN_SECRET,
    `has ${HIDDEN_SECRET} for a password, as replies show it to keys below admin: send the password itself, or leave the field out to keep it`,
  )

const NoProxy = z
  .string()
  .trim()
  .max(4096)
  .regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/, 'must be printable ASCII without " or \\: hosts separated by commas')

const NtpServer = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9.:_%-]{1,255}$/, 'must be a host name or an IP address')

/** As a Host header names it, without a port. */
const HostName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9.:-]{1,255}$/, 'must be a host name or an IP address, without a port')

const BaseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an absolute URL (http or https)' })
  .max(1024)
  .refine((text) => {
    const url = URL.parse(text)
    return url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  }, 'must have no user name, query or fragment: it is a base URL')

const Pem = z
  .string()
  .trim()
  .max(65_536)
  .regex(
    /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----(\s+-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)*$/,
    'must be certificates in PEM (-----BEGIN CERTIFICATE-----)',
  )

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
  /** what a unit with UEFI tries first, where its profile does not say */
  bootOrder: BootOrder,
  chainRomIpxe: ChainRomIpxe,
  dhcpMode: DhcpMode,
  /** option 77 by which our own iPXE is known */
  userClass: z.string(),
  /** what iPXE is sent to instead of our own /boot.ipxe: for a site that only needs the boot helper */
  scriptUrl: z.string().nullable(),
  bootFiles: z.array(BootFileRule),
  /** machines boot and talk over TLS with the site's CA as far as their firmware can */
  https: z.boolean(),
  plainHttp: PlainHttp,
  secureBoot: SecureBoot,
  /** the first that fits a machine goes before `secureBoot` */
  secureBootModels: z.array(SecureBootModel),
  /** SHA-256 of the site's CA (`GET /ca.crt`) as `openssl x509 -fingerprint -sha256` prints it; null before the first start */
  caFingerprint: z.string().nullable(),
  /** its password is `***` for keys below admin */
  httpProxy: z.string().nullable(),
  noProxy: z.string().nullable(),
  ntpServers: z.array(z.string()),
  /** what the installed units report to later on; null: none */
  orchestratorUrl: z.string().nullable(),
  /** PEM; the installed units trust it */
  orchestratorCa: z.string().nullable(),
  /** base URLs from which agents fetch chunks by their digest before they ask this server */
  mirrors: z.array(z.string()),
  /** further names and addresses by which administrators may call its servers: a reverse proxy's, one behind NAT */
  adminHosts: z.array(z.string()),
  /** serials and UUIDs that many machines of this site have: they identify none */
  sharedIdentifiers: z.array(z.string()),
  /** how long, and how much of it, events, log lines, audit entries and runs that are over are kept */
  retention: Retention,
  /** machines that nobody registered, at most: of those that no run and no person has touched the longest unseen goes first */
  unregisteredLimit: z.number().int(),
  /** columns of an import by what this site's lists call them, beside the names that are known anyway */
  importColumns: ImportColumns,
  /** name of the local account of units for which neither node nor profile names one */
  defaultAccount: z.string().nullable(),
  /** config-file of its units, least specific; secrets as *** */
  config: z.string().nullable(),
  /** as a node's: another one when only what replies do not show was changed; null: there is none */
  configSha256: z.string().nullable(),
})
export type Site = z.infer<typeof Site>

export const SitePatch = z.strictObject({
  name: Name.optional(),
  defaultProfile: Name.nullable().optional(),
  unknownPolicy: UnknownPolicy.nullable().optional(),
  autoProvision: z.boolean().optional(),
  overwriteUnregistered: z.boolean().optional(),
  bootOrder: BootOrder.optional(),
  chainRomIpxe: ChainRomIpxe.optional(),
  dhcpMode: DhcpMode.optional(),
  userClass: userClass.optional(),
  scriptUrl: ScriptUrl.nullable().optional(),
  bootFiles: z.array(BootFileRule).max(64).optional(),
  https: z.boolean().optional(),
  plainHttp: PlainHttp.optional(),
  secureBoot: SecureBoot.optional(),
  secureBootModels: z.array(SecureBootModel).max(MOST_SECURE_BOOT_MODELS).optional(),
  httpProxy: ProxyUrl.nullable().optional(),
  noProxy: NoProxy.nullable().optional(),
  ntpServers: z.array(NtpServer).max(8).optional(),
  orchestratorUrl: BaseUrl.nullable().optional(),
  orchestratorCa: Pem.nullable().optional(),
  mirrors: z.array(BaseUrl).max(8).optional(),
  adminHosts: z.array(HostName).max(32).optional(),
  sharedIdentifiers: z.array(z.string().trim().min(1).max(128)).max(256).optional(),
  retention: RetentionPatch.optional(),
  unregisteredLimit: z.number().int().min(1).max(1_000_000).optional(),
  importColumns: ImportColumns.optional(),
  defaultAccount: Name.nullable().optional(),
  /** a config-file (docs/config-file.md) */
  config: ConfigFile.nullable().optional(),
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
  /** base URLs that have chunks by their digest, asked before the servers */
  mirrors: z.array(z.url()).max(8).default([]),
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

named({ BootFileRule, ChainRomIpxe, DhcpMode, PlainHttp, SecureBoot, SecureBootModel, Site, SitePatch, UnknownPolicy })
