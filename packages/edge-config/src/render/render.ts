import { type CloudConfig, mergeConfigs, ntpConfig } from '@eims/cloud-config'
import type { BootOrder } from '@eims/contracts'
import { stringify } from 'yaml'
import type { EdgeConfig } from '../config.ts'
import type { Part } from '../k3s/part.ts'
import type { Cluster } from '../kinds/kind.ts'
import { clusterOverlaps } from '../system/network.ts'
import type { OperatingSystem } from '../system/operating-system.ts'
import { aptMirrorPart } from './apt-mirror.ts'
import { clusterOf } from './cluster.ts'
import type { Facts } from './facts.ts'
import { filesPart } from './files.ts'
import { installerPart } from './installer.ts'
import { networkPart } from './network.ts'
import { clusterProxy, ownAddresses, proxiesOf, proxyPart } from './proxy.ts'
import { authoritiesOf, trustPart } from './trust.ts'
import { usersPart } from './users.ts'

export interface Rendered {
  /** to be merged with what else a unit gets (docs/decisions/0008) */
  cloudConfig: CloudConfig
  /** version 2; null: as the NICs have it */
  networkConfig: object | null
  /** words of the kernel's command line, which no cloud-config can set */
  kernelArguments: string[]
  /** null: as profile and site have it */
  bootOrder: BootOrder | null
  /** names of the sets of addons that the unit gets, and its commands copy */
  addons: string[]
  /** files whose content is of a secret */
  fromSecrets: { path: string; name: string; key: string }[]
  /** texts of `cloudConfig` that must not stay on the unit once its first boot is over, beside its passwords */
  secrets: string[]
  /** sentences about what is not done, or cannot be on such an image */
  told: string[]
}

/**
 * A config-file as what a unit is given. All commands are in one list, in the order in which they run: what the OS's settings
 * need, the installer, services, `commands.before`, the cluster's, `commands.after`; cloud-init makes one script of them.
 */
export function renderConfig(config: EdgeConfig, facts: Facts): Rendered {
  const { operatingSystem: system } = config
  const told: string[] = []
  const cluster = clusterOf(config, facts)?.cluster ?? null
  const addons = addonsFor(cluster, facts, told)
  const proxies = proxiesOf(system, cluster, facts)
  const overlaps = system.network && cluster?.networks ? clusterOverlaps(system.network, cluster.networks) : []
  told.push(...overlaps)
  const part: Part = cluster?.part({
    proxy: clusterProxy(proxies),
    nodeName: facts.nodeName,
    // told already, and by a file of another level nothing that this one could refuse
    addresses: overlaps.length > 0 ? [] : ownAddresses(system),
    addons,
    authorities: authoritiesOf(system).join(''),
  }) ?? { files: [], fromSecrets: [], runcmd: [], told: [] }
  told.push(...part.told)
  const { before = [], after = [] } = system.commands ?? {}
  const cloudConfig = [
    proxyPart(proxies, facts.imageType),
    trustPart(system, facts.imageType, told),
    aptMirrorPart(system, facts, told),
    ntpConfig({ httpProxy: null, noProxy: null, ntpServers: system.ntpServers ?? [] }),
    usersPart(system, facts.account, told),
    sshPart(system),
    filesPart(part.files, system.files ?? []),
    installerPart(system, facts),
    { runcmd: [...serviceCommands(system), ...before, ...part.runcmd, ...after] },
  ].reduce<CloudConfig>(mergeConfigs, {})
  tellRest(system, facts, told)
  return {
    cloudConfig: Object.fromEntries(
      Object.entries(cloudConfig).filter(([, value]) => !Array.isArray(value) || value.length > 0),
    ),
    networkConfig: networkPart(system, facts, told),
    kernelArguments: kernelArguments(system),
    bootOrder: system.bootOrder ?? null,
    addons,
    fromSecrets: part.fromSecrets.map(({ file: { path }, name, key }) => ({ path, name, key })),
    secrets: part.fromSecrets.map(({ file: { content } }) => content),
    told,
  }
}

/** Sets for a cluster that takes some; the others are told. */
function addonsFor(cluster: Cluster | null, { addons = [] }: Facts, told: string[]): string[] {
  if (addons.length === 0) return []
  const dataDir = cluster?.dataDir ?? null
  if (dataDir !== null && /^\/[^\n]*$/.test(dataDir)) return [...addons]
  told.push(
    dataDir === null
      ? noAddons(addons)
      : `the addons ${addons.join(', ')} are not put on the unit: its K3s has a data-dir that is no absolute path`,
  )
  return []
}

/** PURE: why sets of addons are not on a unit without K3s. */
export const noAddons = (addons: readonly string[]): string =>
  `the addons ${addons.join(', ')} are not put on the unit: no config-file gives it K3s`

/** As cloud-init reads it: YAML 1.1. */
export const cloudConfigText = ({ cloudConfig }: Rendered): string =>
  `#cloud-config\n${stringify(cloudConfig, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`

function sshPart({ ssh }: OperatingSystem) {
  if (!ssh) return {}
  const { enabled, passwordAuthentication, permitRootLogin } = ssh
  const lines = [
    ...(passwordAuthentication === undefined
      ? []
      : [`PasswordAuthentication ${passwordAuthentication ? 'yes' : 'no'}`]),
    ...(permitRootLogin === undefined ? [] : [`PermitRootLogin ${permitRootLogin}`]),
  ]
  // Debian and Ubuntu call it ssh, all others sshd
  const both = (verb: string) => `systemctl ${verb} ssh.service 2>/dev/null || systemctl ${verb} sshd.service || true`
  return {
    ...(passwordAuthentication === undefined ? {} : { ssh_pwauth: passwordAuthentication }),
    // of several files sshd takes the first that says something
    ...(lines.length > 0
      ? { write_files: [{ path: '/etc/ssh/sshd_config.d/10-site.conf', content: `${lines.join('\n')}\n` }] }
      : {}),
    runcmd: [
      ...(enabled === undefined ? [] : [both(enabled ? 'enable --now' : 'disable --now')]),
      ...(lines.length > 0 && enabled !== false ? [both('try-restart')] : []),
    ],
  }
}

const serviceCommands = ({ services = {} }: OperatingSystem) => [
  ...(services.enable ?? []).map((unit) => ['systemctl', 'enable', '--now', unit]),
  ...(services.disable ?? []).map((unit) => ['systemctl', 'disable', '--now', unit]),
]

const kernelArguments = ({ hugePages }: OperatingSystem): string[] =>
  hugePages?.count === undefined ? [] : [`hugepagesz=${hugePages.size ?? '2M'}`, `hugepages=${hugePages.count}`]

function tellRest(system: OperatingSystem, { imageType }: Facts, told: string[]): void {
  if (system.lvmSizeGb) told.push('operatingSystem.lvmSizeGb is not done: a profile’s workflow makes partitions')
  if (imageType === 'mutable') return
  if (system.hugePages)
    told.push('operatingSystem.hugePages needs the kernel’s command line, which an immutable image may have sealed')
  const early = system.files?.filter(({ path }) => path?.startsWith('/var/')) ?? []
  if (early.length > 0)
    told.push(
      `${early[0]!.path} and others below /var may be hidden by a partition that an immutable image mounts there`,
    )
}
