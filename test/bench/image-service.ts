import { join } from 'node:path'
import type { Namespace } from '@eims/lab'
import { CACHE } from '../cache.ts'
import { type Launched, launch, launcher } from '../up/launched.ts'

/** `./eims up` on a LAN's bridge, when it is up. */
export async function startService(namespace: Namespace, data: string): Promise<Launched> {
  const words = ['--interface', 'br0', '--data', data, '--log-level', 'warn']
  await using stack = new AsyncDisposableStack()
  const service = stack.use(launch(namespace, words, { EIMS_CACHE: CACHE }))
  await service.up()
  stack.move()
  return service
}

interface Added {
  manifestSha256: string
  rawSize: number
  storedSize: number
}

/** Gives that service an image, and waits until it is ready. */
export async function addImage(namespace: Namespace, data: string, path: string, name: string): Promise<Added> {
  const words = ['images', 'add', path, '--name', name, '--json', '--data', data]
  const { stdout } = await namespace.exec(launcher, words, { timeoutMs: 300_000 })
  return JSON.parse(stdout) as Added
}

/** Where a blob of that service lies. */
export const blobOf = (data: string, sha256: string): string => join(data, 'blobs/sha256', sha256.slice(0, 2), sha256)
