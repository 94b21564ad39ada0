import type { Route } from '@eims/contracts'

/** What the routes are about, by the first word of their path behind `/api/v1/`. */
export const tags: Readonly<Record<string, string>> = {
  accounts: 'Local accounts, which cloud-init makes on the units',
  agent: 'What the programs of this project ask on the machines themselves; no interface for others',
  apply: 'Machines and batches as files say how they are to be',
  audit: 'Who changed what',
  backup: 'The registry and its images as one file',
  batches: 'Lots and orders: machines that belong together',
  counters: 'What the boot services of this server did',
  diagnosis: 'Why a machine is where it is',
  events: 'What changes, as it happens',
  export: 'The registry as a file that can be imported again',
  'image-uploads': 'Image files that are sent in parts',
  images: 'Images of operating systems, and their conversion',
  imports: 'Machines out of a file',
  keys: 'API keys',
  nodes: 'Machines, and what is done with them',
  profiles: 'OS profiles: what a machine gets',
  restore: 'A backup in the place of the registry',
  site: 'The settings of the site',
  webhooks: 'URLs that are told of events',
}

/** PURE: the tag of a route. */
export const tagOf = ({ path }: Route): string => /^\/api\/v1\/([a-z-]+)/.exec(path)?.[1] ?? 'agent'
