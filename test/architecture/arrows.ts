import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import type { SourceFile, SourceTree } from './source-tree.ts'

const packages = [
  'contracts',
  'dhcp-proxy',
  'tftp',
  'workflow',
  'placed-yaml',
  'template',
  'tinkerbell',
  'edge-config',
  'cloud-config',
  'unit-plan',
  'medium',
  'image',
  'registry',
  'lab',
]

/** Which of our own packages each workspace may import. What is not listed here does not exist yet: add it on purpose. */
export const arrows: Record<string, readonly string[]> = {
  'apps/server': packages.filter((name) => name !== 'lab' && name !== 'medium'),
  // what installs from a medium makes its plan itself; the agent of the network imports nothing of that
  'apps/agent': ['contracts', 'edge-config', 'medium', 'unit-plan', 'workflow'],
  'apps/cli': ['contracts', 'dhcp-proxy', 'edge-config', 'image', 'medium', 'tinkerbell', 'lab'],
  'apps/web': ['contracts'],
  'apps/simulator': ['contracts', 'dhcp-proxy', 'tftp', 'agent'],
  'packages/contracts': [],
  'packages/dhcp-proxy': [],
  'packages/tftp': [],
  'packages/lab': [],
  'packages/registry': ['contracts'],
  'packages/workflow': ['contracts'],
  'packages/placed-yaml': ['contracts'],
  'packages/template': ['contracts'],
  'packages/tinkerbell': ['contracts', 'placed-yaml', 'template'],
  'packages/edge-config': ['contracts', 'cloud-config', 'placed-yaml', 'template'],
  'packages/cloud-config': ['contracts'],
  'packages/unit-plan': ['contracts', 'cloud-config', 'edge-config', 'workflow'],
  'packages/medium': ['contracts'],
  'packages/image': ['contracts', 'edge-config'],
  // the names of the archives of tools, which the agent asks for
  deploy: ['contracts'],
  prisma: [],
  test: packages,
}

/** What a test may import besides, and nothing else of its workspace: the server's tests drive a real agent, and fill media. */
const inTests: Record<string, readonly string[]> = { 'apps/server': ['agent', 'medium'] }

/** their sources are bundled, so what they import is needed only where they are built */
const bundled = ['apps/agent', 'apps/web']

/** Imports and declared dependencies that follow no arrow, by path into another workspace, or past a package's index. */
export function wrongArrows({ files, manifests }: SourceTree): string[] {
  const wrong: string[] = []
  for (const file of files) {
    const allowed = arrows[file.workspace]
    if (!allowed) wrong.push(`${file.path}: ${file.workspace} has no place in the table of arrows`)
    for (const specifier of file.imports) {
      const [ours, inside] = ourPackage(specifier)
      if (inside) wrong.push(`${file.path}: ${specifier} goes past the index of its package`)
      const mayUse = file.kind === 'test' ? [...(allowed ?? []), 'lab', ...(inTests[file.workspace] ?? [])] : allowed
      if (ours && !mayUse?.includes(ours)) wrong.push(`${file.path}: ${file.workspace} may not import ${ours}`)
      if (leaves(file, specifier)) wrong.push(`${file.path}: ${specifier} leaves ${file.workspace} by its path`)
    }
  }
  for (const [workspace, { dependencies, devDependencies }] of manifests)
    for (const name of [...dependencies, ...devDependencies].map((name) => ourPackage(name)[0]))
      if (name && workspace && !arrows[workspace]?.includes(name))
        wrong.push(`${workspace}/package.json: ${workspace} may not depend on ${name}`)
  return wrong
}

/** Imports that work only because npm hoists somebody else's dependency, and builtins without `node:`. */
export function undeclaredImports({ files, manifests }: SourceTree): string[] {
  const root = manifests.get('')
  const wrong: string[] = []
  for (const { path, workspace, kind, imports } of files) {
    const own = manifests.get(workspace)
    const runsElsewhere = kind === 'test' || bundled.includes(workspace)
    const declared = new Set([...(own?.dependencies ?? []), ...(runsElsewhere ? (own?.devDependencies ?? []) : [])])
    if (kind === 'test' || !workspace.includes('/'))
      for (const name of [...(root?.dependencies ?? []), ...(root?.devDependencies ?? [])]) declared.add(name)
    for (const specifier of imports) {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      if (isBuiltin(specifier)) wrong.push(`${path}: write node:${specifier}`)
      else if (ourPackage(specifier)[0] && (kind === 'test' || workspace === 'deploy')) continue
      else if (!declared.has(name)) wrong.push(`${path}: ${name} is not declared by ${workspace}/package.json`)
    }
  }
  return wrong
}

/** `@eims/contracts/src/x.ts` -> [contracts, src/x.ts] */
function ourPackage(specifier: string): [string?, string?] {
  const [scope, name, ...rest] = specifier.split('/')
  return scope === '@eims' && name ? [name, rest.join('/')] : []
}

const leaves = ({ path, workspace }: SourceFile, specifier: string) =>
  specifier.startsWith('.') && !join(path, '..', specifier).startsWith(`${workspace}/`)
