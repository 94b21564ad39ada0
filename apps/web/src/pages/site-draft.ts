import type { BootFileRule, ColumnMeaning, KeptKind, SecureBootModel, Site, SitePatch } from '@eims/contracts'
import type { z } from 'zod'

/** Of a rule, as it is typed. */
export type RuleDraft = Record<keyof BootFileRule, string>

/** Of a model, as it is typed; what was remembered by itself keeps by which machine. */
export type ModelDraft = Pick<SecureBootModel, 'secureBoot' | 'learned'> & { product: string; manufacturer: string }

/** The settings as a form has them: lists are lines, and what there is none of is empty. */
export interface SiteDraft {
  name: string
  defaultProfile: string
  defaultAccount: string
  unknownPolicy: NonNullable<Site['unknownPolicy']> | 'usual'
  autoProvision: boolean
  overwriteUnregistered: boolean
  unregisteredLimit: string
  sharedIdentifiers: string
  dhcpMode: Site['dhcpMode']
  chainRomIpxe: Site['chainRomIpxe']
  bootOrder: Site['bootOrder']
  userClass: string
  scriptUrl: string
  bootFiles: RuleDraft[]
  https: boolean
  plainHttp: Site['plainHttp']
  secureBoot: Site['secureBoot']
  secureBootModels: ModelDraft[]
  adminHosts: string
  httpProxy: string
  noProxy: string
  ntpServers: string
  mirrors: string
  orchestratorUrl: string
  orchestratorCa: string
  importColumns: { theirs: string; ours: ColumnMeaning }[]
  retention: Record<KeptKind, { days: string; megabytes: string }>
}

/** PURE: what the form begins with. */
export function draftOf(site: Site): SiteDraft {
  const kept = (kind: KeptKind) => ({
    days: String(site.retention[kind].days),
    megabytes: String(site.retention[kind].megabytes),
  })
  return {
    name: site.name,
    defaultProfile: site.defaultProfile ?? '',
    defaultAccount: site.defaultAccount ?? '',
    unknownPolicy: site.unknownPolicy ?? 'usual',
    autoProvision: site.autoProvision,
    overwriteUnregistered: site.overwriteUnregistered,
    unregisteredLimit: String(site.unregisteredLimit),
    sharedIdentifiers: site.sharedIdentifiers.join('\n'),
    dhcpMode: site.dhcpMode,
    chainRomIpxe: site.chainRomIpxe,
    bootOrder: site.bootOrder,
    userClass: site.userClass,
    scriptUrl: site.scriptUrl ?? '',
    bootFiles: site.bootFiles.map(({ architecture, vendorClass, product, file }) => ({
      architecture: architecture === undefined ? '' : String(architecture),
      vendorClass: vendorClass ?? '',
      product: product ?? '',
      file,
    })),
    https: site.https,
    plainHttp: site.plainHttp,
    secureBoot: site.secureBoot,
    secureBootModels: site.secureBootModels.map((each) => ({ ...each, manufacturer: each.manufacturer ?? '' })),
    adminHosts: site.adminHosts.join('\n'),
    httpProxy: site.httpProxy ?? '',
    noProxy: site.noProxy ?? '',
    ntpServers: site.ntpServers.join('\n'),
    mirrors: site.mirrors.join('\n'),
    orchestratorUrl: site.orchestratorUrl ?? '',
    orchestratorCa: site.orchestratorCa ?? '',
    importColumns: Object.entries(site.importColumns).map(([theirs, ours]) => ({ theirs, ours })),
    retention: { events: kept('events'), logs: kept('logs'), audit: kept('audit'), runs: kept('runs') },
  }
}

/** PURE: which of the settings are others than before. */
export const changedIn = (before: SiteDraft, now: SiteDraft): (keyof SiteDraft)[] =>
  (Object.keys(now) as (keyof SiteDraft)[]).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]))

const lines = (text: string) => text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
/** What is no number goes to the server as it is, which says so at its field. */
const number = (text: string) => (/^\d+$/.test(text.trim()) ? Number(text) : (text as unknown as number))

const rule = ({ architecture, vendorClass, product, file }: RuleDraft): BootFileRule => ({
  ...(architecture.trim() === '' ? {} : { architecture: number(architecture) }),
  ...(vendorClass === '' ? {} : { vendorClass }),
  ...(product === '' ? {} : { product }),
  file: file.trim(),
})

const model = ({ product, manufacturer, ...rest }: ModelDraft): SecureBootModel => ({
  ...rest,
  product: product.trim(),
  ...(manufacturer.trim() === '' ? {} : { manufacturer: manufacturer.trim() }),
})

/** PURE: the change that sets these of the draft's settings. */
export function patchOf(draft: SiteDraft, keys: readonly (keyof SiteDraft)[]): z.input<typeof SitePatch> {
  const whole = {
    ...draft,
    name: draft.name.trim(),
    defaultProfile: orNull(draft.defaultProfile),
    defaultAccount: orNull(draft.defaultAccount),
    unknownPolicy: draft.unknownPolicy === 'usual' ? null : draft.unknownPolicy,
    unregisteredLimit: number(draft.unregisteredLimit),
    sharedIdentifiers: lines(draft.sharedIdentifiers),
    userClass: draft.userClass.trim(),
    scriptUrl: orNull(draft.scriptUrl),
    bootFiles: draft.bootFiles.map(rule),
    secureBootModels: draft.secureBootModels.map(model),
    adminHosts: lines(draft.adminHosts),
    httpProxy: orNull(draft.httpProxy),
    noProxy: orNull(draft.noProxy),
    ntpServers: lines(draft.ntpServers),
    mirrors: lines(draft.mirrors),
    orchestratorUrl: orNull(draft.orchestratorUrl),
    orchestratorCa: orNull(draft.orchestratorCa),
    importColumns: Object.fromEntries(draft.importColumns.map(({ theirs, ours }) => [theirs.trim(), ours])),
    retention: Object.fromEntries(
      Object.entries(draft.retention).map(([kind, { days, megabytes }]) => [
        kind,
        { days: number(days), megabytes: number(megabytes) },
      ]),
    ),
  } satisfies Record<keyof SiteDraft, unknown>
  return Object.fromEntries(keys.map((key) => [key, whole[key]]))
}
