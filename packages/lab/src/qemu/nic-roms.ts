import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../command.ts'
import { hostProxies, hostSources } from '../debian-sources.ts'

const RELEASE = 'trixie'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Fetches Debian 13's UEFI drivers for QEMU's NICs (package ipxe-qemu), also on a Debian 12 host: those give OVMF a
 * driver and leave booting to OVMF's own PXE client, while Debian 12's start iPXE instead.
 * @param cacheDir they are kept here; the network is asked only once
 * @returns the directory with efi-e1000e.rom and its siblings
 */
export async function fetchNicRoms(cacheDir: string): Promise<string> {
  const home = join(cacheDir, `nic-roms-${RELEASE}`)
  const roms = join(home, 'usr/share/qemu')
  if (await stat(join(roms, 'efi-e1000e.rom')).catch(() => undefined)) return roms
  await mkdir(cacheDir, { recursive: true })
  const work = await mkdtemp(join(cacheDir, 'nic-roms-work-'))
  try {
    const apt = await privateApt(work)
    await run('apt-get', [...apt, 'update'], { timeoutMs: 5 * 60_000 })
    await run('apt-get', [...apt, 'download', 'ipxe-qemu'], { cwd: work, timeoutMs: 5 * 60_000 })
    const { stdout } = await run('find', [work, '-maxdepth', '1', '-name', 'ipxe-qemu_*.deb'])
    await run('dpkg-deb', ['-x', stdout.trim(), join(work, 'tree')])
    await rename(join(work, 'tree'), home).catch((cause: NodeJS.ErrnoException) => {
      // another process was quicker: its files are as good as ours
      if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return roms
}

/** apt options for package lists of our own, beside the system's. */
async function privateApt(work: string): Promise<string[]> {
  await mkdir(join(work, 'lists/partial'), { recursive: true })
  const sources = (await hostSources(RELEASE)).map((source) => `deb [signed-by=${KEYRING}] ${source}\n`)
  await writeFile(join(work, 'sources.list'), sources.join(''))
  const options = [
    `Dir::Etc::sourcelist=${join(work, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::Lists=${join(work, 'lists')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache::pkgcache=${join(work, 'pkgcache.bin')}`,
    `Dir::Cache::srcpkgcache=${join(work, 'srcpkgcache.bin')}`,
    'APT::Sandbox::User=root',
    ...(await hostProxies()).map((line) => line.replace(/ "(.*)";$/, '=$1')),
  ]
  return ['-q', ...options.flatMap((option) => ['-o', option])]
}
