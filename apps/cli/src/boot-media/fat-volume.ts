import { execFile } from 'node:child_process'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { MediaTools } from './tools.ts'

/** One time in everything, so that the same inputs give the same image: 13 September 2020, 12:26:40 UTC. */
const TIME = 1_600_000_000

/** Its size: bytes in front of a medium's partition count in the medium's. FAT12 and clusters of 4 KiB, which every firmware reads, as far as that goes. */
const VOLUME_KIB = 4096

/**
 * Writes a FAT volume without a partition table around it, with mtools.
 * @param folder  whose content goes onto it; the times of its files are set
 * @param out     absolute path of the volume's file; there is none yet
 * @param serial  eight hexadecimal digits
 */
export async function writeFatVolume({
  folder,
  out,
  serial,
  tools,
}: {
  folder: string
  out: string
  serial: string
  tools: MediaTools
}): Promise<void> {
  await setTimes(folder)
  const at = ['-i', out]
  const geometry = ['-c', '8', '-T', `${VOLUME_KIB * 2}`, '-h', '16', '-s', '32', '-N', serial]
  await runTool(tools, 'mformat', ...at, '-C', ...geometry, '::')
  for (const name of (await readdir(folder)).sort())
    await runTool(tools, 'mcopy', ...at, '-s', '-m', join(folder, name), '::')
}

/** Gives a folder and all that is in it one time, the same always. */
export async function setTimes(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true })
  // what is in a folder first: writing there would change its time again
  for (const name of [...names.sort().reverse(), '.']) await utimes(join(folder, name), TIME, TIME)
}

/** Runs a tool that makes images; UTC, because FAT has local times. @throws Error that names the tool and what it said */
export async function runTool(
  tools: MediaTools,
  program: 'mformat' | 'mcopy' | 'xorriso',
  ...args: string[]
): Promise<void> {
  const [command, ...words] = tools.command(program)
  // no settings of whoever runs it
  const env = { HOME: '/nonexistent', TZ: 'UTC', SOURCE_DATE_EPOCH: `${TIME}`, GCONV_PATH: tools.file('gconv') }
  await promisify(execFile)(command, [...words, ...args], { env }).catch((cause: Error & { stderr?: string }) => {
    throw new Error(`${program} failed: ${(cause.stderr?.trim() || cause.message).slice(-1000)}`, { cause })
  })
}
