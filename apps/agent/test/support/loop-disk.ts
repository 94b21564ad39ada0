import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { setMark, underMark } from '../../src/disk/mark.ts'
import { type Machine, thisMachine } from '../../src/machine.ts'
import { put } from './machine.ts'

export const RUN = 'run-1'
const MIB = 1024 * 1024

const sh = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' }).trim()

export interface LoopDisk {
  machine: Machine & { dir: string }
  /** the node of the loop device, as the kernel calls it */
  loop: string
  size: number
  results: Record<string, unknown>
  /** what is mounted in this process's namespace below the machine's own folder */
  mounted(): string[]
  /** looks into a partition's file system, or into what a script says of it at `$1` */
  inside(number: number, script: string): string
}

interface Layout {
  /** partitions of `size` MiB, with what is put into each; left out of `tree`: no file system */
  parts: { size: number; fs?: 'ext4' | 'vfat'; tree?: (folder: string) => void }[]
  table?: 'gpt' | 'dos'
  /** MiB behind them; 8 when left out */
  room?: number
  /** false: no run has begun to write it */
  marked?: boolean
}

const OWN = 'EIMS_OWN_MOUNTS'

/**
 * Runs a test file again, in a mount namespace of its own: what it mounts is copied into no namespace that somebody else makes
 * meanwhile, which would keep its disks in use.
 * @returns whether this is the run in which to test
 */
export async function inOwnMounts(t: Test, file: string): Promise<boolean> {
  if (process.getuid?.() !== 0) {
    t.pass('only root mounts file systems', { skip: true })
    return false
  }
  if (process.env[OWN]) return true
  const args = ['--mount', '--propagation=private', process.execPath, ...process.execArgv, file]
  await t.spawn('unshare', args, { env: { ...process.env, [OWN]: '1' } })
  t.end()
  return false
}

/**
 * A machine whose one disk `/dev/vda` is a loop device of this host with real file systems; its /sys and /dev are folders
 * of the test's own, and nothing but them and the loop device is ever touched.
 */
export async function loopDisk(
  t: Pick<Test, 'teardown'>,
  { parts, table = 'gpt', room = 8, marked = true }: Layout,
): Promise<LoopDisk> {
  const dir = mkdtempSync('/tmp/eims-agent-')
  const size = (parts.reduce((sum, part) => sum + part.size, 0) + room) * MIB
  const file = join(dir, 'disk.raw')
  const lines = parts.map(({ size }) => `size=${size}MiB, type=${table === 'gpt' ? 'linux' : '83'}\n`).join('')
  sh(`truncate -s ${size} ${file}`)
  execFileSync('sfdisk', ['-q', file], { input: `label: ${table}\n${lines}` })
  let at = MIB
  for (const [nth, part] of parts.entries()) {
    if (part.fs) {
      const tree = join(dir, `tree-${nth}`)
      mkdirSync(tree)
      part.tree?.(tree)
      sh(`truncate -s ${part.size * MIB} ${dir}/part`)
      sh(part.fs === 'ext4' ? `mkfs.ext4 -q -d ${tree} ${dir}/part` : `mkfs.fat ${dir}/part`)
      sh(`dd if=${dir}/part of=${file} bs=1M seek=${at / MIB} conv=notrunc status=none; rm ${dir}/part`)
    }
    at += part.size * MIB
  }
  const loop = sh(`losetup --find --show --partscan ${file}`)
  const name = loop.slice('/dev/'.length)
  const [sysRoot, devRoot] = [join(dir, 'sys'), join(dir, 'dev')]
  const disk = join(sysRoot, 'devices/pci0000:00/0000:00:02.0/virtio1/block/vda')
  const facts = {
    size: `${size / 512}\n`,
    ro: '0\n',
    removable: '0\n',
    'queue/logical_block_size': '512\n',
    serial: 'S1\n',
  }
  for (const [attribute, text] of Object.entries(facts)) put(join(disk, attribute), text)
  writeFileSync(join(disk, 'dev'), readFileSync(`/sys/block/${name}/dev`))
  for (const number of [1, 2, 3, 4]) symlinkSync(`/sys/block/${name}/${name}p${number}`, join(disk, `vda${number}`))
  mkdirSync(join(sysRoot, 'block'))
  symlinkSync(disk, join(sysRoot, 'block/vda'))
  mkdirSync(devRoot)
  const numbers = readFileSync(join(disk, 'dev'), 'utf8').trim().split(':').join(' ')
  sh(`mknod ${devRoot}/vda b ${numbers}`)
  const own = thisMachine(null, true)
  const machine: LoopDisk['machine'] = {
    ...own,
    sysRoot,
    devRoot,
    root: dir,
    dir,
    async busybox(applet, ...args) {
      // a kernel built for hosts of virtual machines reads no partition tables; util-linux reads them for it
      if (args.includes('--rereadpt')) return sh(`rm -f ${devRoot}/vda[0-9]; partx --update ${loop}`)
      return await own.busybox(applet, ...args)
    },
  }
  const mounted = () =>
    sh('cat /proc/self/mountinfo')
      .split('\n')
      .filter((line) => line.includes(dir))
  t.teardown(() => {
    for (const line of mounted().reverse()) spawnSync('umount', ['-l', line.split(' ')[4]!])
    sh(`losetup -j ${file} -O NAME -n | xargs -r -n1 losetup -d`)
    rmSync(dir, { recursive: true, force: true })
  })
  if (marked) {
    await using opened = await machine.openDisk(join(devRoot, 'vda'), 'write')
    const first = await opened.read(0, 512)
    await setMark(opened, { size, sectorSize: 512 }, RUN)
    // as an image's is put there
    await (await underMark(opened, { size, sectorSize: 512 }, RUN)).write(0, first)
  }
  return {
    machine,
    loop,
    size,
    results: { 'choose-disk': { path: '/dev/vda', size, serial: 'S1', wwn: null, overwrite: true } },
    mounted,
    inside(number, script) {
      const start = MIB + parts.slice(0, number - 1).reduce((sum, part) => sum + part.size, 0) * MIB
      const at = join(dir, 'look')
      mkdirSync(at, { recursive: true })
      const place = `--offset ${start} --sizelimit ${parts[number - 1]!.size * MIB}`
      return sh(
        `loop=$(losetup --find --show --read-only ${place} ${loop}); mount -o ro $loop ${at}; cd ${at}; ` +
          `{ ${script}; } || status=$?; cd /; umount ${at}; losetup -d $loop; exit \${status:-0}`,
      )
    },
  }
}

/** An /etc by which an OS is known. */
export const anOs = (folder: string): void => put(join(folder, 'etc/os-release'), 'ID=debian\n')
