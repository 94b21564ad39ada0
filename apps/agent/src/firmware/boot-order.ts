import type { BootOrder } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { type BootOption, decodeBootOption, encodeBootOption, isNetworkOption } from './boot-option.ts'
import { bootName, type EfiVariables } from './efivars.ts'

interface SetOrder {
  /** whether anything had to be changed */
  changed: boolean
  /** the boot order as it stands, entry names first to last */
  order: string[]
  /** what stands first: `disk` also where the firmware has no entry for the network */
  first: BootOrder
}

/**
 * Makes `option` the first boot entry, or the second behind the network; every other entry keeps its place behind them.
 * Of the network's entries only one goes first, so that a unit whose server is away waits for one of them and no more
 * before it comes to its disk. An entry of the same label or path is used again, so that they do not pile up with every
 * installation. Power may be cut between the two writes: the order then is as it was, and that led to the network.
 */
export function setBootOrder(variables: EfiVariables, option: BootOption, first: BootOrder): SetOrder {
  const entries = variables.bootEntries()
  const wanted = encodeBootOption(option)
  const number = entries.find((entry) => isSame(variables.read(bootName(entry)), option)) ?? firstFree(entries)
  const name = bootName(number)
  const fresh = !variables.read(name)?.equals(wanted)
  if (fresh) variables.write(name, wanted)

  const before = decodeOrder(variables.read('BootOrder'))
  const network = first === 'network' ? networkEntry(variables, before) : undefined
  const ahead = network === undefined ? [number] : [network, number]
  const order = [...ahead, ...before.filter((entry) => !ahead.includes(entry))]
  const moved = order.length !== before.length || order.some((entry, index) => entry !== before[index])
  if (moved) variables.write('BootOrder', encodeOrder(order))
  return { changed: fresh || moved, order: order.map(bootName), first: network === undefined ? 'disk' : 'network' }
}

/** The entry that this machine came by, if that was the network, else the first one in its order that is. */
function networkEntry(variables: EfiVariables, order: number[]): number | undefined {
  return [...decodeOrder(variables.read('BootCurrent')), ...order].find((entry) => {
    const bytes = variables.read(bootName(entry))
    const option = bytes && decodeBootOption(bytes)
    return option ? isNetworkOption(option) : false
  })
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
