import type { Inventory, LocalAccount, OsType } from '@eims/contracts'
import { stringify } from 'yaml'
import { accountConfig } from './account-config.ts'
import { alwaysConfig } from './always-config.ts'
import { commandsDone, firstBootConfig, type PhoneHomeInput, type Standalone } from './first-boot.ts'
import { type CloudConfig, mergeConfigs } from './merge.ts'
import { networkConfig } from './network-config.ts'
import { readCloudConfig } from './profile-part.ts'
import { secretsOf } from './secrets.ts'
import { ntpConfig, proxyConfig, type SiteInput } from './site-config.ts'
import { certificatesIn, trustConfig } from './trust.ts'

interface CloudInitInput {
  /** `name` becomes the OS's host name; `nics`: as the machine's agent counted them, empty when none was heard */
  node: { name: string; nics: Inventory['nics'] }
  /** the run's id: a new run makes cloud-init start afresh */
  instanceId: string
  profile: {
    /** of its image; left out: mutable */
    type?: OsType | undefined
    account?: LocalAccount | undefined
    cloudConfig?: string | undefined
    /** takes the place of what is made of the NICs */
    networkConfig?: string | undefined
  }
  site: SiteInput
  /** of the unit's config-file: merged after ours and before the profile's; its network takes the place of all others */
  edge?: { cloudConfig: CloudConfig; networkConfig: object | null; secrets?: readonly string[] }
  phoneHome: Omit<PhoneHomeInput, 'instanceId'>
  /** of a unit that keeps nothing of ours once it is RUNNING */
  standalone?: Standalone | undefined
}

const ORCHESTRATOR = { file: 'site-orchestrator-ca', field: 'orchestratorCa' }

/** The four files of a NoCloud seed; exactly the arguments of the builtin `seed`. An empty one is left out there. */
export interface CloudInitDocuments {
  metaData: string
  userData: string
  vendorData: string
  networkConfig: string
}

/**
 * What cloud-init is given on one unit: one user-data document, in which the profile's own cloud-config is merged after
 * ours. It needs nothing of cloud-init's own merging, so every version sees the same, and a person can read it whole.
 * @throws Error when the profile's cloud-config is not one; `cloudConfigFault` finds that beforehand
 */
export function cloudInitDocuments(input: CloudInitInput): CloudInitDocuments {
  const { node, instanceId, profile, site, edge, phoneHome, standalone } = input
  const own = readCloudConfig(profile.cloudConfig ?? '#cloud-config\n')
  if ('fault' in own) throw new Error(`the profile’s cloudConfig ${own.fault}`)
  const { account } = profile
  const secrets = secretsOf(account, [edge?.cloudConfig ?? {}, own.config], edge?.secrets)
  const config = [
    { hostname: node.name, manage_etc_hosts: 'localhost' },
    accountConfig(account),
    proxyConfig(site),
    ntpConfig(site),
    trustConfig(certificatesIn(site.orchestratorCa ?? ''), profile.type ?? 'mutable', ORCHESTRATOR),
    firstBootConfig({ instanceId, ...phoneHome, powerState: own.powerState, secrets, standalone }),
    edge?.cloudConfig ?? {},
    own.config,
    commandsDone,
  ].reduce(mergeConfigs)
  const network = edge?.networkConfig ?? (profile.networkConfig ? null : networkConfig(node.nics))
  return {
    metaData: yaml({ 'instance-id': instanceId, 'local-hostname': node.name }),
    userData: `#cloud-config\n${standalone ? asciiYaml(config) : yaml(config)}`,
    vendorData: standalone ? documentOf(alwaysConfig(edge?.cloudConfig ?? {}, own.config)) : '',
    networkConfig: network ? yaml(network) : (profile.networkConfig ?? ''),
  }
}

const documentOf = (config: CloudConfig): string =>
  Object.keys(config).length === 0 ? '' : `#cloud-config\n${yaml(config)}`

/**
 * Without a byte that is part of a letter only: a standalone unit overwrites its user-data sector by sector
 * (leave-functions.ts), and at each moment the whole of it has to be text.
 */
function asciiYaml(config: CloudConfig): string {
  const text = yaml(config)
  const others = /[^\t\n\x20-\x7e]/gu
  if (!others.test(text)) return text
  const quoted = stringify(config, {
    ...FORM,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'QUOTE_DOUBLE',
  })
  return quoted.replace(others, (letter) => `\\U${letter.codePointAt(0)!.toString(16).padStart(8, '0')}`)
}

const FORM = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const

/** As cloud-init reads it: YAML 1.1, where `yes` and `0600` need quotes to be text. */
function yaml(value: object): string {
  return stringify(value, FORM)
}
