import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { licencesIn } from '../micro-os/licences.ts'
import type { Part } from './bill-of-materials.ts'

const run = promisify(execFile)

/** Whatever of others is in a bundle that lies unpacked in `tree`: npm packages, Debian packages, and those of what is handed out. */
export async function partsOf(tree: string, npmFolders: readonly string[]): Promise<Part[]> {
  return [...(await npmParts(tree, npmFolders)), ...(await debianParts(join(tree, 'deb'))), ...(await bootParts(tree))]
}

async function npmParts(tree: string, folders: readonly string[]): Promise<Part[]> {
  const parts: Part[] = []
  for (const folder of folders) {
    const text = await readFile(join(tree, folder, 'package.json'), 'utf8').catch(() => null)
    if (!folder.includes('node_modules/') || folder.includes('/@eims/') || !text) continue
    const { name, version, license } = JSON.parse(text) as { name: string; version: string; license?: unknown }
    const licence = typeof license === 'string' ? license : null
    parts.push({ from: 'npm', name, version, licence, where: 'npm packages' })
  }
  return parts
}

async function debianParts(folder: string): Promise<Part[]> {
  const parts: Part[] = []
  for (const file of (await readdir(folder)).filter((each) => each.endsWith('.deb')).sort()) {
    const path = join(folder, file)
    const { stdout } = await run('dpkg-deb', ['-f', path, 'Package', 'Version', 'Source'])
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1] ?? ''
    const name = field('Package')
    const version = field('Version')
    const [, source, of] = /^(\S+)(?: \((.+)\))?$/.exec(field('Source')) ?? []
    const licence = await licenceOf(path, name)
    const from = { from: 'debian', name, version, licence, where: 'Debian packages' } as const
    parts.push(source ? { ...from, source: { name: source, version: of ?? version } } : from)
  }
  return parts
}

async function licenceOf(file: string, name: string): Promise<string | null> {
  const root = await mkdtemp(join(tmpdir(), 'eims-licence-'))
  try {
    const only = `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --wildcards "./usr/share/doc/*/copyright"`
    await run('sh', ['-c', only, 'sh', file, root]).catch(() => null)
    return await licencesIn(root, name)
  } finally {
    await rm(root, { recursive: true })
  }
}

const NAMES: Readonly<Record<string, string>> = {
  ipxe: 'iPXE',
  shim: 'Secure Boot',
  'media-tools': 'tools for boot media',
}

/** Of whatever is handed out, or media are written by: the dashboard, iPXE, the chain for Secure Boot, the Micro-OS for each architecture, the tools. */
async function bootParts(tree: string): Promise<Part[]> {
  const parts: Part[] = []
  for (const folder of (await readdir(join(tree, 'artifacts'))).sort()) {
    const text = await readFile(join(tree, 'artifacts', folder, 'manifest.json'), 'utf8').catch(() => null)
    if (!text) continue
    if (folder === 'web') {
      const { packages } = JSON.parse(text) as { packages: Packaged[] }
      for (const { name, version, licence = null } of packages)
        parts.push({ from: 'npm', name, version, licence, where: 'dashboard' })
      continue
    }
    const manifest = JSON.parse(text) as { nodeVersion?: string; package?: Packaged; packages?: Packaged[] }
    const where = NAMES[folder] ?? `Micro-OS ${folder}`
    const { nodeVersion, package: one, packages = one ? [one] : [] } = manifest
    if (nodeVersion) parts.push({ from: 'npm', name: 'node', version: nodeVersion, licence: 'MIT', where })
    for (const { name, version, licence = null } of packages)
      parts.push({ from: 'debian', name, version, licence, where })
  }
  return parts
}

interface Packaged {
  name: string
  version: string
  licence?: string | null
}
