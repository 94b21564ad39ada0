/** What is said for every row: by flag, else by environment, else each row's own cell counts. */
interface ImportOverrides {
  profile?: string
  site?: string
  secure?: string
  account?: string
  metadata?: string
  batch?: string
}

/** Environment by parameter: ours, then the names of EIM's bulk import tool. */
const variables: Record<keyof ImportOverrides, string[]> = {
  profile: ['EIMS_OSPROFILE', 'EDGEORCH_OSPROFILE'],
  site: ['EIMS_SITE', 'EDGEORCH_SITE'],
  secure: ['EIMS_SECURE', 'EDGEORCH_SECURE'],
  account: ['EIMS_REMOTEUSER', 'EDGEORCH_REMOTEUSER'],
  metadata: ['EIMS_METADATA', 'EDGEORCH_METADATA'],
  batch: ['EIMS_BATCH', 'EDGEORCH_BATCH'],
}

/** PURE. An empty variable counts as none; an empty flag empties the column. */
export function importOverrides(
  flags: { [K in keyof ImportOverrides]?: string | undefined },
  env: NodeJS.ProcessEnv,
): ImportOverrides {
  const found: ImportOverrides = {}
  for (const key of Object.keys(variables) as (keyof ImportOverrides)[]) {
    const value = flags[key] ?? variables[key].map((name) => env[name]).find((text) => text)
    if (value !== undefined) found[key] = value
  }
  return found
}
