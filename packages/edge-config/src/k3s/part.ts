import { stringify } from 'yaml'
import { addonsCommand } from '../addons/first-boot.ts'
import {
  CONFIG,
  type ConfigFile,
  dataDirOf,
  INSTALL_SCRIPT,
  type K3sConfig,
  networksOf,
  REGISTRIES,
  type SecretFile,
} from './config.ts'
import { addressTaken } from './ranges.ts'
import { REGISTRY_CA, withRegistryCa } from './registry-ca.ts'
import { imageDefaults } from './spec.ts'

/** What a cluster adds to a unit's cloud-config: `write_files`, and items of `runcmd` that belong into one list, in order. */
export interface Part {
  files: ConfigFile[]
  /** those of `files` that nobody is shown, and that must not stay in the seed */
  fromSecrets: readonly SecretFile[]
  runcmd: string[]
  /** sentences about what is otherwise than it is written */
  told: string[]
}

interface Node {
  /** the site's; null: there is none */
  proxy: { httpProxy: string; httpsProxy: string; noProxy: string } | null
  /** '': it is the OS's host name */
  nodeName: string
  /** that it will have, `10.0.0.2` or `10.0.0.2/24`; empty: DHCP gives them */
  addresses: readonly string[]
  /** names of sets of addons that are on its disk; left out: none */
  addons?: readonly string[]
  /** PEM that its registries are to be trusted by, where their configuration names nothing; left out: none */
  authorities?: string
}

/** An address of the node lies in a range of its cluster: nothing would reach it. */
export class RangeTaken extends Error {
  readonly address: string
  readonly kind: 'pods' | 'services'
  constructor(address: string, kind: 'pods' | 'services', range: string) {
    const field = kind === 'pods' ? 'clusterCidr' : 'serviceCidr'
    super(`the node’s address ${address} lies in the ${kind}’ range ${range}: choose another ${field}`)
    this.name = 'RangeTaken'
    this.address = address
    this.kind = kind
  }
}

/** As cluster-api-k3s installs where no network is, and says that it was done. */
const INSTALL = `INSTALL_K3S_SKIP_DOWNLOAD=true INSTALL_K3S_EXEC='server' sh ${INSTALL_SCRIPT} && mkdir -p /run/cluster-api && echo success > /run/cluster-api/bootstrap-success.complete`

/**
 * The part of a unit's cloud-config that makes it a cluster of one node. It means what cluster-api-k3s writes for the
 * first node of a control plane; its text differs: without Jinja, which cannot read the published templates, and without
 * the certificates and the etcd-proxy of a management cluster.
 *
 * Everything in `runcmd` must stay in one list: cloud-init makes one shell script of it, in which an `export` lasts.
 * @param config null: the default cluster
 * @throws RangeTaken
 */
export function k3sPart(config: K3sConfig | null, node: Node): Part {
  const { files, fromSecrets, pre, post, settings } = config ?? imageDefaults
  const networks = networksOf(config)
  const taken = addressTaken(node.addresses, networks)
  if (taken) throw new RangeTaken(taken.address, taken.kind, taken.range)
  const own = node.addresses.map((address) => address.replace(/\/.*/, ''))
  const names = [...new Set([...[settings['tls-san'] ?? []].flat().map(String), ...own])]
  const all = {
    ...(node.nodeName === '' ? {} : { 'node-name': node.nodeName.toLowerCase() }),
    ...settings,
    ...(names.length > 0 ? { 'tls-san': names } : {}),
  }
  const content = stringify(all, { version: '1.1', lineWidth: 0, sortMapEntries: true })
  const registries = String(settings['private-registry'] ?? REGISTRIES)
  const secret = new Set(fromSecrets.map(({ file }) => file))
  const trusted = trustedFiles(files, { registries, authorities: node.authorities ?? '', secret })
  return {
    // the last, as upstream has it
    files: [...trusted.files, { path: CONFIG, owner: 'root:root', permissions: '0640', content }],
    fromSecrets: fromSecrets.map((each) => ({ ...each, file: trusted.now.get(each.file) ?? each.file })),
    told: trusted.told,
    runcmd: [
      ...proxyOf(node, own, networks),
      ...pre,
      ...(node.addons?.length ? [addonsCommand(node.addons, dataDirOf(config))] : []),
      INSTALL,
      ...post,
    ],
  }
}

/** Registries that one sentence names. */
const MOST_TOLD = 5

/** The files of a cluster whose registries are trusted by authorities of the OS; of `secret` ones nothing is told. */
function trustedFiles(
  files: readonly ConfigFile[],
  { registries, authorities, secret }: { registries: string; authorities: string; secret: ReadonlySet<ConfigFile> },
) {
  const now = new Map<ConfigFile, ConfigFile>()
  const told: string[] = []
  for (const file of files) {
    if (authorities === '' || file.path !== registries) continue
    const { file: changed, hosts } = withRegistryCa(file)
    const more = hosts.length > MOST_TOLD ? ` and ${hosts.length - MOST_TOLD} more` : ''
    const which = secret.has(file) ? 'its registries' : `${hosts.slice(0, MOST_TOLD).join(', ')}${more}`
    if (hosts.length > 0) told.push(`${registries}: ${which} get tls.ca_file of operatingSystem.caCertificates`)
    now.set(file, changed)
  }
  const ca = { path: REGISTRY_CA, owner: 'root:root', permissions: '0644', content: authorities }
  return { files: [...files.map((file) => now.get(file) ?? file), ...(told.length > 0 ? [ca] : [])], now, told }
}

/** install.sh hands these of its environment to the service. */
function proxyOf({ proxy }: Node, addresses: string[], { pods, services }: { pods: string; services: string }) {
  if (!proxy || (proxy.httpProxy === '' && proxy.httpsProxy === '')) return []
  const { httpProxy, httpsProxy, noProxy } = proxy
  const direct = ['localhost', '127.0.0.0/8', '::1', ...addresses, ...pods.split(','), ...services.split(',')]
  const without = [...new Set([...noProxy.split(','), ...direct, '.svc', '.cluster.local'].map((each) => each.trim()))]
  const values = { http_proxy: httpProxy, https_proxy: httpsProxy, no_proxy: without.filter(Boolean).join() }
  return Object.entries(values).flatMap(([name, value]) =>
    value === '' ? [] : [name, name.toUpperCase()].map((each) => `export ${each}=${quotedForShell(value)}`),
  )
}

const quotedForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
