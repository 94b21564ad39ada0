import type { Field, Notes } from '@eims/placed-yaml'
import type { Resolve } from '../k3s/file.ts'
import type { Part } from '../k3s/part.ts'

export interface KubernetesContext {
  resolve: Resolve
  /** the version that the image brings along; null when nobody knows */
  imageVersion: string | null
  /** milliseconds since 1970, for certificates that expire; left out: nobody asks */
  now?: number | undefined
}

export interface ClusterNode {
  proxy: { httpProxy: string; httpsProxy: string; noProxy: string } | null
  nodeName: string
  addresses: string[]
  /** names of sets of addons that are on its disk */
  addons: readonly string[]
  /** PEM that its registries are to be trusted by; '': none */
  authorities: string
}

/** What `kubernetes` comes to on a unit. */
export interface Cluster {
  /** its networks, CIDRs separated by commas; null: it has none */
  networks: { pods: string; services: string } | null
  /** it is installed by what the image brings; left out: it needs nothing of it */
  ofImage?: boolean
  /** where it keeps what addons are copied to; null: it takes none */
  dataDir: string | null
  /** @throws RangeTaken for an address of the node in one of its networks */
  part(node: ClusterNode): Part
}

/** One way of making a unit a node of a cluster. */
export interface Kind {
  /** as `kind` says it */
  names: readonly string[]
  /** of a file without a section `kubernetes`, or with an empty one */
  byDefault: Cluster
  /** null, and told, when it cannot be */
  read(kubernetes: Field, notes: Notes, context: KubernetesContext): Cluster | null
}
