import { closeSync, ftruncateSync, mkdtempSync, openSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.ts'

const BLOCK = Buffer.alloc(1024 * 1024, 1)

/** A file system of its own, in memory, that others can fill; gone when it is disposed of. Needs root. */
export class SmallDisk implements AsyncDisposable {
  readonly folder: string
  readonly #others: number

  private constructor(folder: string) {
    this.folder = folder
    this.#others = openSync(join(folder, 'others'), 'w')
  }

  static async create(megabytes: number): Promise<SmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'eims-disk-'))
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', folder])
    return new SmallDisk(folder)
  }

  /** bytes */
  free(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return bavail * bsize
  }

  /** Others write to it until so many bytes are free. */
  fill(leave: number): void {
    for (let room = this.free() - leave; room > 0; room = this.free() - leave)
      writeSync(this.#others, BLOCK, 0, Math.min(room, BLOCK.length))
  }

  /** What the others wrote is removed. */
  empty(): void {
    ftruncateSync(this.#others, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    closeSync(this.#others)
    await run('umount', ['-l', this.folder])
    await run('rmdir', [this.folder])
  }
}
