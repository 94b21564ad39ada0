import { z } from 'zod'
import { named } from './component.ts'
import { MAX_FILTER } from './list.ts'
import { MetadataChanges } from './metadata.ts'
import { AdoptInput, NodePatch } from './node.ts'
import { ShownReason } from './reason.ts'

/** What a bulk action takes on at once. */
export const MAX_BULK = 10_000

export const BulkAction = z.enum([
  'provision',
  'reprovision',
  'retry',
  'cancel',
  'pause',
  'resume',
  'hold',
  'release',
  'set',
  'adopt',
  'delete',
])
export type BulkAction = z.infer<typeof BulkAction>

/** What may be set on many nodes: nothing that tells one from another. */
const BulkSet = NodePatch.omit({ name: true, serial: true, uuid: true, macs: true }).extend({
  /** notes that are changed in each node's metadata, or in `metadata` where that is given, too; null removes one */
  mergeMetadata: MetadataChanges.optional(),
})
export type BulkSet = z.output<typeof BulkSet>

/** What many machines that appeared by themselves are given as they are adopted; each keeps its name and serial. */
const BulkAdopt = AdoptInput.omit({ name: true, serial: true })
export type BulkAdopt = z.output<typeof BulkAdopt>

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
    adopt: BulkAdopt.optional(),
  })
  .superRefine(({ action, reason, set, adopt }, ctx) => {
    const fault = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [field], message })
    if (needsReason.includes(action) && reason === undefined) fault('reason', `is needed to ${action}`)
    if ((action === 'set') !== (set !== undefined)) fault('set', 'belongs to the action set, and to no other')
    if (action !== 'adopt' && adopt !== undefined) fault('adopt', 'belongs to the action adopt, and to no other')
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
      /** `detail` as data, where it has a code */
      reason: ShownReason.optional(),
    }),
  ),
})
export type BulkReport = z.infer<typeof BulkReport>

named({ BulkAction, BulkAdopt, BulkInput, BulkReport, BulkSet })
