import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Fetches Debian packages with all that they depend on, by the host's own apt (its mirror, its keys), and makes a
 * repository of them that apt can install from without a network: `deb [trusted=yes] file:FOLDER ./`.
 * @param folder made anew
 * @param work   for apt's own files
 */
export async function debianRepository(folder: string, names: readonly string[], work: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  for (const each of [join(folder, 'partial'), join(work, 'lists/partial')]) await mkdir(each, { recursive: true })
  await writeFile(join(work, 'status'), '')
  const settings = [
    `Dir::State::lists=${join(work, 'lists')}`,
    // nothing counts as installed, so that whatever the other machine lacks is there
    `Dir::State::status=${join(work, 'status')}`,
    `Dir::Cache::archives=${folder}`,
    `Dir::Cache::pkgcache=${join(work, 'pkgcache.bin')}`,
    `Dir::Cache::srcpkgcache=${join(work, 'srcpkgcache.bin')}`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
  ].flatMap((setting) => ['-o', setting])
  const apt = (...args: string[]) => run('apt-get', ['-q', ...settings, ...args], { maxBuffer: 64 << 20 })
  await apt('update')
  await apt('install', '--download-only', '--no-install-recommends', '--yes', ...names)
  await rm(join(folder, 'partial'), { recursive: true, force: true })
  await rm(join(folder, 'lock'), { force: true })
  const stanzas: string[] = []
  for (const file of (await readdir(folder)).sort()) {
    const path = join(folder, file)
    const { stdout } = await run('dpkg-deb', ['-f', path])
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    const { size } = await stat(path)
    stanzas.push(`${stdout.trimEnd()}\nFilename: ./${file}\nSize: ${size}\nSHA256: ${digest}\n`)
  }
  await writeFile(join(folder, 'Packages'), stanzas.join('\n'))
}

/** The names in lists of packages such as deploy/debian/up.txt. */
export const namesIn = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean)
