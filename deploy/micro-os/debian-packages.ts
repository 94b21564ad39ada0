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
  const stanzas = await resolve(apt, names)
  await download(apt, root, stanzas, log)
  const packages = stanzas.map(({ name, version, sha256 }) => ({
    name,
    version,
    sha256,
    file: archiveFile(root, sha256),
  }))
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

/** In one call for all of them: each reads the lists of the whole suite. */
async function resolve(apt: Apt, names: readonly string[]): Promise<Stanza[]> {
  const wanted = names.map((name) => name.split('/dependency:') as [name: string, prefix?: string])
  const text = await apt('apt-cache', ['show', '--no-all-versions', ...new Set(wanted.map(([name]) => name))])
  const known = new Map(text.split(/\n\n+/).flatMap(parseStanza))
  const found = wanted.map(([name, prefix]) => {
    const stanza = known.get(name)
    if (stanza === undefined) throw new Error(`package ${name} is not in Debian ${SUITE}`)
    if (prefix === undefined) return { stanza, instead: undefined }
    const dependencies = stanza.depends.split(/[,|]/).map((word) => word.trim().split(' ')[0]!)
    const real = dependencies.find((dependency) => dependency.startsWith(prefix))
    if (real === undefined) throw new Error(`package ${name} has no dependency that starts with ${prefix}`)
    return { stanza, instead: real }
  })
  const real = found.flatMap(({ instead }) => instead ?? [])
  const others = real.length === 0 ? [] : await resolve(apt, real)
  return found.map(({ stanza, instead }) => (instead === undefined ? stanza : others.shift()!))
}

/** Of what is not in the archives yet, or damaged there. */
async function download(
  apt: Apt,
  root: string,
  stanzas: readonly Stanza[],
  log: (line: string) => void,
): Promise<void> {
  const missing: Stanza[] = []
  for (const stanza of stanzas) {
    const file = archiveFile(root, stanza.sha256)
    if (!(await exists(file)) || (await sha256OfFile(file)) !== stanza.sha256) missing.push(stanza)
  }
  if (missing.length === 0) return
  const [first, ...others] = missing.map(({ name, version }) => `${name} ${version}`)
  log(`fetching ${first}${others.length > 0 ? ` and ${others.length} more packages` : ''}`)
  await mkdir(join(root, 'archives'), { recursive: true })
  const folder = await mkdtemp(join(root, 'download-'))
  try {
    await apt('apt-get', ['download', '-q', ...missing.map(({ name, version }) => `${name}=${version}`)], folder)
    const got = new Map<string, string>()
    for (const name of await readdir(folder)) got.set(await sha256OfFile(join(folder, name)), join(folder, name))
    for (const { name, version, sha256 } of missing) {
      const file = got.get(sha256)
      if (file === undefined)
        throw new Error(
          `what was fetched as ${name} ${version} does not have the SHA-256 of its package list, ${sha256}`,
        )
      await rename(file, archiveFile(root, sha256))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function parseStanza(text: string): [name: string, stanza: Stanza][] {
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1]
  const [name, version, digest] = [field('Package'), field('Version'), field('SHA256')]
  if (name === undefined || version === undefined || digest === undefined) return []
  return [[name, { name, version, sha256: digest, depends: field('Depends') ?? '' }]]
}

function archiveFile(root: string, digest: string): string {
  return join(root, 'archives', `${digest}.deb`)
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}
