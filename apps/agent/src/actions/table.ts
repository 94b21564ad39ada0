import { type Action, type BuiltinName, builtins, type Finish } from '@eims/contracts'
import { Failure } from '../failure.ts'
import { bootOrderHandler } from './boot-order.ts'
import { chooseDiskHandler } from './choose-disk.ts'
import type { Context, Handler } from './handler.ts'
import { inventoryHandler } from './inventory.ts'
import { rebootHandler } from './reboot.ts'
import { seedHandler } from './seed.ts'
import { writeImageHandler } from './write-image.ts'

export type Handlers = { [N in BuiltinName]: Handler<N> }

/** One handler per builtin. */
export const handlers: Handlers = {
  inventory: inventoryHandler,
  'choose-disk': chooseDiskHandler,
  'write-image': writeImageHandler,
  seed: seedHandler,
  'boot-order': bootOrderHandler,
  reboot: rebootHandler,
}

export interface Outcome {
  result: Record<string, unknown>
  /** how the machine ends after the success was accepted */
  finish?: Finish
}

/** In place of execute on a machine that is not in the Micro-OS: an agent started by mistake looks and does not touch. */
export async function lookOnly(action: Action, context: Context): Promise<Outcome> {
  if (action.uses.kind === 'builtin' && action.uses.builtin === 'inventory') return execute(action, context)
  throw new Failure({ code: 'action-not-here', slots: { action: action.name } })
}

/** Runs an action with the handler of its name. Throws a Failure when it fails, or cannot be run here. */
export async function execute(action: Action, context: Context, table: Handlers = handlers): Promise<Outcome> {
  const { name, uses } = action
  if (uses.kind !== 'builtin')
    throw new Failure({ code: 'action-unknown', slots: { action: name, kind: uses.kind, name: uses.image } })
  const { kind, builtin } = uses
  if (!Object.hasOwn(table, builtin))
    throw new Failure({ code: 'action-unknown', slots: { action: name, kind, name: builtin } })
  const parsed = builtins[builtin].arguments.safeParse(action.with)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const slots = { action: name, argument: issue?.path.join('.') || 'list', text: issue?.message ?? '' }
    throw new Failure({ code: 'action-argument', slots })
  }
  // the table's type pairs each name with its arguments; TypeScript cannot follow that through a variable
  return (table[builtin] as Handler<BuiltinName>)(parsed.data as never, context)
}
