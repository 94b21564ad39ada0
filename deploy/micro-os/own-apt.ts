import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { formatSources, sourcesForSuite } from './debian-sources.ts'

/** Runs apt-get or apt-cache and gives its output; throws with apt's own words. */
export type Apt = (tool: 'apt-get' | 'apt-cache', args: readonly string[], cwd?: string) => Promise<string>

/**
 * An apt of our own in `root`: the host's settings hold (proxy, certificates, keys), its sources lead to our suite,
 * and its package lists, pins and installed packages are neither read nor changed. Needs no root.
 * @param architecture Debian's name of it; another one than the host's is fine
 */
export async function ownApt(root: string, architecture: string): Promise<Apt> {
  for (const folder of ['sources', 'lists/partial', 'cache/archives/partial']) {
    await mkdir(join(root, folder), { recursive: true })
  }
  const sources = sourcesForSuite(await readHostSources())
  if (sources.length === 0) {
    throw new Error('no Debian source in /etc/apt: add one to /etc/apt/sources.list.d and try again')
  }
  await writeFile(join(root, 'sources', 'debian.sources'), formatSources(sources))
  await writeFile(join(root, 'status'), '')
  const settings = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${join(root, 'sources')}`,
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State::Lists=${join(root, 'lists')}`,
    `Dir::State::status=${join(root, 'status')}`,
    `Dir::Cache=${join(root, 'cache')}`,
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    'APT::Sandbox::User=root',
    'APT::Update::Error-Mode=any',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
  ].flatMap((setting) => ['-o', setting])

  return async (tool, args, cwd = root) => {
    // one at a time: a second builder waits instead of failing on the lock of the lists
    const command = ['-w', '900', join(root, 'lock'), tool, ...settings, ...args]
    const env = { ...process.env, LC_ALL: 'C' }
    try {
      return (await promisify(execFile)('flock', command, { cwd, env, maxBuffer: 16 << 20 })).stdout
    } catch (cause) {
      const words = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause)
      throw new Error(`${tool} ${args.join(' ')} failed: ${words.slice(0, 4000)}`, { cause })
    }
  }
}

async function readHostSources(): Promise<{ name: string; text: string }[]> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => [])
  const names = parts.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join('sources.list.d', name))
  const files: { name: string; text: string }[] = []
  for (const name of ['sources.list', ...names.sort()]) {
    const text = await readFile(join('/etc/apt', name), 'utf8').catch(() => undefined)
    if (text !== undefined) files.push({ name, text })
  }
  return files
}
