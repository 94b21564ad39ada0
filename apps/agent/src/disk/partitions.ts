import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { partitionPath } from '@eims/contracts'
import type { DiskFacts } from '../hardware/disks.ts'
import { attribute } from '../hardware/smbios.ts'
import { type Machine, nodeOf } from '../machine.ts'
import { runTool } from '../run-tool.ts'
import type { Partition } from './read-partitions.ts'

/**
 * A partition as a device of its own, whether the kernel knows it or not: while a mark withholds sector 0 (mark.ts) it cannot
 * read the table, and nothing has to be written for it to. A loop device (util-linux's losetup), so it is not called as
 * the installed system calls it. What is mounted from it keeps it until it is unmounted.
 * @param mode `read`: nothing can be written through it
 * @throws Failure program-failed
 */
export async function partitionDevice(
  machine: Machine,
  disk: DiskFacts,
  { start, size }: Pick<Partition, 'start' | 'size'>,
  mode: 'read' | 'write',
): Promise<AsyncDisposable & { node: string }> {
  const losetup = (...args: string[]) => runTool({ machine }, 'losetup', args)
  const place = ['--offset', `${start}`, '--sizelimit', `${size}`, '--sector-size', `${disk.sectorSize}`]
  const only = mode === 'read' ? ['--read-only'] : []
  const node = await losetup('--find', '--show', ...only, ...place, nodeOf(machine, disk.path))
  return {
    node,
    [Symbol.asyncDispose]: async () => void (await losetup('--detach', node)),
  }
}

/** A block device as sysfs tells of it. */
export interface Node {
  /** below /dev */
  name: string
  /** of a partition; 0: the disk itself */
  number: number
  major: string
  minor: string
}

/** A disk, and the partitions of it that the kernel has read out of its table, under their usual names. */
export function nodesOf({ sysRoot }: Machine, { path }: DiskFacts): Node[] {
  const folder = join(sysRoot, 'block', basename(path))
  const node = (dir: string, number: number): Node[] => {
    const [major, minor] = attribute(dir, 'dev')?.split(':') ?? []
    const name = basename(number === 0 ? path : partitionPath(path, number))
    return major && minor ? [{ name, number, major, minor }] : []
  }
  const partitions = readdirSync(folder)
    .map((name) => ({ dir: join(folder, name), number: Number(attribute(folder, name, 'partition') ?? 0) }))
    .filter(({ number }) => number > 0)
  return [...node(folder, 0), ...partitions.flatMap(({ dir, number }) => node(dir, number))]
}

/** The path of a partition's node, made where /dev does not make it; null when the kernel knows none of this number. */
export async function partitionNode(machine: Machine, disk: DiskFacts, number: number): Promise<string | null> {
  const found = nodesOf(machine, disk).find((each) => each.number === number)
  if (!found) return null
  const node = join(machine.devRoot, found.name)
  if (!existsSync(node)) await machine.busybox('mknod', '-m', '0600', node, 'b', found.major, found.minor)
  return node
}
