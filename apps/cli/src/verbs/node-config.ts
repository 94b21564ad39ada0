import type { NodeConfig } from '@eims/contracts'
import { command, oneNode } from '../command.ts'
import { table } from '../output.ts'
import type { Screen } from '../screen.ts'

const OF_IMAGE =
  'No config-file says anything of a cluster, and the image carries it: kubernetes: none in one of them turns it off.'

const clusterText = (cluster: NodeConfig['cluster']) =>
  cluster
    ? `cluster: of one node, K3s ${cluster.k3sVersion ?? 'as the image has it'}\n${cluster.by === 'image' ? `${OF_IMAGE}\n` : ''}`
    : ''

/** PURE: what config-files come to on one machine, for people. */
export const nodeConfigText = (
  { config, from, fromSecrets, warnings, cluster, kernelArguments, addons }: NodeConfig,
  screen?: Screen,
) => {
  const told = warnings.map((warning) => `${warning}\n`).join('')
  const given = addons.length > 0 ? `addons: ${addons.join(', ')}\n` : ''
  if (config === null) return `no config-file says anything of it\n${clusterText(cluster)}${given}${told}`
  const rows = from.map(({ key, level, name }) => [key, level, name])
  return [
    config,
    table(['KEY', 'FROM', 'NAME'], rows, screen),
    fromSecrets.map(({ path, name, key }) => `${path}: from secret ${name}/${key}\n`).join(''),
    clusterText(cluster),
    kernelArguments.length > 0 ? `kernel arguments: ${kernelArguments.join(' ')}\n` : '',
    addons.length > 0 ? `addons: ${addons.join(', ')}\n` : '',
    told,
  ]
    .filter(Boolean)
    .join('\n')
}

export const config = command({
  name: 'nodes config',
  summary: 'what the config-files of a machine, its profile, batch and site come to, and where each part is from',
  words: oneNode,
  about: `
Of each key below operatingSystem, and of kubernetes as a whole, the most specific config-file counts: the node's own, then
its profile's, its batch's, the site's. Where none says anything of a cluster, the image decides: one that carries K3s makes
its units clusters of one node. Hashes of passwords are shown as ***.`,
  async run({ name, client, show }) {
    show(await client('nodeConfig', { params: { id: name } }), nodeConfigText)
  },
})
