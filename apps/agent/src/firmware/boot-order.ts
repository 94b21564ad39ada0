import { Failure } from '../failure.ts'
import { type BootOption, decodeBootOption, encodeBootOption } from './boot-option.ts'
import { bootName, type EfiVariables } from './efivars.ts'

/**
 * Makes `option` the first boot entry; every other entry, the network's among them, keeps its place behind it.
 * An entry of the same label or path is used again, so that they do not pile up with every installation.
 * @returns the boot order as it stands, entry names first to last, and whether anything had to be changed
 */
export function bootFirst(variables: EfiVariables, option: BootOption): { changed: boolean; order: string[] } {
  const entries = variables.bootEntries()
  const wanted = encodeBootOption(option)
  const number = entries.find((entry) => isSame(variables.read(bootName(entry)), option)) ?? firstFree(entries)
  const name = bootName(number)
  const fresh = !variables.read(name)?.equals(wanted)
  if (fresh) variables.write(name, wanted)

  const before = decodeOrder(variables.read('BootOrder'))
  const order = [number, ...before.filter((entry) => entry !== number)]
  const moved = order.length !== before.length || order.some((entry, index) => entry !== before[index])
  if (moved) variables.write('BootOrder', encodeOrder(order))
  return { changed: fresh || moved, order: order.map(bootName) }
}

function isSame(bytes: Buffer | null, option: BootOption): boolean {
  const existing = bytes ? decodeBootOption(bytes) : null
  return (
    existing !== null && (existing.description === option.description || existing.devicePath.equals(option.devicePath))
  )
}

function firstFree(entries: number[]): number {
  for (let number = 0; number <= 0xffff; number += 1) if (!entries.includes(number)) return number
  throw new Failure({ code: 'boot-entries-full', slots: {} })
}

function decodeOrder(bytes: Buffer | null): number[] {
  return Array.from({ length: Math.floor((bytes?.length ?? 0) / 2) }, (_, index) => bytes!.readUInt16LE(index * 2))
}

function encodeOrder(order: number[]): Buffer {
  const bytes = Buffer.alloc(order.length * 2)
  for (const [index, entry] of order.entries()) bytes.writeUInt16LE(entry, index * 2)
  return bytes
}
