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
  task: z.string().min(1).max(199),
  name: z.string().min(1).max(199),
  uses: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('builtin'),
      builtin: z.enum(builtinNames),
    }),
    z.object({ kind: z.literal('oci'), image: z.string().max(512) }),
  ]),
  with: z.record(z.string(), z.unknown()),
  env: z.record(z.string(), z.string()),
  /** seconds one attempt may take; 0: no limit */
  timeout: z.number().int().nonnegative().max(86_400),
  /** may it be run again after an attempt whose end nobody heard of */
  repeatable: z.boolean(),
  /** attempts after the first that failed, or whose time was up; left out: none */
  retries: z.number().int().nonnegative().max(100).optional(),
  /** seconds before the second attempt, twice as many before each further one */
  backoff: z.number().int().nonnegative().max(3600).optional(),
  /** seconds from its first attempt on within which all of them must be over; 0, or left out: no limit */
  within: z.number().int().nonnegative().max(86_400).optional(),
  /** it is done only when an earlier action, by its id, has failed for good, or its time was up; the run fails all the same */
  after: z.strictObject({ action: z.string().max(64), on: z.enum(['failure', 'timeout']) }).optional(),
})
export type Action = z.infer<typeof Action>

/** A plan is data, frozen in the run when it is made. */
export const Plan = z.object({
  version: z.literal(1),
  actions: z.array(Action).min(1).max(128),
  /** seconds that the run may take from its first action on; 0, or left out: no limit */
  timeout: z.number().int().nonnegative().max(604_800).optional(),
})
export type Plan = z.infer<typeof Plan>

named({ Action, RunState })
