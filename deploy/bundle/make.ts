import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { buildMediaTools } from '../media-tools/build.ts'
import { cycloneDx, notice } from './bill-of-materials.ts'
import { debianRepository, namesIn } from './debian-repository.ts'
import { partsOf } from './parts.ts'
import { type LockEntry, productionPackages, RUNS } from './production-packages.ts'

/**
 * Packs a checkout, whose npm packages are installed and whose boot files are made, into one archive that runs
 * without a network: its one folder holds the launcher, the sources, node_modules, boot files and Debian packages.
 *   usage: make.ts --root DIR --artifacts DIR --cache DIR --out FILE.tar
 */
const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    artifacts: { type: 'string' },
    cache: { type: 'string' },
    out: { type: 'string' },
  },
})
const root = resolve(values.root ?? '.')
const artifacts = resolve(values.artifacts ?? 'artifacts')
const cacheDir = resolve(values.cache ?? '/var/cache/eims')
const out = resolve(values.out ?? 'eims.tar')
const run = promisify(execFile)
const log = (line: string) => process.stderr.write(`eims: ${line}\n`)

const WHOLE = [
  'eims',
  'LICENSE',
  'package.json',
  'package-lock.json',
  'README.md',
  'CHANGELOG.md',
  'docs',
  'prisma/migrations',
]
const DEPLOY = ['deploy/debian', 'deploy/systemd']
/** Within npm packages: what no program of ours reads. */
const LEFT_OUT = /\.(map|md|markdown|d\.[cm]?ts)$|\/node-linux-[^/]+\/(include|share|lib)$/

async function main(): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  await mkdir(join(cacheDir, 'bundle'), { recursive: true })
  const work = await mkdtemp(join(cacheDir, 'bundle', 'eims-bundle-'))
  try {
    const name = `eims-${version}`
    const tree = join(work, name)
    const into = (path: string) => join(tree, path)
    const take = async (path: string, keep: (source: string) => boolean = () => true) => {
      if (!(await stat(join(root, path)).catch(() => null))) return
      await mkdir(dirname(into(path)), { recursive: true })
      await cp(join(root, path), into(path), { recursive: true, verbatimSymlinks: true, filter: keep })
    }
    for (const path of [...WHOLE, ...DEPLOY]) await take(path)
    const { packages } = lock
    const npm = productionPackages(packages, RUNS)
    for (const folder of npm) {
      if (packages[folder]?.link) await take(folder)
      else if (folder.startsWith('node_modules/'))
        await take(
          folder,
          (source) => !LEFT_OUT.test(source) && !source.slice(join(root, folder).length).includes('/node_modules'),
        )
      else for (const part of ['package.json', 'src']) await take(join(folder, part))
    }
    await cp(artifacts, into('artifacts'), { recursive: true })
    const mediaTools = await buildMediaTools({ cacheDir, log })
    await cp(mediaTools, into('artifacts/media-tools'), { recursive: true, verbatimSymlinks: true })
    log('fetching the Debian packages that the service needs')
    const names = namesIn(await readFile(join(root, 'deploy/debian/up.txt'), 'utf8'))
    await debianRepository(into('deb'), names, join(work, 'apt'))
    const parts = await partsOf(tree, npm)
    await writeFile(into('NOTICE'), notice(parts))
    await writeFile(into('sbom.cdx.json'), `${JSON.stringify(cycloneDx(version, parts), null, 2)}\n`)
    await writeFile(into('.bundled'), `${version} ${process.arch} ${await debianOf()}\n`)
    const unfinished = join(dirname(out), `.${basename(out)}.unfinished`)
    const plain = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--mode=go-w,a+rX']
    await run('tar', ['--create', ...plain, '--directory', work, '--file', unfinished, name])
    await rename(unfinished, out)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** `debian-12`: the release whose packages are in it. */
async function debianOf(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8')
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return `${value('ID')}-${value('VERSION_ID')}`
}

try {
  await main()
} catch (error) {
  log(`the bundle could not be made: ${error instanceof Error ? error.message.slice(0, 2000) : String(error)}`)
  process.exitCode = 1
}
