import {
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { choiceOf } from '../actions/choose-disk.ts'
import type { Context } from '../actions/handler.ts'
import { Failure } from '../failure.ts'
import { PATH } from '../program.ts'
import { findChosen } from './chosen.ts'
import { thenAlways } from './filesystem.ts'
import { folderIn, makeFolder } from './in-root.ts'
import { nodesOf } from './partitions.ts'

export interface Inside {
  /** program and arguments, looked for in the installed system */
  argv: readonly string[]
  env?: Record<string, string>
  /** the Micro-OS's DNS servers are the system's meanwhile */
  resolvConf: boolean
  /** names below /dev that it sees of the Micro-OS's */
  devices: readonly string[]
}

/** Documentation/admin-guide/devices.txt */
const usual = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
  ['console', 5, 1],
] as const
const links = { ptmx: 'pts/ptmx', fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2' }

/**
 * First process of a PID namespace: when it ends, the kernel kills everything that the command left behind, whatever
 * session that went to. It waits for the command instead of becoming it, as a first process hears no SIGTERM.
 */
const first = 'mount -t proc -o nosuid,nodev,noexec proc "$1" && shift && chroot "$@"; exit $?'

/**
 * Runs a program in the installed system, its output in the run's log. It finds /proc with its own processes, /sys to read, a /dev
 * with the chosen disk and no other, a /run of its own. That keeps a command from another disk by mistake, and is no jail:
 * it has all rights. What it leaves running is killed, and what it has mounted is unmounted by withFilesystem.
 * @param root mounted by withFilesystem to `run`
 * @returns the exit code, and the last line that it said
 * @throws Failure device-not-granted; what the context's signal was aborted with
 */
export async function runInside(
  context: Context,
  root: string,
  { argv, env = {}, resolvConf, devices }: Inside,
): Promise<{ code: number; last: string | null }> {
  const { machine, signal, log } = context
  const place = (path: string) =>
    folderIn(root, path, (missing) => makeFolder(missing, { uid: 0, gid: 0, mode: 0o755 }))
  await mountSystem(context, place, devices)
  let last: string | null = null
  const work = () =>
    machine.run(
      '/bin/busybox',
      ['unshare', '-p', '-f', '/bin/busybox', 'sh', '-c', first, 'sh', place('/proc'), root, ...argv],
      {
        env: { PATH, LANG: 'C.UTF-8', HOME: '/root', ...env },
        signal,
        line(text, stream) {
          last = text || last
          log(text, stream)
        },
      },
    )
  const { code } = resolvConf ? await withDns(context, place('/etc'), work) : await work()
  return { code, last }
}

async function mountSystem(
  context: Context,
  place: (path: string) => string,
  devices: readonly string[],
): Promise<void> {
  const { machine, results } = context
  const busybox: Context['machine']['busybox'] = (...call) => machine.busybox(...call)
  await busybox('mount', '-t', 'sysfs', '-o', 'ro,nosuid,nodev,noexec', 'sys', place('/sys'))
  await busybox('mount', '-t', 'tmpfs', '-o', 'nosuid,nodev,mode=0755', 'run', place('/run'))
  await busybox('mount', '-t', 'tmpfs', '-o', 'nosuid,mode=0755', 'dev', place('/dev'))
  const dev = place('/dev')
  const make = (name: string, kind: 'b' | 'c', mode: string, major: string | number, minor: string | number) => {
    if (name.includes('/')) place(`/dev/${dirname(name)}`)
    return busybox('mknod', '-m', mode, join(dev, name), kind, `${major}`, `${minor}`)
  }
  for (const [name, major, minor] of usual) await make(name, 'c', '0666', major, minor)
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(dev, name))
  await busybox(
    'mount',
    '-t',
    'devpts',
    '-o',
    'nosuid,noexec,newinstance,ptmxmode=0666,mode=0620',
    'pts',
    place('/dev/pts'),
  )
  await busybox('mount', '-t', 'tmpfs', '-o', 'nosuid,nodev,mode=1777', 'shm', place('/dev/shm'))
  for (const { name, major, minor } of nodesOf(machine, findChosen(machine, choiceOf(results))))
    await make(name, 'b', '0660', major, minor)
  for (const name of devices) {
    const { rdev } = granted(name, lstatSync(join(machine.devRoot, name), { throwIfNoEntry: false }))
    await make(name, 'c', '0660', majorOf(rdev), minorOf(rdev))
  }
}

/** A link is followed to nothing: it may lead to a disk. */
function granted(device: string, found: Stats | undefined): Stats {
  if (found?.isCharacterDevice()) return found
  const fault = found && !found.isDirectory() ? 'disk' : 'missing'
  throw new Failure({ code: 'device-not-granted', slots: { device, fault } })
}

/** glibc's makedev(3): 12 and 20 bits of Linux's numbers, the upper halves apart. */
const majorOf = (rdev: number): number => Math.floor(rdev / 256) % 4096
const minorOf = (rdev: number): number => (rdev % 256) + Math.floor(rdev / 2 ** 20) * 256

/** With the Micro-OS's DNS servers in resolv.conf; what was there, a link too, or nothing, is there again afterwards. */
async function withDns<T>({ machine, log }: Context, etc: string, work: () => Promise<T>): Promise<T> {
  const place = join(etc, 'resolv.conf')
  const kept = join(etc, '.resolv.conf.kept')
  const absent = join(etc, '.resolv.conf.absent')
  const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined
  const putBack = async () => {
    rmSync(place, { recursive: true, force: true })
    if (isThere(kept)) renameSync(kept, place)
    rmSync(absent, { force: true })
  }
  // of a command whose machine lost its power
  if (isThere(kept) || isThere(absent)) await putBack()
  if (isThere(place)) renameSync(place, kept)
  else writeFileSync(absent, '', { flag: 'wx' })
  return await thenAlways(
    () => {
      const own = join(machine.root, 'etc', basename(place))
      writeFileSync(place, existsSync(own) ? readFileSync(own) : '', { flag: 'wx', mode: 0o644 })
      return work()
    },
    putBack,
    log,
  )
}
