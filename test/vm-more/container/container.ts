import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, type CommandResult, type Namespace } from '@eims/lab'
import type { Image } from './image.ts'

/** What docs/deploy.md asks an engine for; the embedded PostgreSQL has files and processes of another account, too. */
const CAPABILITIES = ['net_bind_service', 'chown', 'dac_override', 'fowner', 'kill', 'setgid', 'setuid']

/**
 * As an engine does with `read_only`, `tmpfs: /tmp`, a volume and `network_mode: host`; gone with its last process.
 * $1 the image's files, $2 the folder that is the volume, $3 its place in the container
 */
const ENTER = `
root=$1; volume=$2; place=$root$3; shift 3
mount --bind "$root" "$root"; cd "$root"
mount --rbind /dev dev; mount -t proc proc proc; mount --rbind /sys sys; mount -t tmpfs tmpfs tmp
mount --bind "$volume" "$place"
mount -o remount,bind,ro "$root"
exec chroot "$root" "$@"`

/**
 * An image in a network namespace, with a container's capabilities. (Buildah's own `run` is for building: it takes no
 * capability and shows the /sys of another network.)
 */
export class Container {
  readonly #image: Image
  readonly #namespace: Namespace
  readonly #volume: string
  readonly #place: string

  private constructor(image: Image, namespace: Namespace, volume: string, place: string) {
    this.#image = image
    this.#namespace = namespace
    this.#volume = volume
    this.#place = place
  }

  /** @param volume a folder that outlives the container, where the image has its only volume */
  static async create(image: Image, namespace: Namespace, volume: string): Promise<Container> {
    const [place = '', ...others] = Object.keys(image.config.Volumes)
    if (!place || others.length > 0) throw new Error(`one volume is expected, not ${[place, ...others].join(', ')}`)
    await mkdir(volume, { recursive: true })
    await mkdir(join(image.root, place), { recursive: true })
    return new Container(image, namespace, volume, place)
  }

  /** Starts what the image names; `pid` is its own. */
  start(): ChildProcess {
    const { Entrypoint, Cmd } = this.#image.config
    return this.#namespace.spawn('unshare', this.#inside([...Entrypoint, ...Cmd]), {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Runs a command beside it to its end, as `docker exec`. */
  exec(...command: string[]): Promise<CommandResult> {
    return this.#namespace.exec('unshare', this.#inside(command))
  }

  /** What an engine makes of the image's health check. */
  async health(): Promise<'healthy' | 'unhealthy'> {
    const { Test, Timeout } = this.#image.config.Healthcheck
    const [kind, ...command] = Test
    if (kind !== 'CMD') throw new Error(`a health check of the kind CMD is expected, not ${kind}`)
    const done = this.#namespace.exec('unshare', this.#inside(command), { timeoutMs: Timeout / 1e6 })
    return done.then(
      () => 'healthy',
      (cause) => {
        if (cause instanceof CommandFailed && cause.code === 1) return 'unhealthy'
        throw cause
      },
    )
  }

  #inside(command: string[]): string[] {
    const { Env, WorkingDir } = this.#image.config
    const environment = ['/usr/bin/env', '-i', '-C', WorkingDir, 'HOME=/root', ...Env]
    const bounding = ['-all', ...CAPABILITIES.map((name) => `+${name}`)].join(',')
    const limited = ['setpriv', '--no-new-privs', `--bounding-set=${bounding}`, '--', ...command]
    const places = [this.#image.root, this.#volume, this.#place]
    return ['--mount', 'sh', '-ec', ENTER, 'sh', ...places, ...environment, ...limited]
  }
}
