import { dataDirOf, INSTALL_SCRIPT, type K3sConfig, networksOf } from '../k3s/config.ts'
import { k3sPart } from '../k3s/part.ts'
import { readK3s } from '../k3s/read.ts'
import type { Cluster, Kind } from './kind.ts'

const clusterOf = (config: K3sConfig | null): Cluster => ({
  networks: networksOf(config),
  ofImage: !config?.pre.some((command) => command.includes(INSTALL_SCRIPT)),
  dataDir: dataDirOf(config),
  part: (node) => k3sPart(config, node),
})

/** K3s as the image brings it along, set up as Cluster API's provider for K3s would. */
export const k3s: Kind = {
  names: ['KThreesControlPlaneTemplate'],
  byDefault: clusterOf(null),
  read(kubernetes, notes, context) {
    const fields = kubernetes.fields() ?? []
    const isBare = [...fields].every(([name, field]) => ['kind', 'apiVersion'].includes(name) || field.isEmpty)
    if (isBare) return clusterOf(null)
    const before = notes.mistakes.length
    const config = readK3s(kubernetes, notes, context)
    return notes.mistakes.length > before ? null : clusterOf(config)
  },
}
