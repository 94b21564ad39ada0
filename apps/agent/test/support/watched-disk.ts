import { renameSync } from 'node:fs'
import { openDisk } from '../../src/disk/block-device.ts'
import type { Machine } from '../../src/machine.ts'
import { tool } from './disks.ts'

export interface Watch {
  /** what a disk opened for reading gives back of what stands there */
  givesBack?: (offset: number, bytes: Buffer) => Buffer
  /** throws to refuse a write */
  onWrite?: (offset: number) => void
  /** throws to say that a write did not last; counted from 1 */
  onSync?: (nth: number) => void
  /** its node is one of a block device, as on a real machine; only root makes one */
  asDevice?: string
}

/** The machine with every step that its disks are asked for, in order: `write 512+16384` is an offset and a length. */
export function watched(machine: Machine, watch: Watch = {}): { machine: Machine; steps: string[] } {
  const steps: string[] = []
  const { asDevice: node } = watch
  const content = node && `${node}.content`
  if (node && content) {
    renameSync(node, content)
    tool('mknod', [node, 'b', '7', '0'])
  }
  let syncs = 0
  const open: Machine['openDisk'] = async (path, mode) => {
    const disk = await openDisk(path === node && content ? content : path, mode)
    steps.push(`open ${mode}`)
    return {
      async read(offset, length) {
        steps.push(`read ${offset}+${length}`)
        const bytes = await disk.read(offset, length)
        return mode === 'read' && watch.givesBack ? watch.givesBack(offset, bytes) : bytes
      },
      async write(offset, bytes) {
        steps.push(`write ${offset}+${bytes.length}`)
        watch.onWrite?.(offset)
        await disk.write(offset, bytes)
      },
      async sync() {
        steps.push('sync')
        syncs += 1
        watch.onSync?.(syncs)
        await disk.sync()
      },
      async [Symbol.asyncDispose]() {
        steps.push('close')
        await disk[Symbol.asyncDispose]()
      },
    }
  }
  const busybox: Machine['busybox'] = async (applet, ...args) => {
    steps.push([applet, ...args.filter((arg) => arg !== node)].join(' '))
    return ''
  }
  return { machine: { ...machine, openDisk: open, busybox }, steps }
}

/** A disk that spoils one byte of whatever stands at this offset. */
export const spoils =
  (at: number): NonNullable<Watch['givesBack']> =>
  (offset, bytes) => {
    if (offset !== at) return bytes
    const spoilt = Buffer.from(bytes)
    spoilt[spoilt.length - 1]! ^= 1
    return spoilt
  }

export const onlyRoot = { skip: process.getuid?.() !== 0 && 'only root makes the node of a block device' }
