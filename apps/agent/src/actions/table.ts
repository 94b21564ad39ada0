import { type Action, type Builtin, type BuiltinName, builtins, CHOSEN, withDevices } from '@eims/contracts'
import { findChosen } from '../disk/chosen.ts'
import { Failure } from '../failure.ts'
import type { Leave } from '../finish.ts'
import { useTools } from '../tools.ts'
import { bootOrderHandler } from './boot-order.ts'
import { checkSecureBootHandler } from './check-secure-boot.ts'
import { choiceIn, chooseDiskHandler } from './choose-disk.ts'
import { chrootHandler } from './chroot.ts'
import { eraseDiskHandler } from './erase-disk.ts'
import { growPartitionHandler } from './grow-partition.ts'
import type { Context, Handler } from './handler.ts'
import { installGrubHandler } from './install-grub.ts'
import { inventoryHandler } from './inventory.ts'
import { kernelArgsHandler } from './kernel-args.ts'
import { kexecHandler } from './kexec.ts'
import { makeFilesystemsHandler } from './make-filesystems.ts'
import { partitionDiskHandler } from './partition-disk.ts'
import { rebootHandler } from './reboot.ts'
import { seedHandler } from './seed.ts'
import { unpackArchiveHandler } from './unpack-archive.ts'
import { writeAddonsHandler } from './write-addons.ts'
import { writeFileHandler } from './write-file.ts'
import { writeImageHandler } from './write-image.ts'

/** The builtins that the engine leaves to a machine. */
type OfMachine = Exclude<BuiltinName, 'wait-for-person'>
export type Handlers = { [N in OfMachine]: Handler<N> }

/** One handler per builtin. */
export const handlers: Handlers = {
  inventory: inventoryHandler,
  'check-secure-boot': checkSecureBootHandler,
  'choose-disk': chooseDiskHandler,
  'erase-disk': eraseDiskHandler,
  'partition-disk': partitionDiskHandler,
  'make-filesystems': makeFilesystemsHandler,
  'write-image': writeImageHandler,
  'grow-partition': growPartitionHandler,
  'unpack-archive': unpackArchiveHandler,
  'write-file': writeFileHandler,
  chroot: chrootHandler,
  'kernel-args': kernelArgsHandler,
  'write-addons': writeAddonsHandler,
  'install-grub': installGrubHandler,
  seed: seedHandler,
  'boot-order': bootOrderHandler,
  kexec: kexecHandler,
  reboot: rebootHandler,
}

export interface Outcome {
  result: Record<string, unknown>
  /** how the machine ends after the success was accepted */
  finish?: Leave
}

/** In place of execute on a machine that is not in the Micro-OS: an agent started by mistake looks and does not touch. */
export async function lookOnly(action: Action, context: Context): Promise<Outcome> {
  if (action.uses.kind === 'builtin' && action.uses.builtin === 'inventory') return execute(action, context)
  throw new Failure({ code: 'action-not-here', slots: { action: action.name } })
}

/**
 * Runs an action with the handler of its name: the chosen disk's own names in its arguments and environment (device.ts), the
 * tools that it uses at hand. Throws a Failure when it fails, or cannot be run here.
 */
export async function execute(action: Action, context: Context, table: Partial<Handlers> = handlers): Promise<Outcome> {
  const { name, uses } = action
  if (uses.kind !== 'builtin')
    throw new Failure({ code: 'action-unknown', slots: { action: name, kind: uses.kind, name: uses.image } })
  const { kind, builtin } = uses
  const handler = Object.hasOwn(table, builtin) ? table[builtin as OfMachine] : undefined
  if (!handler) throw new Failure({ code: 'action-unknown', slots: { action: name, kind, name: builtin } })
  const { args, env } = named({ args: action.with, env: context.env }, context)
  const parsed = builtins[builtin].arguments.safeParse(args)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const slots = { action: name, argument: issue?.path.join('.') || 'list', text: issue?.message ?? '' }
    throw new Failure({ code: 'action-argument', slots })
  }
  const { tools }: Builtin = builtins[builtin]
  await useTools(context, tools?.(parsed.data) ?? [])
  // the table's type pairs each name with its arguments; TypeScript cannot follow that through a variable
  return (handler as Handler<BuiltinName>)(parsed.data as never, { ...context, env })
}

/** The same with the names of the chosen disk, where there is one and it is named; no key of it is changed. */
function named<T>(value: T, { machine, results }: Context): T {
  const choice = choiceIn(results)
  if (!choice || !JSON.stringify(value).includes(CHOSEN)) return value
  const { path } = findChosen(machine, choice)
  const filled = (each: unknown): unknown => {
    if (typeof each === 'string') return withDevices(each, path)
    if (Array.isArray(each)) return each.map(filled)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, filled(inner)]))
  }
  return filled(value) as T
}
