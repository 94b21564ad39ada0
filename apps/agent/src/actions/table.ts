import { type Action, BuiltinArguments, type BuiltinName } from '@eims/contracts'
import { bootOrderHandler } from './boot-order.ts'
import { chooseDiskHandler } from './choose-disk.ts'
import type { Context, Farewell, Handler } from './handler.ts'
import { inventoryHandler } from './inventory.ts'
import { rebootHandler } from './reboot.ts'
import { seedHandler } from './seed.ts'
import { writeImageHandler } from './write-image.ts'

type Handlers = { [N in BuiltinName]: Handler<N> }

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
  farewell?: Farewell
}

/** In place of execute on a machine that is not in the Micro-OS: an agent started by mistake looks and does not touch. */
export async function lookOnly(action: Action, context: Context): Promise<Outcome> {
  if (action.uses.kind === 'builtin' && action.uses.builtin === 'inventory') return execute(action, context)
  throw new Error(`Action ${action.name} is not done here: this agent does not run in the Micro-OS`)
}

/** Runs an action with the handler of its name. Throws a sentence when it fails, or when it cannot be run here. */
export async function execute(action: Action, context: Context, table: Handlers = handlers): Promise<Outcome> {
  if (action.uses.kind !== 'builtin')
    throw new Error(
      `Action ${action.name} wants the container image ${action.uses.image}; this agent runs builtins only`,
    )
  const { builtin } = action.uses
  if (!Object.hasOwn(table, builtin))
    throw new Error(`Action ${action.name} wants the builtin ${builtin}, which this agent does not have`)
  const parsed = BuiltinArguments[builtin].safeParse(action.with)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new Error(`Action ${action.name} has a bad argument ${issue?.path.join('.') || 'list'}: ${issue?.message}`)
  }
  // the table's type pairs each name with its arguments; TypeScript cannot follow that through a variable
  return (table[builtin] as Handler<BuiltinName>)(parsed.data as never, context)
}
