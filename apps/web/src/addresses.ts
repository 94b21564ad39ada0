/** The address of each page of the dashboard; the server answers them all with one document. */
export const addresses = {
  overview: '/',
  nodes: '/nodes',
  node: '/nodes/:id',
  unknown: '/unknown',
  batches: '/batches',
  batch: '/batches/:name',
  why: '/why',
  import: '/import',
  importHistory: '/import/history',
  importOne: '/import/:id',
  accounts: '/accounts',
  keys: '/keys',
  audit: '/audit',
  site: '/site',
  workflows: '/workflows',
  workflow: '/workflows/:name',
  newWorkflow: '/workflows/new/:start',
  configFiles: '/config-files',
  images: '/images',
  image: '/images/:name',
  profiles: '/profiles',
  profile: '/profiles/:name',
} as const

/**
 * Each document of the build, a file below apps/web, and the addresses that the server answers with it. One of these
 * lines, the file and what its script draws make another: it loads what it needs itself, and nothing of the others.
 */
export const documents: Readonly<Record<string, readonly string[]>> = {
  'index.html': Object.values(addresses),
  'floor.html': ['/floor', '/floor/codes'],
  'board.html': ['/board'],
}

/** The address of the board of some batches, or of the whole site, and how it is to look. */
export const addressOfBoard = (
  batches: readonly string[],
  look: { language?: string; theme?: 'light' | 'dark' } = {},
): string => {
  const search = new URLSearchParams({ ...(batches.length === 0 ? {} : { batch: batches.join(',') }), ...look })
  return search.size === 0 ? '/board' : `/board?${search}`
}

/** The address of one node's page. */
export const addressOfNode = (id: string): string => `/nodes/${encodeURIComponent(id)}`

/** The address of the list of those that a filter lets through. */
export const addressOfNodes = (search: Readonly<Record<string, string>>): string =>
  `${addresses.nodes}?${new URLSearchParams(search)}`

/** The address of one batch's page. */
export const addressOfBatch = (name: string): string => `/batches/${encodeURIComponent(name)}`

/** The address that tells why a machine is where it is. */
export const addressOfWhy = (machine: string): string => `${addresses.why}?${new URLSearchParams({ machine })}`

/** The address of one import: how far it is, or what came of it. */
export const addressOfImport = (id: string): string => `${addresses.import}/${encodeURIComponent(id)}`

/** The address of one workflow's page. */
export const addressOfWorkflow = (name: string): string => `/workflows/${encodeURIComponent(name)}`

/** The address at which a workflow is made: from a start, or as a copy of another one. */
export const addressOfNewWorkflow = (start: string, of?: string): string =>
  `/workflows/new/${encodeURIComponent(start)}${of === undefined ? '' : `?${new URLSearchParams({ of })}`}`

/** The address of the config-file of the site, or of a batch, profile or node by its name. */
export const addressOfConfigFile = (of: string, name: string): string =>
  `${addresses.configFiles}?${new URLSearchParams({ of, ...(name === '' ? {} : { name }) })}`

/** The address of one image's page. */
export const addressOfImage = (name: string): string => `${addresses.images}/${encodeURIComponent(name)}`

/** The address of one profile's page. */
export const addressOfProfile = (name: string): string => `${addresses.profiles}/${encodeURIComponent(name)}`

/** The address of the form for another profile: a copy of one, or one of an image. */
export const addressOfNewProfile = (of: { copy?: string; image?: string } = {}): string =>
  `${addresses.profiles}?${new URLSearchParams({ new: '', ...of })}`
