import type { EdgeConfig } from '../config.ts'
import type { Cluster } from '../kinds/kind.ts'
import { defaultCluster } from '../kinds/kinds.ts'
import type { Facts } from './facts.ts'
import { configSetsUpK3s } from './own-k3s.ts'

/** Whether a config-file says that there is to be a cluster, or only the image does by carrying one. */
export type ClusterBy = 'config-file' | 'image'

/**
 * The cluster that a unit becomes a node of. Where no config-file says anything of one, neither in `kubernetes` nor in
 * `hostType`, an image that carries K3s makes it a default cluster, unless a config-file's commands set K3s up by themselves.
 * @returns null: of none
 */
export function clusterOf(
  config: EdgeConfig,
  { imageK3s = 'unknown' }: Pick<Facts, 'imageK3s'>,
): { cluster: Cluster; by: ClusterBy } | null {
  const { operatingSystem, kubernetes } = config
  const { hostType } = operatingSystem
  if (hostType === 'container') return null
  if (kubernetes) return kubernetes.cluster.networks ? { cluster: kubernetes.cluster, by: 'config-file' } : null
  if (hostType) return { cluster: defaultCluster, by: 'config-file' }
  return imageK3s === 'yes' && !configSetsUpK3s(config) ? { cluster: defaultCluster, by: 'image' } : null
}
