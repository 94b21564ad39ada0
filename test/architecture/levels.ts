import { join } from 'node:path'
import type { SourceTree } from './source-tree.ts'

/**
 * The levels inside a workspace's src, from the top down; a place is a file, a folder (`http/`) or all files beside the
 * folders (`*.ts`), and the first that fits counts. A file may import what is in its own place or on a level below: not
 * above, and not beside, so that what machines and people meet in different folders can be read one at a time.
 */
export const levels: Record<string, readonly (readonly string[])[]> = {
  'apps/server': [
    ['main.ts'],
    ['service.ts'],
    ['parts/'],
    ['app.ts'],
    // What registers routes is HTTP's, though it stands in the folder of what it tells of.
    ['boot/routes.ts', 'diagnosis/route.ts'],
    ['http/'],
    ['listen/'],
    ['backup/', 'webhooks/'],
    ['boot/', 'diagnosis/', 'engine/', 'events/', 'images/', 'imports/', 'lan/', 'metrics/'],
    ['netboot/', 'tls/'],
    ['*.ts'],
  ],
  'apps/web': [
    ['main.tsx'],
    ['shell.tsx'],
    ['pages.tsx'],
    ['pages/', 'floor/', 'board/'],
    ['editor/'],
    ['shown/'],
    ['server/'],
    ['words/', 'style/', '*.ts'],
  ],
}

/** Imports that go up or sideways, and files that stand on no level. */
export function againstLevels({ files }: SourceTree): string[] {
  const wrong: string[] = []
  for (const { path, workspace, kind, imports } of files) {
    if (!levels[workspace] || kind === 'test') continue
    const from = placeOf(workspace, path)
    if (!from) wrong.push(`${path}: it has no place in the table of levels`)
    for (const specifier of imports.filter((each) => each.startsWith('.'))) {
      const to = placeOf(workspace, join(path, '..', specifier))
      if (from && to && from.name !== to.name && from.level >= to.level)
        wrong.push(`${path}: ${from.name} may not import ${to.name} (${specifier})`)
    }
  }
  return wrong
}

function placeOf(workspace: string, path: string): { name: string; level: number } | null {
  const inside = path.slice(`${workspace}/src/`.length)
  const fits = (name: string) =>
    name === '*.ts' ? !inside.includes('/') : name.endsWith('/') ? inside.startsWith(name) : inside === name
  for (const [level, names] of (levels[workspace] ?? []).entries()) {
    const name = names.find(fits)
    if (name) return { name, level }
  }
  return null
}

/** Files that import each other in a circle, of types too: `a.ts -> b.ts -> a.ts`. */
export function circles({ files }: SourceTree): string[] {
  const imported = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter((each) => each.startsWith('.')).map((specifier) => join(path, '..', specifier)),
    ]),
  )
  const wrong: string[] = []
  const done = new Set<string>()
  function walk(path: string, way: readonly string[]): void {
    const at = way.indexOf(path)
    if (at >= 0) return void wrong.push([...way.slice(at), path].join(' -> '))
    if (done.has(path)) return
    for (const next of imported.get(path) ?? []) walk(next, [...way, path])
    done.add(path)
  }
  for (const { path } of files) walk(path, [])
  return wrong
}
