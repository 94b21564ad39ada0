import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const MIB = 1024 * 1024
const SECTOR = 512

/** In MiB: GPT, the EFI system partition, room for the backup GPT. */
const LAYOUT = { esp: 1, end: 29, size: 30 }

/** Fixed, so that the same volume gives the same disk; each machine's disk gets its own by what is written later. */
const DISK_GUID = 'E1350000-0000-4000-8000-000000000001'
const ESP_GUID = 'E1350000-0000-4000-8000-000000000002'
const VOLUME_SERIAL = 'e1350001'

const sectorAt = (mib: number) => (mib * MIB) / SECTOR

/**
 * Makes a raw disk with one EFI system partition, FAT16 by mtools: the build machine's kernel may lack vfat.
 * @param folder what goes into the partition; files keep their times
 * @param file the image to write; must not exist
 */
export async function buildDisk(folder: string, file: string): Promise<void> {
  await run('truncate', '-s', `${LAYOUT.size}M`, file)
  const [first, last] = [sectorAt(LAYOUT.esp), sectorAt(LAYOUT.end) - 1]
  await run('sgdisk', `--new=1:${first}:${last}`, '--typecode=1:ef00', `-u=1:${ESP_GUID}`, `-U=${DISK_GUID}`, file)
  const volume = ['-i', `${file}@@${LAYOUT.esp}M`]
  const sectors = `${last - first + 1}`
  await run('mformat', ...volume, '-c', '4', '-T', sectors, '-H', `${first}`, '-N', VOLUME_SERIAL, '-v', 'ESP', '::')
  await run('mcopy', ...volume, '-s', '-m', `${folder}/EFI`, `${folder}/demo`, '::')
}

/** UTC, because FAT has local times. */
async function run(command: string, ...args: string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args, { env: { ...process.env, TZ: 'UTC' } })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(`${command} is not installed`, { cause })
    throw cause
  }
}
