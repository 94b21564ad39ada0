import type { BuiltinArgs, Disk } from '@eims/contracts'
import { readDisks } from '../hardware/disks.ts'
import { bytes } from '../screen/figures.ts'
import type { Handler } from './handler.ts'

/**
 * Which disk the OS goes to.
 * @returns the disk, or a sentence that says why none is written to and what is wrong with each
 */
export function chooseDisk(disks: Disk[], args: BuiltinArgs<'choose-disk'>): { disk: Disk } | { refused: string } {
  const { rule } = args
  const judged = disks.map((disk) => ({ disk, out: whyNot(disk, args) }))
  const fit = judged.filter(({ out }) => out === null).map(({ disk }) => disk)
  const listing = judged.map(({ disk, out }) => `${describe(disk)}: ${out ?? 'would do'}`).join('; ')
  const [first, second] = rule.prefer ? [...fit].sort(order(rule.prefer)) : fit
  if (!first)
    return { refused: disks.length === 0 ? 'No disk was found in this machine' : `No disk will do. ${listing}` }
  if (second && !rule.prefer)
    return {
      refused: `${fit.length} disks would do and the profile does not say which; give it disk.match or disk.prefer. ${listing}`,
    }
  if (!first.content.blank && !args.overwrite)
    return {
      refused: `${describe(first)} is not blank (found: ${first.content.found ?? 'unknown data'}). ${args.overwriteReason}`,
    }
  return { disk: first }
}

function whyNot(disk: Disk, { rule, imageSize }: BuiltinArgs<'choose-disk'>): string | null {
  const needed = Math.max(imageSize, rule.minSize ?? 0)
  if (disk.size === 0) return 'has no medium'
  if (disk.transport === 'usb') return 'is a USB disk'
  if (disk.removable) return 'is removable'
  if (disk.readOnly) return 'is read-only'
  if (rule.match !== undefined && !matches(disk, rule.match)) return `is not ${rule.match}`
  if (disk.size < needed) return `is too small for ${bytes(needed)}`
  return null
}

/** Serials and WWNs are compared without case and without the ways in which tools prefix them. */
function matches(disk: Disk, pattern: string): boolean {
  const plain = (text: string) =>
    text
      .trim()
      .toLowerCase()
      .replace(/^(wwn-|naa\.|eui\.|0x)+/, '')
  const glob = new RegExp(
    `^${plain(pattern)
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')}$`,
    's',
  )
  return [disk.path, disk.serial, disk.wwn].some((text) => text !== null && glob.test(plain(text)))
}

/** Disks of one size are told apart by what does not change from boot to boot. */
function order(prefer: 'smallest' | 'largest'): (a: Disk, b: Disk) => number {
  const lasting = (disk: Disk) => `${disk.wwn ?? ''} ${disk.serial ?? ''} ${disk.path}`
  return (a, b) => (prefer === 'smallest' ? a.size - b.size : b.size - a.size) || (lasting(a) < lasting(b) ? -1 : 1)
}

function describe(disk: Disk): string {
  return [disk.path, `(${[bytes(disk.size), disk.model, disk.serial].filter(Boolean).join(', ')})`].join(' ')
}

/** The builtin `choose-disk`. */
export const chooseDiskHandler: Handler<'choose-disk'> = async (args, context) => {
  const disks = await readDisks(context.machine)
  for (const disk of disks)
    context.log(`${describe(disk)} ${disk.transport}, ${disk.content.blank ? 'blank' : `holds ${disk.content.found}`}`)
  const choice = chooseDisk(disks, args)
  if ('refused' in choice) throw new Error(choice.refused)
  const { path, size, serial, wwn } = choice.disk
  context.log(`Chosen: ${describe(choice.disk)}`)
  return { result: { path, size, serial, wwn } }
}
