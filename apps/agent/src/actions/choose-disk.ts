import { type BuiltinArgs, builtins, bytes, type Reason, SEED_BYTES } from '@eims/contracts'
import { type Choice, isSameDisk } from '../disk/chosen.ts'
import { digestOf } from '../disk/interlock.ts'
import { isMarked } from '../disk/mark.ts'
import { Failure } from '../failure.ts'
import { isMeant } from '../hardware/disk-match.ts'
import { type DiskFacts, type FoundDisk, readDisks, readEnds } from '../hardware/disks.ts'
import { type Machine, nodeOf } from '../machine.ts'
import type { Handler } from './handler.ts'

/** Bytes for what a table keeps at the end of a disk, and so that partitions end at whole MiB. */
const TABLE_ENDS = 2 * 1024 * 1024

const MEDIUM: Reason = { code: 'disk-medium', slots: {} }

type Chosen = { disk: FoundDisk } | { refused: Reason }

/**
 * PURE: which disk the OS goes to.
 * @param ours paths of disks that this run began to write before: they need not be blank
 * @param medium path of the disk that the machine installs from: never the one
 * @returns the disk, or why none is written to and what is wrong with each
 */
export function chooseDisk(
  disks: FoundDisk[],
  args: BuiltinArgs<'choose-disk'>,
  ours: ReadonlySet<string> = new Set(),
  medium?: string,
): Chosen {
  const { rule } = args
  const judged = disks.map((disk) => ({ disk, why: disk.path === medium ? MEDIUM : whyNot(disk, args) }))
  const fit = judged
    .filter(({ why }) => why === null)
    .map(({ disk }) => disk)
    // Multipath: one disk under two names. What shows another content is another disk, whatever its label says.
    .filter(
      (disk, at, all) => !all.slice(0, at).some((other) => isSameDisk(other, disk) && hasSameContent(other, disk)),
    )
  const listing = judged.map(({ disk, why }) => ({ disk: describe(disk), why }))
  const [first, second] = rule.prefer ? [...fit].sort(order(rule.prefer)) : fit
  if (!first)
    return {
      refused:
        disks.length === 0 ? { code: 'no-disk-found', slots: {} } : { code: 'no-disk-fits', slots: { disks: listing } },
    }
  if (second && !rule.prefer) return { refused: alike(fit) ?? { code: 'several-disks-fit', slots: { disks: listing } } }
  if (!first.content.blank && !args.overwrite && !ours.has(first.path)) {
    const slots = { disk: describe(first), found: first.content.found, why: args.overwriteReason }
    return { refused: { code: 'disk-used', slots } }
  }
  return { disk: first }
}

const hasSameContent = (a: FoundDisk, b: FoundDisk) =>
  a.content.blank === b.content.blank && a.content.found === b.content.found

/** No serial tells these apart, however it is written into a rule; their places do. */
function alike(fit: FoundDisk[]): Reason | null {
  const [serial] = fit.map((disk) => disk.serial)
  if (!serial || fit.some((disk) => disk.serial !== serial)) return null
  const disks = fit.map((disk) => ({ disk: describe(disk), match: disk.busPath }))
  return { code: 'disks-alike', slots: { serial, disks } }
}

function whyNot(disk: FoundDisk, { rule, imageSize, addonsSize = 0 }: BuiltinArgs<'choose-disk'>): Reason | null {
  const needed = Math.max(imageSize, rule.minSize ?? 0)
  if (disk.size === 0) return { code: 'disk-no-medium', slots: {} }
  if (disk.transport === 'usb') return { code: 'disk-usb', slots: {} }
  if (disk.removable) return { code: 'disk-removable', slots: {} }
  if (disk.readOnly) return { code: 'disk-read-only', slots: {} }
  if (rule.match !== undefined && !isMeant(disk, rule.match))
    return { code: 'disk-no-match', slots: { match: rule.match } }
  if (disk.size < needed) return { code: 'disk-too-small', slots: { bytes: needed } }
  const withAddons = addonsSize > 0 ? imageSize + addonsSize + SEED_BYTES + TABLE_ENDS : 0
  if (disk.size < withAddons)
    return {
      code: 'disk-too-small-for-addons',
      slots: { bytes: withAddons, image: imageSize, seed: SEED_BYTES, addons: addonsSize },
    }
  if (rule.maxSize !== undefined && disk.size > rule.maxSize)
    return { code: 'disk-too-big', slots: { bytes: rule.maxSize } }
  if (rule.rotation !== undefined && disk.rotation !== rule.rotation)
    return { code: 'disk-rotation', slots: { has: disk.rotation ?? null } }
  return null
}

/** Disks of one size are told apart by what does not change from boot to boot. */
function order(prefer: 'smallest' | 'largest'): (a: DiskFacts, b: DiskFacts) => number {
  const lasting = (disk: DiskFacts) => `${disk.wwn ?? ''} ${disk.serial ?? ''} ${disk.busPath}`
  return (a, b) => (prefer === 'smallest' ? a.size - b.size : b.size - a.size) || (lasting(a) < lasting(b) ? -1 : 1)
}

function describe(disk: DiskFacts): string {
  return [disk.path, `(${[bytes(disk.size), disk.model, disk.serial].filter(Boolean).join(', ')})`].join(' ')
}

/** The builtin `choose-disk`. */
export const chooseDiskHandler: Handler<'choose-disk'> = async (args, context) => {
  const { machine, runId } = context
  const disks = await readDisks(machine)
  const ours = new Set<string>()
  for (const disk of disks) {
    if (await carriesMark(machine, disk, runId)) ours.add(disk.path)
    const found = ours.has(disk.path) ? 'begun by this run' : `holds ${disk.content.found}`
    context.log(`${describe(disk)} ${disk.transport}, ${disk.content.blank ? 'blank' : found}`)
  }
  const choice = chooseDisk(disks, args, ours, machine.medium)
  if ('refused' in choice) throw new Failure(choice.refused)
  const { path, size, serial, wwn, busPath } = choice.disk
  context.log(`Chosen: ${describe(choice.disk)}`)
  await using disk = await machine.openDisk(nodeOf(machine, path), 'read')
  const ends = digestOf(await readEnds(disk, size))
  return { result: { path, size, serial, wwn, busPath, ends, overwrite: args.overwrite } }
}

async function carriesMark(machine: Machine, facts: FoundDisk, runId: string): Promise<boolean> {
  if (facts.content.blank || facts.content.found === 'unreadable') return false
  await using disk = await machine.openDisk(nodeOf(machine, facts.path), 'read')
  return await isMarked(disk, facts, runId)
}

/** What the run's choose-disk action answered; named so in the plan, or the only result of that form. */
export function choiceIn(results: Record<string, unknown>): Choice | null {
  for (const result of [results['choose-disk'], ...Object.values(results)]) {
    const parsed = builtins['choose-disk'].result.safeParse(result)
    if (parsed.success) return parsed.data
  }
  return null
}

/** The same. @throws Failure no-disk-chosen */
export function choiceOf(results: Record<string, unknown>): Choice {
  const choice = choiceIn(results)
  if (!choice) throw new Failure({ code: 'no-disk-chosen', slots: { needs: 'choose-disk' } })
  return choice
}
