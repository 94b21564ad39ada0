import { LIMITS } from '../limits.ts'
import { isList, list, mapping } from '../shape/collections.ts'
import { text } from '../shape/scalars.ts'
import { either, type Shape } from '../shape/shape.ts'

export type Command = string | string[]

export interface Commands {
  before?: Command[]
  after?: Command[]
}

const line = text('For a shell (sh).', {
  most: 16 * 1024,
  lines: true,
  example: 'timedatectl set-timezone Asia/Kolkata',
})
const command: Shape<Command> = either(
  isList,
  list('A program and its arguments, without a shell.', text('A word.', { most: 16 * 1024, lines: true }), {
    most: 64,
  }),
  line,
)
const some = (says: string) => list(says, command, { most: LIMITS.commands })

const sorted: Shape<Commands> = mapping('Commands of the first boot, in the order in which they stand here.', {
  before: some('Before the cluster is set up.'),
  after: some('When the cluster is set up.'),
})
const after = some('Commands of the first boot, when the cluster is set up.')

/** A list alone comes after the cluster, as in raw config-files. */
export const commands: Shape<Commands> = either<Commands, Commands>(
  isList,
  {
    read(field) {
      const found = after.read(field)
      return found && { after: found }
    },
    schema: after.schema,
  },
  sorted,
)
