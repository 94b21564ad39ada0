import { z } from 'zod'
import { named } from './component.ts'
import { MAX_FILTER } from './list.ts'
import { NodePatch } from './node.ts'

/** What a bulk action takes on at once. */
export const MAX_BULK = 10_000

export const BulkAction = z.enum(['provision', 'reprovision', 'retry', 'cancel', 'hold', 'release', 'set', 'delete'])
export type BulkAction = z.infer<typeof BulkAction>

/** What may be set on many nodes: nothing that tells one from another. */
const BulkSet = NodePatch.omit({ name: true, serial: true, uuid: true, macs: true })
export type BulkSet = z.output<typeof BulkSet>

const needsReason: readonly BulkAction[] = ['reprovision', 'hold']

/** An action on every node of a selection; each by itself, so that some may fail. */
export const BulkInput = z
  .strictObject({
    /** both given: the nodes of `ids` that the filter lets through */
    select: z
      .strictObject({
        filter: z.string().trim().min(1, 'is empty; name:* selects all nodes').max(MAX_FILTER).optional(),
        /** each an id, name, serial, UUID or MAC */
        ids: z.array(z.string().trim().min(1).max(128)).min(1).max(MAX_BULK).optional(),
      })
      .refine(({ filter, ids }) => filter !== undefined || ids !== undefined, {
        message: 'give filter, ids, or both',
        path: ['filter'],
      }),
    action: BulkAction,
    /** kept in the audit log; reprovision and hold need it */
    reason: z.string().trim().min(3, 'say why, in a few words').max(500).optional(),
    set: BulkSet.optional(),
  })
  .superRefine(({ action, reason, set }, ctx) => {
    const fault = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [field], message })
    if (needsReason.includes(action) && reason === undefined) fault('reason', `is needed to ${action}`)
    if ((action === 'set') !== (set !== undefined)) fault('set', 'belongs to the action set, and to no other')
    if (set !== undefined && Object.keys(set).length === 0) fault('set', 'sets nothing')
  })
export type BulkInput = z.infer<typeof BulkInput>

export const BulkReport = z.object({
  matched: z.number().int(),
  done: z.number().int(),
  failed: z.array(
    z.object({
      /** the node's name; of an id that names no node, that id */
      node: z.string(),
      code: z.string(),
      detail: z.string(),
    }),
  ),
})
export type BulkReport = z.infer<typeof BulkReport>

named({ BulkAction, BulkInput, BulkReport, BulkSet })
