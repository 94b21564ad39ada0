import { lstat, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type LockEntry, productionPackages, RUNS } from './production-packages.ts'

/**
 * Takes out of a checkout's node_modules what nothing of ours runs: npm installs optional peers that a lock file names
 * (Prisma's CLI with a studio, compilers and drivers of other databases), whatever is omitted.
 *   usage: prune.ts --root DIR
 */
const { values } = parseArgs({ options: { root: { type: 'string' } } })
const root = resolve(values.root ?? '.')

const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockEntry>
}
const kept = new Set(productionPackages(packages, [...RUNS, 'apps/agent', 'apps/web']))
for (const folder of Object.keys(packages).sort())
  if (/(^|\/)node_modules\//.test(folder) && !kept.has(folder))
    await rm(join(root, folder), { recursive: true, force: true })
await tidy(join(root, 'node_modules'))
await tidy(join(root, 'node_modules/.bin'))

/** Empty folders of scopes, and links to what is gone. */
async function tidy(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const { isLink, isFolder } = await lstat(path).then((it) => ({
      isLink: it.isSymbolicLink(),
      isFolder: it.isDirectory(),
    }))
    const dangling = isLink && !(await stat(path).catch(() => null))
    if (dangling && !(await readlink(path)).startsWith('/')) await rm(path)
    if (isFolder && name.startsWith('@') && (await readdir(path)).length === 0) await rm(path, { recursive: true })
  }
}
