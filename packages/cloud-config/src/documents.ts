import type { Inventory, LocalAccount } from '@eims/contracts'
import { stringify } from 'yaml'
import { accountConfig } from './account-config.ts'
import { commandsDone, firstBootConfig, type PhoneHomeInput } from './first-boot.ts'
import { mergeConfigs } from './merge.ts'
import { networkConfig } from './network-config.ts'
import { readCloudConfig } from './profile-part.ts'
import { secretsOf } from './secrets.ts'
import { ntpConfig, proxyConfig, type SiteInput, trustConfig } from './site-config.ts'

interface CloudInitInput {
  /** `name` becomes the OS's host name; `nics`: as the machine's agent counted them, empty when none was heard */
  node: { name: string; nics: Inventory['nics'] }
  /** the run's id: a new run makes cloud-init start afresh */
  instanceId: string
  profile: {
    account?: LocalAccount | undefined
    cloudConfig?: string | undefined
    /** takes the place of what is made of the NICs */
    networkConfig?: string | undefined
  }
  site: SiteInput
  phoneHome: Omit<PhoneHomeInput, 'instanceId'>
}

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
  const { node, instanceId, profile, site, phoneHome } = input
  const own = readCloudConfig(profile.cloudConfig ?? '#cloud-config\n')
  if ('fault' in own) throw new Error(`the profile’s cloudConfig ${own.fault}`)
  const { account } = profile
  const secrets = secretsOf(account, own.config)
  const config = [
    { hostname: node.name, manage_etc_hosts: 'localhost' },
    accountConfig(account),
    proxyConfig(site),
    ntpConfig(site),
    trustConfig(site),
    firstBootConfig({ instanceId, ...phoneHome, powerState: own.powerState, secrets }),
    own.config,
    commandsDone,
  ].reduce(mergeConfigs)
  const network = networkConfig(node.nics)
  return {
    metaData: yaml({ 'instance-id': instanceId, 'local-hostname': node.name }),
    userData: `#cloud-config\n${yaml(config)}`,
    vendorData: '',
    networkConfig: profile.networkConfig ?? (network ? yaml(network) : ''),
  }
}

/** As cloud-init reads it: YAML 1.1, where `yes` and `0600` need quotes to be text. */
function yaml(value: object): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
}
