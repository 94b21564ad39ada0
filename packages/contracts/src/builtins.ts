import type { z } from 'zod'
import { bootOrder } from './builtins/boot-order.ts'
import type { Builtin } from './builtins/builtin.ts'
import { checkSecureBoot } from './builtins/check-secure-boot.ts'
import { chooseDisk } from './builtins/choose-disk.ts'
import { chroot } from './builtins/chroot.ts'
import { eraseDisk } from './builtins/erase-disk.ts'
import { growPartition } from './builtins/grow-partition.ts'
import { installGrub } from './builtins/install-grub.ts'
import { inventory } from './builtins/inventory.ts'
import { kernelArgs } from './builtins/kernel-args.ts'
import { kexec } from './builtins/kexec.ts'
import { makeFilesystems } from './builtins/make-filesystems.ts'
import { partitionDisk } from './builtins/partition-disk.ts'
import { reboot } from './builtins/reboot.ts'
import { seed } from './builtins/seed.ts'
import { unpackArchive } from './builtins/unpack-archive.ts'
import { waitForPerson } from './builtins/wait-for-person.ts'
import { writeAddons } from './builtins/write-addons.ts'
import { writeFile } from './builtins/write-file.ts'
import { writeImage } from './builtins/write-image.ts'
import { Finish } from './finish.ts'

export type { Builtin } from './builtins/builtin.ts'
export { type ToolName, toolNames } from './builtins/builtin.ts'
export { EraseMethod } from './builtins/erase-disk.ts'
export { Formatted } from './builtins/make-filesystems.ts'

/** Every builtin; each has a handler in the agent, but for those of the engine itself. */
export const builtins = {
  inventory,
  'check-secure-boot': checkSecureBoot,
  'choose-disk': chooseDisk,
  'erase-disk': eraseDisk,
  'partition-disk': partitionDisk,
  'make-filesystems': makeFilesystems,
  'write-image': writeImage,
  'unpack-archive': unpackArchive,
  'write-file': writeFile,
  chroot,
  'grow-partition': growPartition,
  'kernel-args': kernelArgs,
  'write-addons': writeAddons,
  'install-grub': installGrub,
  seed,
  'boot-order': bootOrder,
  'wait-for-person': waitForPerson,
  kexec,
  reboot,
} as const

type Builtins = typeof builtins
export type BuiltinName = keyof Builtins
export type BuiltinArgs<N extends BuiltinName> = z.output<Builtins[N]['arguments']>
export type BuiltinResult<N extends BuiltinName> = z.output<Builtins[N]['result']>

/** What a profile without a workflow of its own gets: one action a builtin, named after it, in this order. */
export const builtInPlan: readonly BuiltinName[] = [
  'inventory',
  'choose-disk',
  'write-image',
  'seed',
  'boot-order',
  'reboot',
]

/** The same for an OS whose kernel gets arguments of its own. */
export const builtInPlanWithArguments: readonly BuiltinName[] = builtInPlan.flatMap((name): BuiltinName[] =>
  name === 'seed' ? ['kernel-args', name] : [name],
)

/** The builtin that puts a unit's addons on its disk. */
export const addonsBuiltin = 'write-addons' satisfies BuiltinName

export const builtinNames = Object.keys(builtins) as [BuiltinName, ...BuiltinName[]]

type Both<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never
/** Every argument of any builtin, by its name. */
export type BuiltinArgument = z.output<z.ZodObject<Both<Builtins[BuiltinName]['arguments']['shape']>>>

/** The builtin that an action of this name uses in the built-in plan; undefined for a name of a profile's own. */
export function builtinNamed(name: unknown): Builtin | undefined {
  return typeof name === 'string' && Object.hasOwn(builtins, name) ? builtins[name as BuiltinName] : undefined
}

/** Names of the arguments that are digests of images' manifests. */
export const manifestArguments: string[] = Object.values<Builtin>(builtins).flatMap(({ manifest }) => manifest ?? [])

/** Names of the arguments that are lists of them. */
export const manifestLists: string[] = Object.values<Builtin>(builtins).flatMap(({ manifests }) => manifests ?? [])

/** The builtins that set what a firmware boots first, and answer with it. */
export const settingBootOrder: string[] = builtinNames.filter((name) => 'bootOrder' in builtins[name].arguments.shape)

/** Whether an action puts a cloud-init seed on the disk by which the OS reports itself. */
const seedsReport = ({ uses, with: { reports } }: Used): boolean =>
  builtinNamed(uses.builtin)?.addsPartition === true && reports !== false

/** Whether a workflow puts a partition for the cloud-init seed behind the image's own. */
export const addsPartition = (actions: readonly { uses: { kind: string; builtin?: unknown } }[]): boolean =>
  actions.some(({ uses }) => builtinNamed(uses.builtin)?.addsPartition === true)

type Used = { uses: { kind: string; builtin?: unknown }; with: Record<string, unknown> }

/**
 * Whether a machine whose run had these actions starts its OS, which is then to report itself: by the seed that the run
 * put on the disk.
 */
export const reportsItself = (actions: readonly Used[]): boolean => actions.some(seedsReport) && startsItsOs(actions)

/** Whether a machine whose run had these actions starts its OS, whether anything is heard of that or not. */
export const startsItsOs = (actions: readonly Used[]): boolean =>
  (actions.at(-1)?.with.how ?? Finish.enum.reboot) === Finish.enum.reboot
