import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@eims/lab'

const PIECE = 4 * 1024 * 1024

/** A disk: a loop device with direct I/O on a file of its own, which is detached when it is disposed of. Needs root. */
export interface LoopDisk extends AsyncDisposable {
  readonly node: string
  readonly size: number
  /** makes it zeros, as a new disk is, without giving its blocks back */
  renew(): Promise<void>
  /** Throws when its first bytes are not the file's; sector 0 is withheld by the agent until its run is over. */
  holds(file: string): Promise<void>
}

export async function loopDisk(folder: string, size: number): Promise<LoopDisk> {
  const file = join(folder, 'disk')
  await run('fallocate', ['-l', `${size}`, file])
  const { stdout } = await run('losetup', ['--find', '--show', '--direct-io=on', file])
  const node = stdout.trim()
  const forget = () => run('blockdev', ['--flushbufs', node])
  return {
    node,
    size,
    async renew() {
      await run('fallocate', ['--zero-range', '-l', `${size}`, file])
      await run('sync', [file])
      await forget()
    },
    async holds(image) {
      await forget()
      await using wanted = await open(image)
      await using disk = await open(node)
      const [a, b] = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)]
      for (let at = 512; ; ) {
        const { bytesRead } = await wanted.read(a, 0, PIECE, at)
        if (bytesRead === 0) return
        await disk.read(b, 0, bytesRead, at)
        if (!a.subarray(0, bytesRead).equals(b.subarray(0, bytesRead)))
          throw new Error(`other bytes from byte ${at} on`)
        at += bytesRead
      }
    },
    async [Symbol.asyncDispose]() {
      await run('losetup', ['--detach', node])
    },
  }
}
