import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Builtin, type BuiltinArgs, builtins, say } from '@eims/contracts'
import { choiceOf } from '../actions/choose-disk.ts'
import type { Context } from '../actions/handler.ts'
import { Failure } from '../failure.ts'
import type { DiskFacts } from '../hardware/disks.ts'
import { nodeOf } from '../machine.ts'
import { findChosen } from './chosen.ts'
import { firstInPlace, isMarked, underMark } from './mark.ts'
import { unmountBelow } from './mounts.ts'
import { partitionDevice, partitionNode } from './partitions.ts'
import { type Partition, readPartitions } from './read-partitions.ts'
import { reread } from './reread.ts'
import { fileSystemOf, HEAD_BYTES } from './signature.ts'

/** A file system as a plan names it: place.ts of the contracts. */
export type Place = Pick<BuiltinArgs<'write-file'>, 'partition' | 'fsType'>

/**
 * `read`: nothing is written, not even what a journal holds; `write`: files are changed; `run`: programs run in it that look for
 * partitions by themselves, as grub-probe does, so that sector 0 stands in its place meanwhile (mark.ts).
 */
export type Mode = 'read' | 'write' | 'run'

type Here = Pick<Context, 'machine' | 'runId' | 'results' | 'log' | 'note'>

/** What a journal holds is for the OS to write: `ro` alone does not keep a file system from it. */
const untouched: Record<string, string> = {
  ext4: ',noload',
  ext3: ',noload',
  xfs: ',norecovery',
  btrfs: ',rescue=nologreplay',
}

/**
 * Mounts a file system of the chosen disk for as long as `work` takes. The interlock holds: no other disk is mounted, and to be
 * written to, this one must carry the run's mark, or be what an action of this run has installed to its last byte.
 *
 * While the mark stands, sector 0 is withheld, and the kernel sees no partitions. The table is read as it will be, and a
 * partition mounted by its place (partitions.ts): sector 0 stays where it is kept, so that a machine whose power goes comes
 * by the network again. It stands in its place only where there is no other way: for `run`, whose programs see the disk
 * and its partitions by their names, and for a file system without a partition, whose own first sector it is.
 *
 * @param place.partition null: the only one that holds an OS
 * @param work gets the folder that it is mounted at, and the partition's number
 * @throws Failure disk-in-use, disk-not-of-this-run, partition-missing, os-unclear, filesystem-not-mounted
 */
export async function withFilesystem<T>(
  context: Here,
  place: Place,
  mode: Mode,
  work: (root: string, partition: number) => Promise<T>,
): Promise<T> {
  const { machine, runId, results, log } = context
  const disk = findChosen(machine, choiceOf(results))
  const node = nodeOf(machine, disk.path)
  await letGo(machine, disk)
  const partitions = await partitionsFor(context, disk, mode)
  const has = partitions.length === 0 ? [0] : partitions.map(({ number }) => number)
  const named = mode === 'run' || place.partition === 0 || has[0] === 0
  const device = async (number: number, how: Mode): Promise<Device> => {
    const partition = partitions.find((each) => each.number === number)
    if (partition && !named) return await partitionDevice(machine, disk, partition, how === 'read' ? 'read' : 'write')
    const own = number === 0 ? node : partition && (await partitionNode(machine, disk, number))
    if (own) return { node: own, async [Symbol.asyncDispose]() {} }
    throw new Failure({ code: 'partition-missing', slots: { disk: disk.path, partition: number, has } })
  }
  const on = async () => {
    const number = place.partition ?? (await findOs(context, disk, has, device))
    return await mounted(context, { disk, number, fsType: place.fsType, mode, device }, (root) => work(root, number))
  }
  if (!named) return await on()
  const first = await firstInPlace(() => machine.openDisk(node, 'write'), disk, runId)
  return await thenAlways(
    async () => {
      await reread(machine, node)
      return await on()
    },
    async () => first[Symbol.asyncDispose](),
    log,
  )
}

type Device = AsyncDisposable & { node: string }
type DeviceOf = (number: number, mode: Mode) => Promise<Device>

/** An agent that was killed left it mounted. Mounted twice, by two devices, it would be written over itself. @throws Failure disk-in-use */
export async function letGo(machine: Context['machine'], disk: DiskFacts): Promise<void> {
  if (await unmountBelow(machine, mountPoint(machine), 'stays')) return
  throw new Failure({ code: 'disk-in-use', slots: { disk: disk.path } })
}

const mountPoint = ({ root }: Context['machine']): string => join(root, 'run/eims-disk')

/** The partitions of the chosen disk, where an action may do with it what it wants to. @throws Failure disk-not-of-this-run */
export async function partitionsFor(
  { machine, runId, results }: Here,
  disk: DiskFacts,
  mode: Mode,
): Promise<Partition[]> {
  await using bare = await machine.openDisk(nodeOf(machine, disk.path), 'read')
  if (mode !== 'read' && !hasInstalled(results) && !(await isMarked(bare, disk, runId)))
    throw new Failure({ code: 'disk-not-of-this-run', slots: { disk: disk.path } })
  return await readPartitions(await underMark(bare, disk, runId), disk)
}

/** An image that reaches to the end of its disk has overwritten the mark as the last thing; an archive never does. */
const hasInstalled = (results: Record<string, unknown>): boolean =>
  Object.values<Builtin>(builtins).some(
    ({ installs, adds, result }) =>
      installs && adds && Object.values(results).some((each) => result.safeParse(each).success),
  )

async function findOs(context: Here, disk: DiskFacts, numbers: number[], device: DeviceOf): Promise<number> {
  const holding: number[] = []
  for (const number of numbers) {
    const look = { disk, number, fsType: null, mode: 'read', device } as const
    const holds = await mounted(context, look, async (root) => holdsOs(root)).catch((error: unknown) => {
      if (error instanceof Failure && error.reason.code === 'filesystem-not-mounted') return false
      throw error
    })
    if (holds) holding.push(number)
  }
  const [only, second] = holding
  if (only === undefined || second !== undefined)
    throw new Failure({ code: 'os-unclear', slots: { disk: disk.path, partitions: holding } })
  return only
}

/** Whether a file system has /etc with what only an OS has there; no link is followed. */
function holdsOs(root: string): boolean {
  const look = (path: string) => lstatSync(join(root, path), { throwIfNoEntry: false })
  return look('etc')?.isDirectory() === true && ['os-release', 'passwd'].some((name) => look(`etc/${name}`))
}

async function mounted<T>(
  { machine, log, note }: Here,
  what: { disk: DiskFacts; number: number; fsType: string | null; mode: Mode; device: DeviceOf },
  work: (root: string) => Promise<T>,
): Promise<T> {
  const { disk, number, mode } = what
  await using device = await what.device(number, mode)
  const { node } = device
  const type = what.fsType ?? (await typeAt(machine.openDisk, node))
  const unmounted = (text: string, cause?: unknown) =>
    new Failure(
      { code: 'filesystem-not-mounted', slots: { disk: disk.path, partition: number, fsType: type, text } },
      cause,
    )
  if (type === null) throw unmounted('give the action the fsType, if the Micro-OS has it')
  const root = mountPoint(machine)
  mkdirSync(root, { recursive: true })
  const options = mode === 'read' ? `ro,nodev${untouched[type] ?? ''}` : 'rw,nodev'
  await machine.busybox('mount', '-t', type, '-o', options, node, root).catch((error: Error) => {
    throw unmounted(error.message.trim().split('\n').at(-1)!, error)
  })
  const after = [
    async () => {
      if (mode !== 'read') await machine.busybox('sync', '-f', root)
    },
    async () => {
      if (await unmountBelow(machine, root, 'goes')) return
      const busy = { code: 'filesystem-busy', slots: { disk: disk.path, partition: number } } as const
      log(say(busy))
      note(busy)
    },
    // whoever reads the disk itself sees what was written through its partition
    async () => void (await machine.busybox('blockdev', '--flushbufs', nodeOf(machine, disk.path))),
  ]
  return await after.reduce(
    (before, then) => () => thenAlways(before, then, log),
    () => work(root),
  )()
}

async function typeAt(open: Context['machine']['openDisk'], node: string): Promise<string | null> {
  await using partition = await open(node, 'read')
  return fileSystemOf(await partition.read(0, HEAD_BYTES).catch(() => partition.read(0, 512)))
}

/** Does the second whatever became of the first, whose error is the one that is thrown; the other's is told. */
export async function thenAlways<T>(
  work: () => Promise<T>,
  after: () => Promise<void>,
  log: (text: string) => void,
): Promise<T> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    await after().catch((second: Error) => log(second.message))
    throw error
  }
  await after()
  return result
}
