import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive, run } from '@eims/lab'
import { FreshDebian } from '../../vm/fresh-debian.ts'

/** What an image says about itself, as `docker inspect` shows it; times are nanoseconds. */
export interface ImageConfig {
  Env: string[]
  Entrypoint: string[]
  Cmd: string[]
  WorkingDir: string
  StopSignal: NodeJS.Signals
  Volumes: Record<string, object>
  Healthcheck: { Test: string[]; Interval: number; Timeout: number; StartPeriod: number; Retries: number }
}

/** An image of a checkout's deploy/Dockerfile, made by Debian's buildah, which has no daemon. */
export interface Image extends AsyncDisposable {
  /** its files, in a folder of this machine */
  root: string
  config: ImageConfig
}

const MINUTE = 60_000
const FROM = 'docker.io/library/debian:bookworm-slim'

/**
 * Builds it in a storage that is removed at the end; what its cache mounts hold stays in `cacheDir`. The FROM is made,
 * not pulled: a Debian of this machine's package sources, which knows this machine's CAs.
 * @param planted files (name -> text) that lie about in the checkout besides what git would clone
 */
export async function buildImage(
  checkout: string,
  planted: Record<string, string>,
  cacheDir: string,
  seconds: <T>(what: string, work: Promise<T>) => Promise<T>,
): Promise<Image> {
  const benches = join(cacheDir, 'test-benches')
  const folder = join(benches, `container-${process.pid}`)
  const temporary = join(cacheDir, 'buildah')
  await removeAbandoned(benches)
  await mkdir(folder, { recursive: true })
  await mkdir(temporary, { recursive: true })
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs']
  // buildah keeps its cache mounts below TMPDIR
  const env = { ...process.env, TMPDIR: temporary }
  const buildah = async (...args: string[]) =>
    (await run('buildah', [...storage, ...args], { timeoutMs: 10 * MINUTE, env })).stdout.trim()
  const entered = async (from: string): Promise<[container: string, root: string]> => {
    const container = await buildah('from', '--pull=never', from)
    return [container, await buildah('mount', container)]
  }

  const dispose = () => rm(folder, { recursive: true, force: true })
  try {
    const [base, root] = await entered('scratch')
    const debian = await FreshDebian.create(root, cacheDir)
    await writeFile(join(root, 'root/.npmrc'), npmrc())
    await seconds('FROM', buildah('commit', base, FROM))
    // no longer a Debian: the context of the build
    const context = '/srv/checkout'
    await debian.copyCheckout(checkout, context)
    for (const [name, text] of Object.entries(planted)) {
      await mkdir(join(root, context, name, '..'), { recursive: true })
      await writeFile(join(root, context, name), text)
    }
    const how = ['--isolation', 'chroot', '--network', 'host', '--format', 'docker', '--layers=false', '--pull=never']
    const what = ['--file', join(root, context, 'deploy/Dockerfile'), '--tag', 'eims', join(root, context)]
    await seconds('the build', buildah('bud', ...how, ...what))
    const { Docker } = JSON.parse(await buildah('inspect', '--type', 'image', 'eims')) as {
      Docker: { config: ImageConfig }
    }
    const [, tree] = await seconds('its files', entered('eims'))
    return { root: tree, config: Docker.config, [Symbol.asyncDispose]: dispose }
  } catch (cause) {
    await dispose()
    throw cause
  }
}

/** This site's registry, behind its proxy that may have a CA of its own. */
function npmrc(): string {
  const registry = process.env.npm_config_registry
  return `cafile=/etc/ssl/certs/ca-certificates.crt\n${registry ? `registry=${registry}\n` : ''}`
}

/** What a test that was killed could not remove: gigabytes. */
async function removeAbandoned(benches: string): Promise<void> {
  for (const name of await readdir(benches).catch(() => [])) {
    const maker = /^container-(\d+)$/.exec(name)?.[1]
    if (maker && !isAlive(Number(maker))) await rm(join(benches, name), { recursive: true, force: true })
  }
}
