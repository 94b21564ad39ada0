import { z } from 'zod'
import { builtinNames } from './builtins.ts'
import { named } from './component.ts'

export const RunState = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'])
export type RunState = z.infer<typeof RunState>

export const ActionState = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT'])
export type ActionState = z.infer<typeof ActionState>

/** One step of a plan. `id` is unique in the run and its order is the order of the array. */
export const Action = z.object({
  id: z.string().min(1).max(64),
  /** the group it belongs to, as in Tinkerbell's templates */
  task: z.string().min(1).max(64),
  name: z.string().min(1).max(64),
  uses: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('builtin'),
      builtin: z.enum(builtinNames),
    }),
    z.object({ kind: z.literal('oci'), image: z.string().max(512) }),
  ]),
  with: z.record(z.string(), z.unknown()),
  env: z.record(z.string(), z.string()),
  /** seconds one attempt may take */
  timeout: z.number().int().positive().max(86_400),
  /** may it be run again after an attempt whose end nobody heard of */
  repeatable: z.boolean(),
})
export type Action = z.infer<typeof Action>

/** A plan is data, frozen in the run when it is made. */
export const Plan = z.object({ version: z.literal(1), actions: z.array(Action).min(1).max(100) })
export type Plan = z.infer<typeof Plan>

named({ Action, RunState })
