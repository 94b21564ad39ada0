import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  buildTargetImage,
  createSshKey,
  fetchQemu,
  type Lan,
  Machine,
  run,
  type SshKey,
  ssh,
  waitForSsh,
} from '@eims/lab'
import { CACHE } from '../cache.ts'
import { launcher } from '../up/launched.ts'

const ADDRESS = '192.168.77.3'
/** packages/lab/src/target/disk.ts: its root partition is the third, at 42 MiB */
const ROOT_AT = 42 * 1024 * 1024

/** In the tree $1, with its own view of the system, without a network. */
const PREPARE = `cd "$1"; mount --rbind /dev dev; mount -t proc proc proc
exec chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root EIMS_CACHE=/var/cache/eims sh -ec "$2"`

/** A Debian in a machine that a bundle was copied to, and a folder with what it is to give others: the warehouse's server. */
export class ServerMachine implements AsyncDisposable {
  readonly machine: Machine
  /** where the bundle lies on it */
  readonly home: string
  readonly #lan: Lan
  readonly #key: SshKey

  private constructor(lan: Lan, machine: Machine, home: string, key: SshKey) {
    this.#lan = lan
    this.machine = machine
    this.home = home
    this.#key = key
  }

  /** @param dir absolute, made anew; `image` goes to /srv/image.raw */
  static async create(lan: Lan, dir: string, image: string): Promise<ServerMachine> {
    await mkdir(dir, { recursive: true })
    const key = await createSshKey(dir)
    const bundle = join(dir, 'bundle.tar')
    await run(launcher, ['bundle', bundle], { timeoutMs: 300_000, env: { ...process.env, EIMS_CACHE: CACHE } })
    const disk = join(dir, 'disk.raw')
    await run('cp', ['--sparse=always', (await buildTargetImage({ variant: 'A', cacheDir: CACHE })).path, disk])
    await run('truncate', ['-s', '4G', disk])
    const home = await onTheDisk(disk, join(dir, 'tree'), async (tree) => {
      await run('tar', ['-xf', bundle, '-C', join(tree, 'opt')], { timeoutMs: 120_000 })
      const [name = ''] = await readdir(join(tree, 'opt'))
      await run('cp', ['--sparse=always', image, join(tree, 'srv/image.raw')])
      await run('chmod', ['644', join(tree, 'srv/image.raw')])
      await mkdir(join(tree, 'root/.ssh'), { recursive: true, mode: 0o700 })
      await writeFile(join(tree, 'root/.ssh/authorized_keys'), `${key.publicKey}\n`)
      await writeFile(join(tree, 'etc/cloud/cloud-init.disabled'), '')
      await writeFile(
        join(tree, 'etc/systemd/network/10-lan.network'),
        `[Match]\nType=ether\n[Network]\nAddress=${ADDRESS}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n`,
      )
      const script = `ssh-keygen -q -A; /opt/${name}/eims prepare`
      await run('unshare', ['--mount', '--net', 'sh', '-ec', PREPARE, 'sh', tree, script], { timeoutMs: 300_000 })
      return `/opt/${name}`
    })
    await rm(bundle)
    const machine = await Machine.create({
      qemu: await fetchQemu(CACHE),
      lan,
      dir,
      spec: {
        firmware: 'bios',
        nic: { model: 'virtio-net-pci', mac: '52:54:00:ad:00:01', pxe: 'none' },
        disk: { bus: 'virtio', bootIndex: 0 },
        system: { serial: 'SERVER', uuid: '11111111-2222-3333-4444-555555550901' },
        memory: 1536,
      },
    })
    return new ServerMachine(lan, machine, home, key)
  }

  get #target() {
    return { namespace: this.#lan.site, address: ADDRESS, user: 'root', key: this.#key }
  }

  /** Presses its power button; resolves when it lets root in. */
  async start(timeoutMs: number): Promise<void> {
    await this.machine.powerOn()
    await waitForSsh(this.#target, timeoutMs)
  }

  /** As root on it; its standard output. */
  async run(command: string, timeoutMs = 120_000): Promise<string> {
    return (await ssh(this.#target, command, timeoutMs)).stdout.trim()
  }

  /** A verb of the tool on it; its reply, parsed. */
  async eims<T = unknown>(...words: string[]): Promise<T> {
    const said = await this.run([`${this.home}/eims`, ...words, '--json'].join(' '), 300_000)
    return (said === '' ? null : JSON.parse(said)) as T
  }

  /**
   * What its REST interface answers on its own loopback, to whom it lets in there; for looking often: the tool takes an
   * emulated processor ten seconds to start.
   */
  async get<T>(path: string): Promise<T> {
    const { url, key } = JSON.parse(await this.run('cat /var/lib/eims/local.json')) as { url: string; key: string }
    return JSON.parse(await this.run(`curl -sSf -m 60 -H 'Authorization: Bearer ${key}' '${url}/api/v1/${path}'`)) as T
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine[Symbol.asyncDispose]()
  }
}

/** The disk's root partition grown to the disk's end and mounted while `work` goes on; no partition scanning is needed. */
async function onTheDisk<T>(disk: string, tree: string, work: (tree: string) => Promise<T>): Promise<T> {
  await run('sgdisk', ['-e', '-d', '3', '-n', `3:${ROOT_AT / 512}:0`, '-t', '3:8304', disk])
  const { stdout } = await run('losetup', ['--show', '-f', '-o', String(ROOT_AT), disk])
  const loop = stdout.trim()
  try {
    await run('e2fsck', ['-fy', loop]).catch(() => {}) // 1: something was mended
    await run('resize2fs', [loop, `${4096 - 42 - 2}M`], { timeoutMs: 120_000 })
    await mkdir(tree, { recursive: true })
    await run('mount', [loop, tree])
    try {
      return await work(tree)
    } finally {
      await run('umount', [tree], { timeoutMs: 120_000 })
    }
  } finally {
    await run('losetup', ['-d', loop])
  }
}
