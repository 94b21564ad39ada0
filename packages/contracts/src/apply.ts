import { z } from 'zod'
import { BatchInput } from './batch.ts'
import { MAX_BULK } from './bulk.ts'
import { named } from './component.ts'
import { HardwareSpec, NodePatch } from './node.ts'
import { ProfileInput } from './profile.ts'

/** What a file for `apply` may hold, all documents together. */
export const MOST_APPLY_BYTES = 16 * 1024 * 1024
const MOST_BATCHES = 1000
/** So many problems a reply holds; `problemsTotal` counts all. */
export const MOST_APPLY_PROBLEMS = 1000

/** A node as it is to be. As in a PATCH what is left out stays, null clears; one that is not there yet is registered. */
export const ApplyNode = NodePatch.extend({
  /** the spec of its Tinkerbell Hardware, for workflow templates */
  hardware: HardwareSpec.nullable().optional(),
}).refine(({ name, serial, uuid, macs }) => name !== undefined || serial || uuid || (macs ?? []).length > 0, {
  message: 'is missing; give it, or at least one of serial, uuid and macs',
  path: ['name'],
})
export type ApplyNode = z.infer<typeof ApplyNode>

/** A batch as it is to be: what is left out stays, null clears. */
export const ApplyBatch = z.strictObject({
  name: BatchInput.shape.name,
  expected: BatchInput.shape.expected.unwrap().optional(),
  note: BatchInput.shape.note.unwrap().optional(),
  config: BatchInput.shape.config,
})
export type ApplyBatch = z.infer<typeof ApplyBatch>

/** Batches, then nodes, as they are to be; what is not spoken of stays, and nothing is deleted. All of it is done, or nothing. */
export const ApplyInput = z.strictObject({
  batches: z.array(ApplyBatch).max(MOST_BATCHES).default([]),
  nodes: z.array(ApplyNode).max(MAX_BULK).default([]),
  /** say what would be done, and do nothing */
  dryRun: z.boolean().default(false),
  /** of a dry run: names of profiles that will be there by then, so that nodes may refer to them; else they mean nothing */
  profilesToCome: z.array(ProfileInput.shape.name).max(MAX_BULK).default([]),
})
export type ApplyInput = z.infer<typeof ApplyInput>

/** A field that differs: as the registry has it, null for what it has not, and as it is to be. */
export const AppliedChange = z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })
export type AppliedChange = z.infer<typeof AppliedChange>

export const Applied = z.object({
  name: z.string(),
  result: z.enum(['created', 'changed', 'unchanged']),
  changes: z.array(AppliedChange),
})
export type Applied = z.infer<typeof Applied>

export const ApplyProblem = z.object({
  of: z.enum(['batches', 'nodes']),
  /** which of them, from 0 on */
  index: z.number().int(),
  field: z.string(),
  message: z.string(),
  /** the one before it that it contradicts; null when it is not about two of them */
  other: z.number().int().nullable(),
})
export type ApplyProblem = z.infer<typeof ApplyProblem>

export const ApplyReport = z.object({
  dryRun: z.boolean(),
  /** whether the registry is now as it was said; false after a dry run, and with any problem */
  applied: z.boolean(),
  /** in the order in which they were given; nodes that have a problem are left out */
  batches: z.array(Applied),
  nodes: z.array(Applied),
  problems: z.array(ApplyProblem),
  problemsTotal: z.number().int(),
})
export type ApplyReport = z.infer<typeof ApplyReport>

named({ Applied, AppliedChange, ApplyBatch, ApplyInput, ApplyNode, ApplyProblem, ApplyReport })
