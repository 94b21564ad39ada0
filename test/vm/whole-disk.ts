import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTargetImage, CommandFailed, run, type TargetVariant } from '@eims/lab'
import type { Test } from 'tap'
import { CACHE } from '../cache.ts'

const SECTOR = 512

export interface Partition {
  number: number
  name: string
  /** bytes of the disk */
  offset: number
  length: number
}

/** What must be in the seed of one unit. */
export interface Expected {
  image: string
  /** the run's id, which cloud-init knows the instance by */
  instanceId: string
  /** where the file system that the OS writes to, the last one, has the host keys; default: it is the root */
  hostKeysIn?: string
}

/**
 * Looks at the disk of a machine that is switched off, from outside: the partition table is whole, every partition that
 * the OS does not write to is the image's byte for byte, the file system of the last is one and holds no empty host key, and
 * the seed's files are whole.
 */
export async function proveWholeDisk(
  t: Test,
  disk: string,
  { image, instanceId, hostKeysIn = '/etc/ssh' }: Expected,
): Promise<void> {
  t.match((await run('sgdisk', ['--verify', disk])).stdout, /No problems found/, 'the partition table')
  const there = await partitions(disk)
  const wanted = await partitions(image)
  const root = wanted.at(-1)!
  for (const part of wanted.filter((each) => each !== root)) {
    const same = there.find(({ number }) => number === part.number)
    t.strictSame([same?.offset, same?.length], [part.offset, part.length], `partition ${part.number} lies where it did`)
    t.ok(await sameBytes(disk, image, part), `partition ${part.number} is the image's`)
  }
  await proveRoot(t, disk, there.find(({ number }) => number === root.number)!, hostKeysIn)
  const seed = there.find(({ name }) => name === 'CIDATA')
  if (!seed) {
    t.fail('there is no partition CIDATA')
    return
  }
  const read = async (name: string) => (await run('mtype', ['-i', `${disk}@@${seed.offset}`, `::/${name}`])).stdout
  t.match(await read('meta-data'), `instance-id: ${instanceId}`, 'meta-data is of this run')
  t.match(await read('user-data'), /^#cloud-config\n/, 'user-data is whole')
}

/** Compares a disk that no OS has run from with its image: each of the image's partitions lies there, byte for byte. */
export async function proveWritten(t: Test, disk: string, variant: TargetVariant): Promise<void> {
  const { path: image } = await buildTargetImage({ variant, cacheDir: CACHE })
  const there = await partitions(disk)
  for (const part of await partitions(image)) {
    t.equal(
      there.find(({ number }) => number === part.number)?.offset,
      part.offset,
      `partition ${part.number} lies where it did`,
    )
    t.ok(await sameBytes(disk, image, part), `partition ${part.number} is the image's`)
  }
}

export async function partitions(disk: string): Promise<Partition[]> {
  const { stdout } = await run('sfdisk', ['--json', disk])
  const { partitiontable } = JSON.parse(stdout) as {
    partitiontable: { partitions: { node: string; start: number; size: number; name?: string }[] }
  }
  return partitiontable.partitions.map(({ node, start, size, name }) => ({
    number: Number(/(\d+)$/.exec(node)![1]),
    name: name ?? '',
    offset: start * SECTOR,
    length: size * SECTOR,
  }))
}

async function sameBytes(a: string, b: string, { offset, length }: Partition): Promise<boolean> {
  const where = ['--ignore-initial', String(offset), '--bytes', String(length)]
  return await run('cmp', ['--quiet', ...where, a, b]).then(
    () => true,
    (cause) => {
      if (cause instanceof CommandFailed && cause.code === 1) return false
      throw cause
    },
  )
}

/** The journal of a machine whose plug was pulled is played back first, in a copy, as the next boot would. */
async function proveRoot(t: Test, disk: string, { offset, length }: Partition, hostKeysIn: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'eims-root-'))
  try {
    const copy = join(folder, 'root')
    const block = 1024 * 1024
    await run(
      'dd',
      [`if=${disk}`, `of=${copy}`, `bs=${block}`, `skip=${offset}`, `count=${length}`, 'conv=sparse'].concat(
        'iflag=skip_bytes,count_bytes',
        'status=none',
      ),
      { timeoutMs: 300_000 },
    )
    await run('e2fsck', ['-p', '-E', 'journal_only', copy]).catch(() => {})
    const checked = await run('e2fsck', ['-f', '-n', copy], { timeoutMs: 300_000 }).then(
      () => '',
      (cause: CommandFailed) => `${cause.stdout}${cause.stderr}`,
    )
    t.equal(checked, '', 'the file system has no fault')
    const { stdout } = await run('debugfs', ['-R', `ls -l ${hostKeysIn}`, copy])
    const keys = stdout.split('\n').filter((line) => line.includes('ssh_host_'))
    t.ok(keys.length > 0, 'it has host keys')
    for (const line of keys) t.notMatch(line, /^\s*\d+\s+\d+ \(\d+\)\s+\d+\s+\d+\s+0 /, `not empty: ${line.trim()}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}
