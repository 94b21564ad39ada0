import { z } from 'zod'
import { named } from './component.ts'
import { MachineIdentity } from './identity.ts'
import { Node } from './node.ts'
import { ShownReason } from './reason.ts'

/** An identifier that a node has on record, beside what the machine says. */
const ComparedIdentifier = z.object({
  kind: z.enum(['serial', 'uuid', 'mac']),
  /** as it is shown */
  value: z.string(),
  /** the machine says the same */
  same: z.boolean(),
  /** its machine added it by itself, and no run has confirmed it */
  provisional: z.boolean(),
})

/** A node that a machine could be, or for which another machine goes already. */
const ConflictCandidate = z.object({
  node: Node,
  /** all that it has on record; after a merge there may be several serials and UUIDs */
  identifiers: z.array(ComparedIdentifier),
  /** both makers are known, and are two */
  otherMaker: z.boolean(),
})
export type ConflictCandidate = z.infer<typeof ConflictCandidate>

/** A machine that waits in the Micro-OS, because nobody can tell which node it is or whether it may be one. */
export const Conflict = z.object({
  /** of the boot with which it came */
  id: z.string(),
  said: MachineIdentity,
  /** of the values that it said, those that identify nothing: placeholders, and what many machines of the site share */
  ignored: z.array(z.string()),
  bootMac: z.string().nullable(),
  /** when its agent came, and when it was heard last */
  since: z.iso.datetime(),
  heardAt: z.iso.datetime(),
  /** judged when it is asked for */
  reason: ShownReason,
  /** one of the nodes that it could be may not boot from the network, and so neither may it, the next time */
  refused: z.boolean(),
  candidates: z.array(ConflictCandidate),
})
export type Conflict = z.infer<typeof Conflict>

/** The machines in quarantine that were heard within a day, the last heard first. */
export const Conflicts = z.object({
  items: z.array(Conflict),
  /** further machines without a node, which were not looked at: there are bounds to how many are compared at once */
  more: z.number().int().min(0),
})
export type Conflicts = z.infer<typeof Conflicts>

named({ ComparedIdentifier, Conflict, ConflictCandidate, Conflicts })
