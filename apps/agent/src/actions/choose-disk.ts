import { type BuiltinArgs, type BuiltinResult, builtins, bytes, type Disk, type Reason } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { readDisks } from '../hardware/disks.ts'
import type { Handler } from './handler.ts'

/**
 * Which disk the OS goes to.
 * @returns the disk, or why none is written to and what is wrong with each
 */
export function chooseDisk(disks: Disk[], args: BuiltinArgs<'choose-disk'>): { disk: Disk } | { refused: Reason } {
  const { rule } = args
  const judged = disks.map((disk) => ({ disk, why: whyNot(disk, args) }))
  const fit = judged.filter(({ why }) => why === null).map(({ disk }) => disk)
  const listing = judged.map(({ disk, why }) => ({ disk: describe(disk), why }))
  const [first, second] = rule.prefer ? [...fit].sort(order(rule.prefer)) : fit
  if (!first)
    return {
      refused:
        disks.length === 0 ? { code: 'no-disk-found', slots: {} } : { code: 'no-disk-fits', slots: { disks: listing } },
    }
  if (second && !rule.prefer) return { refused: { code: 'several-disks-fit', slots: { disks: listing } } }
  if (!first.content.blank && !args.overwrite) {
    const slots = { disk: describe(first), found: first.content.found, why: args.overwriteReason }
    return { refused: { code: 'disk-used', slots } }
  }
  return { disk: first }
}

function whyNot(disk: Disk, { rule, imageSize }: BuiltinArgs<'choose-disk'>): Reason | null {
  const needed = Math.max(imageSize, rule.minSize ?? 0)
  if (disk.size === 0) return { code: 'disk-no-medium', slots: {} }
  if (disk.transport === 'usb') return { code: 'disk-usb', slots: {} }
  if (disk.removable) return { code: 'disk-removable', slots: {} }
  if (disk.readOnly) return { code: 'disk-read-only', slots: {} }
  if (rule.match !== undefined && !matches(disk, rule.match))
    return { code: 'disk-no-match', slots: { match: rule.match } }
  if (disk.size < needed) return { code: 'disk-too-small', slots: { bytes: needed } }
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
  if ('refused' in choice) throw new Failure(choice.refused)
  const { path, size, serial, wwn } = choice.disk
  context.log(`Chosen: ${describe(choice.disk)}`)
  return { result: { path, size, serial, wwn } }
}

/**
 * What the run's choose-disk action answered; named so in the plan, or the only result of that form.
 * @throws Failure no-disk-chosen
 */
export function choiceOf(results: Record<string, unknown>): BuiltinResult<'choose-disk'> {
  for (const result of [results['choose-disk'], ...Object.values(results)]) {
    const parsed = builtins['choose-disk'].result.safeParse(result)
    if (parsed.success) return parsed.data
  }
  throw new Failure({ code: 'no-disk-chosen', slots: { needs: 'choose-disk' } })
}
