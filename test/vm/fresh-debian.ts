import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hostProxies, hostSources, type Namespace, run } from '@eims/lab'

/** What somebody who reads the README has installed: the distribution's npm. */
const PACKAGES = ['npm', 'ca-certificates']
const LEFT_OUT = ['doc', 'info', 'locale', 'man'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)

/** How a machine behind a proxy or with a CA of its own is told; the fresh one is told the same. */
const OF_THE_SITE = /^((https?|no)_proxy|(node_extra_ca_certs|ssl_cert_file)|npm_config_(registry|cafile))$/i
const CA_BUNDLE = 'etc/ssl/certs/ca-certificates.crt'

/** Sees its own /dev, /proc and /sys, gone with its last process; $1 is the root directory. */
const enter = 'cd "$1"; mount --rbind /dev dev; mount -t proc proc proc; mount --rbind /sys sys; exec chroot "$@"'

/**
 * A Debian 12 nobody has worked on: package sources, the distribution's npm, an empty home. It is a folder, entered
 * by chroot, with the network of whoever enters.
 */
export class FreshDebian implements AsyncDisposable {
  /** its root directory, seen from outside */
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  /** @param root a folder that does not exist yet; `cacheDir` keeps what mmdebstrap makes, by what it is made of */
  static async create(root: string, cacheDir: string): Promise<FreshDebian> {
    const archive = await baseArchive(join(cacheDir, 'test-bases'))
    await mkdir(root, { recursive: true })
    await run('tar', ['--extract', '--numeric-owner', '--file', archive, '--directory', root], { timeoutMs: 300_000 })
    for (const file of ['etc/resolv.conf', 'etc/hosts', CA_BUNDLE])
      await cp(`/${file}`, join(root, file), { dereference: true, force: true }).catch(absent)
    return new FreshDebian(root)
  }

  /** Copies a checkout as a fresh clone would have it: what git tracks or would, nothing that it ignores. */
  async copyCheckout(from: string, to: string): Promise<void> {
    await mkdir(join(this.root, to), { recursive: true })
    const list = 'git -c safe.directory="$1" ls-files --cached --others --exclude-standard -z'
    const there = `perl -0 -ne 'chomp; print "$_\\0" if -e || -l'`
    const copy = 'tar --create --null --files-from - | tar --extract --directory "$2"'
    await run('sh', ['-c', `set -e; cd "$1"; ${list} | ${there} | ${copy}`, 'sh', from, join(this.root, to)])
  }

  /** Starts a command in it, with an environment of its own; `pid` is the command's. In `namespace`, else in our network. */
  spawn(command: string[], namespace?: Namespace): ChildProcess {
    const site = Object.entries(process.env).filter(([name]) => OF_THE_SITE.test(name))
    const environment = [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
      ...site.map(([name, value]) => `${name}=${/ca_certs|cert_file|cafile/i.test(name) ? `/${CA_BUNDLE}` : value}`),
    ]
    const inside = ['--mount', 'sh', '-ec', enter, 'sh', this.root, '/usr/bin/env', '-i', ...environment, ...command]
    return namespace
      ? namespace.spawn('unshare', inside, { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('unshare', inside, { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
  }
}

async function baseArchive(folder: string): Promise<string> {
  const options = ['--mode=root', '--variant=minbase', '--format=tar', `--include=${PACKAGES.join(',')}`, ...LEFT_OUT]
  const proxies = (await hostProxies()).map((line) => `--aptopt=${line}`)
  const sources = (await hostSources('bookworm')).map((source) => `deb ${source}`)
  const ingredients = JSON.stringify([options, proxies, sources])
  const archive = join(folder, `bookworm-${createHash('sha256').update(ingredients).digest('hex').slice(0, 16)}.tar`)
  if (await stat(archive).catch(() => null)) return archive
  await mkdir(folder, { recursive: true })
  const unfinished = `${archive}.${process.pid}`
  await run('mmdebstrap', [...options, ...proxies, 'bookworm', unfinished, ...sources], { timeoutMs: 15 * 60_000 })
  await rename(unfinished, archive)
  return archive
}

function absent(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'ENOENT') throw cause
}
