import type { Cluster, Kind } from './kind.ts'

const noCluster: Cluster = {
  networks: null,
  dataDir: null,
  part: () => ({ files: [], fromSecrets: [], runcmd: [], told: [] }),
}

/** No cluster: a more specific file says so where a less specific one has one. */
export const none: Kind = {
  names: ['none'],
  byDefault: noCluster,
  read(kubernetes) {
    for (const [name, field] of kubernetes.fields() ?? [])
      if (!['kind', 'apiVersion'].includes(name) && !field.isEmpty)
        field.mistake(`kind: none is no cluster, and ${name} has no effect`, 'Leave one of them out.')
    return noCluster
  },
}
