import { execFileSync } from 'node:child_process'
import { closeSync, openSync, truncateSync } from 'node:fs'
import { holdsMark, markPlace } from '../../src/disk/mark.ts'

export const MIB = 1024 * 1024

/** Runs a foreign tool; its output and errors as one text. Throws when it exits with another code than 0. */
export function tool(command: string, args: string[], input = ''): string {
  return execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', command, ...args], { input, encoding: 'utf8' })
}

/** A sparse file of `size` bytes. */
export function sparse(path: string, size: number): string {
  closeSync(openSync(path, 'a'))
  truncateSync(path, size)
  return path
}

/** A GPT by util-linux's fdisk, which knows both sector sizes: an ESP and a root of so many MiB. */
export function gptByFdisk(path: string, size: number, sectorSize: number, esp = 8, root = 16): string {
  sparse(path, size)
  tool('fdisk', ['-b', String(sectorSize), path], `g\nn\n1\n\n+${esp}M\nt\n1\nn\n2\n\n+${root}M\nw\n`)
  return path
}

/** What fdisk's own check says of a table. */
export const verifyByFdisk = (path: string, sectorSize: number): string =>
  tool('fdisk', ['-b', String(sectorSize), path], 'v\np\nq\n')

/** A disk's bytes as they will be when its run is over: sector 0 in its place, no mark. */
export function unmarked(disk: Buffer, sectorSize = 512): Buffer {
  const place = markPlace({ size: disk.length, sectorSize })
  const bytes = Buffer.from(disk)
  if (!holdsMark(disk.subarray(-MIB), disk.length)) return bytes
  if (isUnstartable(disk)) disk.copy(bytes, 0, place - sectorSize, place)
  return bytes.fill(0, place - sectorSize, place + sectorSize)
}

/** Whether no firmware can start from a disk: it has neither boot code nor an entry for a GPT in its sector 0. */
export const isUnstartable = (disk: Buffer): boolean => disk.subarray(0, 512).every((byte) => byte === 0)
