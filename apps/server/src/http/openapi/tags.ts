import type { Route } from '@eims/contracts'

/** What the routes are about, by the first word of their path behind `/api/v1/`. */
export const tags: Readonly<Record<string, string>> = {
  accounts: 'Local accounts, which cloud-init makes on the units',
  addons: 'Sets of addons of clusters: manifests, charts and images of containers',
  agent: 'What the programs of this project ask on the machines themselves; no interface for others',
  apply: 'Machines and batches as files say how they are to be',
  audit: 'Who changed what',
  backup: 'The registry and its images as one file',
  batches: 'Lots and orders: machines that belong together',
  board: 'What a screen on the wall shows',
  'config-files': 'Config-files of the site, batches, profiles and nodes, before they are stored',
  conflicts: 'Machines of which nobody can tell which node they are',
  counters: 'What the boot services of this server did',
  diagnosis: 'Why a machine is where it is',
  events: 'What changes, as it happens',
  export: 'The registry as a file that can be imported again',
  'image-uploads': 'Image files that are sent in parts',
  images: 'Images of operating systems, and their conversion',
  imports: 'Machines out of a file',
  keys: 'API keys',
  nodes: 'Machines, and what is done with them',
  overview: 'How the whole site is, at a glance',
  profiles: 'OS profiles: what a machine gets',
  restore: 'A backup in the place of the registry',
  secrets: 'Texts that config-files refer to, and that no reply shows',
  session: 'Signing a browser in and out',
  site: 'The settings of the site',
  'workflow-language': 'What may stand in a workflow template',
  workflows: 'Workflow templates: what is done on machines, step by step',
  webhooks: 'URLs that are told of events',
}

/** PURE: the tag of a route. */
export const tagOf = ({ path }: Route): string => /^\/api\/v1\/([a-z-]+)/.exec(path)?.[1] ?? 'agent'
