import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { transform } from 'esbuild'

/** One of our own TypeScript files. */
export interface SourceFile {
  /** relative to the root, with slashes */
  path: string
  /** `apps/server`, `packages/tftp`, or the top folder: `deploy`, `test`, `prisma` */
  workspace: string
  /** `src`: what runs in the field; `test`: what runs in front of it, with the tools' own configuration */
  kind: 'src' | 'test'
  lines: number
  /** module specifiers of all imports and re-exports, of types too */
  imports: string[]
  /** the JavaScript without comments and types */
  code: string
}

/** The names a workspace's package.json declares. */
export interface Manifest {
  dependencies: string[]
  devDependencies: string[]
}

export interface SourceTree {
  files: SourceFile[]
  /** by workspace; the root's own is '' */
  manifests: Map<string, Manifest>
}

const FOLDERS = '{apps,packages,deploy,test,prisma}'

/** Reads every .ts and .tsx file of a checkout but generated ones, and every workspace's package.json. */
export async function readSourceTree(root: string): Promise<SourceTree> {
  const paths = globSync(`${FOLDERS}/**/*.{ts,tsx,mts}`, {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|generated|dist|\.[^/]*)$/.test(path),
  })
  const files = await Promise.all(paths.sort().map((path) => readSource(root, path)))
  const workspaces = ['', ...new Set(files.map(({ workspace }) => workspace))]
  return { files, manifests: new Map(workspaces.map((workspace) => [workspace, readManifest(root, workspace)])) }
}

async function readSource(root: string, path: string): Promise<SourceFile> {
  const text = readFileSync(join(root, path), 'utf8')
  const parts = path.split('/')
  const inWorkspace = parts[0] === 'apps' || parts[0] === 'packages'
  const workspace = inWorkspace ? `${parts[0]}/${parts[1]}` : (parts[0] ?? '')
  const kind = (inWorkspace && parts[2] !== 'src') || workspace === 'test' || parts.includes('test') ? 'test' : 'src'
  const lines = text.replace(/\n$/, '').split('\n').length
  const { code } = await transform(text, { loader: path.endsWith('x') ? 'tsx' : 'ts', sourcefile: basename(path) })
  return { path, workspace, kind, lines, imports: importsOf(text), code }
}

/** Statements begin a line here (the formatter sees to it), so what stands in strings is not taken for one. */
export function importsOf(text: string): string[] {
  const statements = /^(?:import|export)\s(?:[^'"`;=()]*?\sfrom\s)?\s*['"]([^'"\n]+)['"]/gm
  const dynamic = /\bimport\(\s*['"]([^'"\n]+)['"]/g
  return [...text.matchAll(statements), ...text.matchAll(dynamic)].map((match) => match[1] as string)
}

function readManifest(root: string, workspace: string): Manifest {
  const path = join(root, workspace, 'package.json')
  if (!existsSync(path)) return { dependencies: [], devDependencies: [] }
  const { dependencies = {}, optionalDependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(path, 'utf8'))
  return {
    dependencies: [...Object.keys(dependencies), ...Object.keys(optionalDependencies)],
    devDependencies: Object.keys(devDependencies),
  }
}
