/** An entry of package-lock.json (version 3). */
export interface LockEntry {
  version?: string
  link?: boolean
  resolved?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

/** What runs on a server: the service and the tool. The agent is packed into the Micro-OS. */
export const RUNS = ['', 'apps/server', 'apps/cli'] as const

/**
 * The folders below a checkout that the given workspaces need to run, in order: what leads to them by dependencies,
 * optional ones included, and by peers that are not optional. Pure.
 * @param packages   `packages` of the lock file
 * @param workspaces folders whose sources run, e.g. `apps/server`; '' is the root
 * @returns `node_modules/…` folders and the workspaces that are linked. Optional ones may not be on the disk
 */
export function productionPackages(packages: Record<string, LockEntry>, workspaces: readonly string[]): string[] {
  const found = new Set<string>()
  const visit = (folder: string) => {
    const entry = packages[folder]
    if (!entry || found.has(folder)) return
    found.add(folder)
    if (entry.link) return visit(entry.resolved!)
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = entry
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional)
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const at = resolve(packages, folder, name)
      if (at) visit(at)
    }
  }
  for (const workspace of workspaces) visit(workspace)
  found.delete('')
  return [...found].sort()
}

/** As Node does: the nearest node_modules, upwards. */
function resolve(packages: Record<string, LockEntry>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const at = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (packages[at]) return at
    if (folder === '') return undefined
  }
}
