import type { Field } from '@eims/placed-yaml'
import type { K3sConfig, Settings } from './config.ts'
import { range } from './ranges.ts'
import {
  alternativeName,
  argument,
  type Check,
  domain,
  ipAddress,
  nodeLabel,
  nodeTaint,
  port,
  registry,
  word,
  words,
} from './values.ts'

/** The key of config.yaml that a field becomes, and its value; null: it says nothing, or what is wrong is told. */
interface Target {
  key: string
  check: Check
  read: (field: Field, check: Check) => string | string[] | null
}

const any: Check = () => null
const one = (key: string, check = any): Target => ({ key, check, read: word })
const many = (key: string, check = any): Target => ({ key, check, read: words })
/** Several in one text, with commas between them. */
const eachOf =
  (check: Check): Check =>
  (text) =>
    text.split(',').reduce<ReturnType<Check>>((wrong, part) => wrong ?? check(part.trim()), null)

const lowerCase =
  (check: Check): Check =>
  (text) =>
    check(text.toLowerCase())

/**
 * Each field of KThreesConfigSpec v1beta2 (cluster-api-k3s, bootstrap/api/v1beta2) with the key that it becomes; null:
 * what it does is more than a key, `readSpec` says what.
 */
export const SPEC = {
  top: {
    files: null,
    preK3sCommands: null,
    postK3sCommands: null,
    agentConfig: null,
    serverConfig: null,
    version: null,
  },
  agentConfig: {
    nodeLabels: many('node-label', nodeLabel),
    nodeTaints: many('node-taint', nodeTaint),
    privateRegistry: null,
    kubeletArgs: many('kubelet-arg', argument),
    kubeProxyArgs: many('kube-proxy-arg', argument),
    nodeName: one('node-name', lowerCase(domain)),
    airGapped: null,
    airGappedInstallScriptPath: null,
  },
  serverConfig: {
    kubeAPIServerArg: many('kube-apiserver-arg', argument),
    kubeControllerManagerArgs: many('kube-controller-manager-arg', argument),
    kubeSchedulerArgs: many('kube-scheduler-arg', argument),
    tlsSan: many('tls-san', alternativeName),
    bindAddress: one('bind-address', ipAddress),
    httpsListenPort: one('https-listen-port', port),
    advertiseAddress: one('advertise-address', ipAddress),
    advertisePort: one('advertise-port', port),
    clusterCidr: one('cluster-cidr', range('pods')),
    serviceCidr: one('service-cidr', range('services')),
    clusterDNS: one('cluster-dns', eachOf(ipAddress)),
    clusterDomain: one('cluster-domain', domain),
    disableComponents: many('disable'),
    disableExternalCloudProvider: null,
    disableCloudController: null,
    cloudProviderName: null,
    systemDefaultRegistry: one('system-default-registry', registry),
    etcdProxyImage: null,
  },
} satisfies Record<string, Record<string, Target | null>>

/** Values by K3s's keys, each with the field that says it. */
export type Said = Map<string, { value: string | string[]; field: Field }>

/** What the fields of a section say that become a key. */
export function saidIn(section: 'agentConfig' | 'serverConfig', fields: ReadonlyMap<string, Field>): Said {
  const said: Said = new Map()
  for (const [name, target] of Object.entries<Target | null>(SPEC[section])) {
    const field = fields.get(name)
    const value = target && field ? target.read(field, target.check) : null
    if (target && field && value !== null) said.set(target.key, { value, field })
  }
  return said
}

/** What cluster-api-k3s puts behind the API server's arguments (its pkg/k3s/config.go). */
export const ADDED = [
  'anonymous-auth=true',
  `tls-cipher-suites=${[
    'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
    'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
    'TLS_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_RSA_WITH_AES_256_GCM_SHA384',
  ].join()}`,
]

/**
 * config.yaml of the first node of a cluster as cluster-api-k3s writes it, but for the token, without which K3s makes one,
 * and the control plane's address, which is the node's.
 * @param said what the fields say, by K3s's keys
 */
export function settingsOf(
  said: Readonly<Record<string, string | readonly string[]>> = {},
  cloud: { disableController: boolean; provider: string } = { disableController: true, provider: '' },
): Settings {
  const listOf = (key: string, more: readonly string[]) => {
    const list = [...[said[key] ?? []].flat(), ...more]
    return list.length > 0 ? { [key]: list } : {}
  }
  const provider = cloud.provider === '' ? [] : [`cloud-provider=${cloud.provider}`]
  return {
    ...said,
    ...listOf('kube-apiserver-arg', ADDED),
    ...listOf('kube-controller-manager-arg', provider),
    ...listOf('kubelet-arg', provider),
    'cluster-init': true,
    // upstream leaves a false one out: it is what K3s does by itself
    ...(cloud.disableController ? { 'disable-cloud-controller': true } : {}),
  }
}

const { 'cluster-init': _, ...alone } = settingsOf()

/**
 * The cluster of a file that says nothing of it. It keeps its state in SQLite, as K3s does by itself: etcd knows its only
 * member by the address that it had on the bench, and does not start at another one (docs.k3s.io, "Datastore": a cluster
 * with SQLite becomes one with etcd by `--cluster-init`, should it ever get a second server).
 */
export const imageDefaults: K3sConfig = { files: [], fromSecrets: [], pre: [], post: [], settings: alone }
