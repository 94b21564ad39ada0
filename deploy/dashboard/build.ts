import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { cached, cacheKey, sha256OfFile } from '../micro-os/cache.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** What `manifest.json` says about the built dashboard. */
export interface DashboardManifest {
  readonly format: 2
  /** of everything that it was built from */
  readonly key: string
  /** by the addresses of its pages: the document that the server answers each with, a file of `files/` */
  readonly pages: Readonly<Record<string, string>>
  /** npm packages that are in it */
  readonly packages: readonly { readonly name: string; readonly version: string; readonly licence: string | null }[]
}

interface BuildOptions {
  /** kept between builds */
  readonly cacheDir: string
  /** gets a folder `web` */
  readonly outDir: string
  readonly log: (line: string) => void
}

/** What a build reads: the dashboard's sources, those of the contracts, and which versions npm has installed. */
const INPUTS = [
  'apps/web/{*.html,build.ts,package.json,src/**/*}',
  'packages/contracts/{package.json,src/**/*}',
  'package-lock.json',
  'deploy/dashboard/build.ts',
]

/** A key of all inputs: only a change of these makes a new build. */
async function keyOf(): Promise<string> {
  const files = INPUTS.flatMap((pattern) => globSync(pattern, { cwd: ROOT, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const digests = await Promise.all(files.map(async (file) => [file.slice(ROOT.length), await sha256OfFile(file)]))
  return cacheKey(Object.fromEntries(digests))
}

/**
 * Builds the dashboard into `outDir/web`, unless what is there was built from the same: `manifest.json`, and below
 * `files/` what browsers get, each asset also compressed.
 * @returns its manifest
 * @throws with what the bundler says when a source is wrong
 */
export async function buildDashboard({ cacheDir, outDir, log }: BuildOptions): Promise<DashboardManifest> {
  const key = await keyOf()
  const out = join(outDir, 'web')
  const there = await readManifest(out)
  if (there?.key === key) return there
  const entry = await cached(join(cacheDir, 'dashboard'), key, async (into) => {
    log('building the dashboard')
    const files = join(into, 'files')
    const { stdout } = await run(process.execPath, [join(ROOT, 'apps/web/build.ts'), '--out', files], {
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, NODE_ENV: 'production' },
    })
    const built = JSON.parse(stdout) as { pages: Record<string, string>; packages: string[] }
    for (const name of await readdir(join(files, 'assets'))) await compress(join(files, 'assets', name))
    const manifest: DashboardManifest = {
      format: 2,
      key,
      pages: built.pages,
      packages: await Promise.all(built.packages.map(packageIn)),
    }
    await writeFile(join(into, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  })
  await replace(entry, out)
  return (await readManifest(out))!
}

const readManifest = async (folder: string): Promise<DashboardManifest | null> => {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => null)
  return text === null ? null : (JSON.parse(text) as DashboardManifest)
}

/** Once for good, so as small as can be; what is small already is left. */
async function compress(file: string): Promise<void> {
  const bytes = await readFile(file)
  if (bytes.length < 1024) return
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  await writeFile(`${file}.br`, brotliCompressSync(bytes, best))
  await writeFile(`${file}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }))
}

async function packageIn(folder: string): Promise<DashboardManifest['packages'][number]> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: unknown
  }
  return { name, version, licence: typeof license === 'string' ? license : null }
}

/** Puts a copy of a folder in the place of another one; a service that runs keeps what it has read of that. */
async function replace(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  const work = await mkdtemp(join(dirname(to), `.${basename(to)}-`))
  try {
    await cp(from, join(work, 'new'), { recursive: true })
    await rename(to, join(work, 'old')).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause
    })
    await rename(join(work, 'new'), to)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
