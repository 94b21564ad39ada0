import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DebianRelease, hostProxies, hostSources } from './debian-sources.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * apt options for package lists of our own, beside the system's: nothing counts as installed.
 * @param work existing folder for lists and caches
 */
export async function privateApt(work: string, release: DebianRelease): Promise<string[]> {
  await mkdir(join(work, 'lists/partial'), { recursive: true })
  await mkdir(join(work, 'archives/partial'), { recursive: true })
  const sources = (await hostSources(release)).map((source) => `deb [signed-by=${KEYRING}] ${source}\n`)
  await writeFile(join(work, 'sources.list'), sources.join(''))
  // Beside it lies apt's lock, so that several may fetch at once.
  await writeFile(join(work, 'status'), '')
  const options = [
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::Lists=${join(work, 'lists')}`,
    `Dir::State::status=${join(work, 'status')}`,
    `Dir::Cache::archives=${join(work, 'archives')}`,
    `Dir::Cache::pkgcache=${join(work, 'pkgcache.bin')}`,
    `Dir::Cache::srcpkgcache=${join(work, 'srcpkgcache.bin')}`,
    'APT::Sandbox::User=root',
    ...(await hostProxies()).map((line) => line.replace(/ "(.*)";$/, '=$1')),
  ]
  return ['-q', ...options.flatMap((option) => ['-o', option])]
}
