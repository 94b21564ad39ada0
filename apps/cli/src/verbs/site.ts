import {
  BootOrder,
  ChainRomIpxe,
  DhcpMode,
  PlainHttp,
  SecureBoot,
  type Site,
  type SitePatch,
  UnknownPolicy,
} from '@eims/contracts'
import { bootFileRules, bootFileText } from '../boot-file-rules.ts'
import { bootOrderText } from '../boot-order-text.ts'
import { command } from '../command.ts'
import { configFlag, configGiven } from '../config-flag.ts'
import { readCa } from '../connection.ts'
import { importColumns } from '../csv/columns.ts'
import { defined } from '../needed.ts'
import { fields } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { retentionRules, retentionText } from '../retention-text.ts'
import type { Screen } from '../screen.ts'
import { changeModels, modelText } from '../secure-boot-models.ts'

const describe = (site: Site, screen?: Screen) =>
  fields(
    [
      ['name', site.name],
      ['default profile', site.defaultProfile],
      [
        'unknown machines',
        site.unknownPolicy ??
          (site.defaultProfile ? 'get the default profile' : 'are held until a default profile is set'),
      ],
      ['zero-touch', site.autoProvision ? 'yes' : 'no: provision each node by hand'],
      ['overwrite disks of unknown machines', site.overwriteUnregistered ? 'yes' : 'only blank ones'],
      ['DHCP', site.dhcpMode === 'off' ? 'off: heard, never answered' : 'proxy'],
      ['replace ROM iPXE', site.chainRomIpxe],
      ['units boot first', bootOrderText(site.bootOrder)],
      ['user class of our iPXE', site.userClass],
      ['script of iPXE', site.scriptUrl ?? 'our own'],
      ...site.bootFiles.map((rule, index): [string, string] => [index === 0 ? 'boot files' : '', bootFileText(rule)]),
      ['HTTPS', site.https ? `on; plain HTTP for firmware without it is ${site.plainHttp}` : 'off'],
      ['Secure Boot', SIGNED[site.secureBoot]],
      ...(site.secureBootModels ?? []).map((model, index): [string, string] => [
        index === 0 ? 'Secure Boot by model' : '',
        modelText(model),
      ]),
      ['site CA, SHA-256', site.caFingerprint],
      ['proxy', site.httpProxy],
      ['no proxy', site.noProxy],
      ['NTP servers', site.ntpServers.join(', ')],
      ['default account', site.defaultAccount],
      ['config-file', linesOf(site.config)],
      ['orchestrator', site.orchestratorUrl],
      [
        'orchestrator CA',
        site.orchestratorCa ? `${site.orchestratorCa.split('BEGIN CERTIFICATE').length - 1} certificates` : null,
      ],
      ['mirrors', site.mirrors.join(', ')],
      ['administration also at', site.adminHosts.join(', ')],
      ['shared serials, UUIDs', (site.sharedIdentifiers ?? []).join(', ')],
      ...Object.entries(site.importColumns ?? {}).map(([name, column], index): [string, string] => [
        index === 0 ? 'columns of imports' : '',
        `${name}=${column}`,
      ]),
      ['kept', site.retention ? retentionText(site.retention) : null],
      ['unregistered machines', site.unregisteredLimit ? `${site.unregisteredLimit} at most` : null],
    ],
    screen,
  )

const SIGNED: Record<Site['secureBoot'], string> = {
  auto: 'firmware that refuses iPXE gets the signed chain',
  on: 'all UEFI firmware gets the signed chain',
  off: 'iPXE for all',
}

const linesOf = (text: string | null) => (text ? `${text.trimEnd().split('\n').length} lines` : null)

const show = command({
  name: 'site show',
  summary: 'show the site’s settings',
  async run({ client, show }) {
    show(await client('getSite', {}), describe)
  },
})

const YES_NO = ['yes', 'no'] as const
const flags = {
  name: { type: 'string', value: 'NAME', says: 'of the site' },
  'default-profile': {
    type: 'string',
    value: 'NAME',
    says: 'for machines without a profile of their own ("" for none)',
  },
  'default-account': {
    type: 'string',
    value: 'NAME',
    says: 'local account of units for which neither node nor profile names one ("" for none)',
  },
  unknown: {
    type: 'string',
    oneOf: [...UnknownPolicy.options, ''],
    value: 'POLICY',
    says: 'default-profile, hold or refuse machines that nobody registered ("" for the usual rule)',
  },
  'zero-touch': {
    type: 'string',
    oneOf: YES_NO,
    says: 'provision machines, registered or not, as soon as they appear',
  },
  'overwrite-unknown': {
    type: 'string',
    oneOf: YES_NO,
    says: 'write disks of unregistered machines though they are not blank',
  },
  dhcp: {
    type: 'string',
    oneOf: DhcpMode.options,
    says: 'off: machines are heard and never answered, the LAN’s DHCP server names the boot file',
  },
  'chain-rom-ipxe': {
    type: 'string',
    oneOf: ChainRomIpxe.options,
    says: 'replace iPXE in a ROM by ours: auto (only ones without HTTP) or always',
  },
  'boot-order': {
    type: 'string',
    oneOf: BootOrder.options,
    says: 'what a unit with UEFI tries first: its disk, or the network, from where the server sends it on to its disk',
  },
  'user-class': { type: 'string', value: 'NAME', says: 'by which our own iPXE is known (option 77)' },
  'script-url': { type: 'string', value: 'URL', says: 'what iPXE runs instead of our /boot.ipxe ("" for ours)' },
  'boot-file': {
    type: 'string',
    multiple: true,
    value: 'RULE',
    says: 'another boot file for some machines: arch=N,vendor=TEXT,product=TEXT,file=NAME with any of the first three; * in a text stands for anything. The first that fits counts; all former ones go ("" for none)',
  },
  https: { type: 'string', oneOf: ['on', 'off'], says: 'boot and talk over TLS where the firmware can' },
  'plain-http': {
    type: 'string',
    oneOf: PlainHttp.options,
    says: 'while HTTPS is on, for firmware that cannot',
  },
  'secure-boot': {
    type: 'string',
    oneOf: SecureBoot.options,
    says: 'Debian’s signed chain instead of iPXE, for UEFI firmware: that which refuses iPXE (auto), all (on), none (off)',
  },
  'secure-boot-model': {
    type: 'string',
    multiple: true,
    value: 'PRODUCT=auto|on|off',
    says: 'the same for machines of a model, such as "SYS-E100*=on"; other lines stay. "PRODUCT=" forgets a model, also one that was remembered by itself ("" for all)',
  },
  proxy: { type: 'string', value: 'URL', says: 'handed to the units, and used to fetch images ("" for none)' },
  'no-proxy': { type: 'string', value: 'LIST', says: 'what is reached without it ("" for nothing)' },
  ntp: { type: 'string', multiple: true, value: 'SERVER', says: 'handed to the units ("" for none)' },
  'orchestrator-url': { type: 'string', value: 'URL', says: 'what the units report to later on ("" for none)' },
  'orchestrator-ca': { type: 'string', value: 'FILE', says: 'its CA (PEM), which the units trust ("" for none)' },
  mirror: {
    type: 'string',
    multiple: true,
    value: 'URL',
    says: 'where agents fetch image pieces before they ask this server ("" for none)',
  },
  'admin-host': {
    type: 'string',
    multiple: true,
    value: 'HOST',
    says: 'further name or address by which administrators may call it: of a reverse proxy, behind NAT ("" for none)',
  },
  shared: {
    type: 'string',
    multiple: true,
    value: 'ID',
    says: 'a serial or UUID that several machines have, so that it identifies none; all former ones go ("" for none)',
  },
  'import-column': {
    type: 'string',
    multiple: true,
    value: 'NAME=COLUMN',
    says: 'what a column of the site’s lists is, such as "Geräte-Nr.=Serial"; "NAME=" leaves it out. All former ones go ("" for none)',
  },
  keep: {
    type: 'string',
    multiple: true,
    value: 'BOUND',
    says: 'how long and how much of what is kept: events, logs, audit or runs with days or a size (logs=30d, logs=2GB)',
  },
  ...configFlag,
  'most-unknown': {
    type: 'string',
    value: 'N',
    says: 'machines that nobody registered, at most: the longest unseen one without a run makes room',
  },
} as const

const orNull = (value: string | undefined) => (value === '' ? null : value)
const whether = (value: string | undefined, yes: string) => (value === undefined ? undefined : value === yes)
const numberOf = (value: string | undefined) => (value === undefined ? undefined : Number(value))
const some = (values: string[] | undefined) => values?.filter((value) => value !== '')

const set = command({
  name: 'site set',
  summary: 'change the site’s settings',
  options: flags,
  async run({ values, client, show }) {
    const ca = values['orchestrator-ca']
    const models = values['secure-boot-model']
    const body = defined({
      name: values.name,
      defaultProfile: orNull(values['default-profile']),
      defaultAccount: orNull(values['default-account']),
      unknownPolicy: orNull(values.unknown),
      autoProvision: whether(values['zero-touch'], 'yes'),
      overwriteUnregistered: whether(values['overwrite-unknown'], 'yes'),
      dhcpMode: values.dhcp,
      chainRomIpxe: values['chain-rom-ipxe'],
      bootOrder: values['boot-order'],
      userClass: values['user-class'],
      scriptUrl: orNull(values['script-url']),
      bootFiles: values['boot-file'] && bootFileRules(values['boot-file']),
      https: whether(values.https, 'on'),
      plainHttp: values['plain-http'],
      secureBoot: values['secure-boot'],
      secureBootModels: models && changeModels((await client('getSite', {})).secureBootModels, models),
      httpProxy: orNull(values.proxy),
      noProxy: orNull(values['no-proxy']),
      ntpServers: some(values.ntp),
      orchestratorUrl: orNull(values['orchestrator-url']),
      orchestratorCa: ca ? readCa(ca, '--orchestrator-ca') : orNull(ca),
      mirrors: some(values.mirror),
      adminHosts: some(values['admin-host']),
      sharedIdentifiers: some(values.shared),
      importColumns: values['import-column'] && importColumns(values['import-column']),
      retention: values.keep && retentionRules(values.keep),
      config: configGiven(values.config),
      unregisteredLimit: numberOf(values['most-unknown']),
    }) as SitePatch
    if (Object.keys(body).length === 0) throw new Refusal('nothing to change; see --help', 2)
    show(await client('patchSite', { body }), describe)
  },
})

export const siteVerbs = [show, set]
