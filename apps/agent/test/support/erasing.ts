import { readFileSync, writeFileSync } from 'node:fs'
import type { BuiltinArgs } from '@eims/contracts'
import type { Test } from 'tap'
import { eraseDisk } from '../../src/actions/erase-disk.ts'
import { holdsMark } from '../../src/disk/mark.ts'
import { chose, fakeContext } from './context.ts'
import { MIB, unmarked } from './disks.ts'
import { erased, type Said, withPrograms } from './eraser.ts'
import { noise } from './image.ts'
import { addDisk, type FakeDisk, fakeMachine } from './machine.ts'

export const SIZE = 68 * MIB
export const OLD: Buffer = noise(SIZE)
export const EMPTY: Buffer = Buffer.alloc(SIZE)
export type Method = BuiltinArgs<'erase-disk'>['method']

const buses = {
  nvme: { name: 'nvme0n1', bus: 'pci0000:00/0000:00:1d.0/nvme/nvme0' },
  ata: { name: 'sda', bus: 'pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block' },
  sas: { name: 'sda', bus: 'pci0000:00/0000:00:17.0/host0/target0:0:0/0:0:0:0/block' },
  virtio: { name: 'vda' },
}

interface Given {
  bus?: keyof typeof buses
  attributes?: FakeDisk['attributes']
  old?: Buffer
  overwrite?: boolean
  programs?: (words: string, node: string) => Said
  runId?: string
}

/** A machine with one disk; what it is told by programs is answered by `programs`, and by none otherwise. */
export function at(t: Test, given: Given = {}) {
  const { bus = 'virtio', attributes = {}, old = OLD, overwrite = true, programs = () => undefined } = given
  const bare = fakeMachine(t)
  const node = addDisk(bare, { ...buses[bus], size: SIZE, attributes })
  writeFileSync(node, old)
  const { machine, asked } = withPrograms(bare, node, (words) => programs(words, node))
  const choice = { ...chose(`/dev/${buses[bus].name}`, SIZE)['choose-disk'], overwrite }
  const context = fakeContext(t, machine, { results: { 'choose-disk': choice }, runId: given.runId ?? 'run-1' })
  const erase = (method: Method, more: Partial<typeof context> = {}) =>
    eraseDisk(1)({ method }, { ...context, ...more })
  return { machine, node, asked, context, erase, isBlank: () => unmarked(readFileSync(node)).equals(EMPTY) }
}

export const isMarked = (node: string) => holdsMark(readFileSync(node).subarray(-MIB), SIZE)

/** A disk that answers as hdparm prints it. */
export function ata(given: { identify: string | (() => string); status?: string[]; erase?: (node: string) => Said }) {
  const idle = '/dev/sda:\nIssuing SANITIZE_STATUS command\nSanitize status:\n    State:    SD0 Sanitize Idle\n'
  const status = [...(given.status ?? [idle])]
  return (words: string, node: string): Said => {
    if (words === 'hdparm -I') return { text: typeof given.identify === 'string' ? given.identify : given.identify() }
    if (words === 'hdparm --sanitize-status') return { text: status.length > 1 ? status.shift()! : status[0]! }
    if (/--sanitize-(block-erase|crypto-scramble)|--security-erase/.test(words))
      return given.erase?.(node) ?? erased(node)
    return words.includes('--security-') ? {} : undefined
  }
}
export const inProgress =
  '/dev/sda:\nSanitize status:\n    State:    SD2 Sanitize operation In Process\n    Progress: 0x8000 (50%)\n'
export const completed =
  '/dev/sda:\nSanitize status:\n    State:    SD0 Sanitize Idle\n    Last Sanitize Operation Completed Without Error\n'
