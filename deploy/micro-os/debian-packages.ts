import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sha256, sha256OfFile, writeWhole } from './cache.ts'
import { SUITE } from './debian-sources.ts'
import { type Apt, ownApt } from './own-apt.ts'

/** A Debian package that is in the cache. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** path of the .deb */
  readonly file: string
}

type Stanza = Omit<DebianPackage, 'file'> & { readonly depends: string }

interface FetchOptions {
  /** the cache's root; everything of apt's stays in `debian/` below it */
  readonly cacheDir: string
  /** Debian's name of the architecture */
  readonly architecture: string
  /** package names; `NAME/dependency:PREFIX` is the first dependency of NAME whose name starts with PREFIX */
  readonly names: readonly string[]
  /** ask the mirror for newer versions; otherwise what was resolved once stays */
  readonly refresh?: boolean
  readonly log: (line: string) => void
}

/**
 * Packages of Debian's suite by name, in the order asked for, fetched by apt (which checks the archive's signature)
 * and kept in the cache. With everything in the cache neither apt nor the network is touched.
 * Throws with apt's own words when a mirror cannot be reached or a package does not exist.
 */
export async function fetchPackages(options: FetchOptions): Promise<DebianPackage[]> {
  const { architecture, names, log } = options
  const root = join(options.cacheDir, 'debian', `${SUITE}-${architecture}`)
  const memory = join(root, 'resolved', `${sha256(names.join('\n')).slice(0, 16)}.json`)
  const known = options.refresh === true ? undefined : await remembered(root, memory)
  if (known !== undefined) return known

  log(`fetching package lists of Debian ${SUITE} (${architecture})`)
  const apt = await ownApt(root, architecture)
  await apt('apt-get', ['update', '-q'])
  const packages: DebianPackage[] = []
  for (const name of names) packages.push(await download(apt, root, await resolve(apt, name), log))
  const kept = packages.map(({ name, version, sha256 }) => ({ name, version, sha256 }))
  await mkdir(join(root, 'resolved'), { recursive: true })
  await writeWhole(memory, `${JSON.stringify(kept, null, 2)}\n`)
  return packages
}

/** Unpacks packages over each other into `folder`, after a look at their digests. */
export async function unpackPackages(packages: readonly DebianPackage[], folder: string): Promise<void> {
  for (const { name, file, sha256 } of packages) {
    if ((await sha256OfFile(file)) !== sha256) throw new Error(`${name} is damaged in the cache: delete ${file}`)
    await promisify(execFile)('dpkg-deb', ['-x', file, folder])
  }
}

async function remembered(root: string, memory: string): Promise<DebianPackage[] | undefined> {
  const text = await readFile(memory, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const kept = JSON.parse(text) as Omit<DebianPackage, 'file'>[]
  const packages = kept.map((entry) => ({ ...entry, file: archiveFile(root, entry.sha256) }))
  for (const { file } of packages) if (!(await exists(file))) return undefined
  return packages
}

async function resolve(apt: Apt, wanted: string): Promise<Stanza> {
  const [name = '', prefix] = wanted.split('/dependency:')
  const stanza = parseStanza(await apt('apt-cache', ['show', '--no-all-versions', name]), name)
  if (prefix === undefined) return stanza
  const dependencies = stanza.depends.split(/[,|]/).map((word) => word.trim().split(' ')[0]!)
  const real = dependencies.find((dependency) => dependency.startsWith(prefix))
  if (real === undefined) throw new Error(`package ${name} has no dependency that starts with ${prefix}`)
  return await resolve(apt, real)
}

async function download(apt: Apt, root: string, stanza: Stanza, log: (line: string) => void): Promise<DebianPackage> {
  const { name, version, sha256 } = stanza
  const file = archiveFile(root, sha256)
  if ((await exists(file)) && (await sha256OfFile(file)) === sha256) return { name, version, sha256, file }

  log(`fetching ${name} ${version}`)
  await mkdir(join(root, 'archives'), { recursive: true })
  const folder = await mkdtemp(join(root, 'download-'))
  try {
    await apt('apt-get', ['download', '-q', `${name}=${version}`], folder)
    const [downloaded = ''] = await readdir(folder)
    const got = await sha256OfFile(join(folder, downloaded))
    if (got !== sha256) throw new Error(`${name} ${version} has SHA-256 ${got}, its package list says ${sha256}`)
    await rename(join(folder, downloaded), file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { name, version, sha256, file }
}

function parseStanza(text: string, name: string): Stanza {
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1]
  const version = field('Version')
  const digest = field('SHA256')
  if (version === undefined || digest === undefined) throw new Error(`package ${name} is not in Debian ${SUITE}`)
  return { name: field('Package') ?? name, version, sha256: digest, depends: field('Depends') ?? '' }
}

function archiveFile(root: string, digest: string): string {
  return join(root, 'archives', `${digest}.deb`)
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}
