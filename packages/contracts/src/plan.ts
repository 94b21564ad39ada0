import { z } from 'zod'
import { DiskRule } from './disk-rule.ts'

export const RunState = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED'])
export type RunState = z.infer<typeof RunState>

export const ActionState = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT'])
export type ActionState = z.infer<typeof ActionState>

/** Arguments of each builtin: one entry here, one handler file in the agent. */
export const BuiltinArguments = {
  inventory: z.strictObject({}),
  'choose-disk': z.strictObject({
    rule: DiskRule,
    /** bytes the image needs */
    imageSize: z.number().int().positive(),
    /** may a disk that is not blank be overwritten */
    overwrite: z.boolean(),
    /** said in the refusal when it may not */
    overwriteReason: z.string(),
  }),
  'write-image': z.strictObject({
    manifestSha256: z.string(),
    rawSize: z.number().int().positive(),
  }),
  seed: z.strictObject({
    metaData: z.string(),
    userData: z.string(),
    vendorData: z.string(),
    /** empty: cloud-init's own fallback (DHCP on the first NIC) */
    networkConfig: z.string(),
  }),
  'boot-order': z.strictObject({
    /** label of the firmware's boot entry for the disk */
    label: z.string().max(64),
  }),
  reboot: z.strictObject({
    how: z.enum(['reboot', 'poweroff', 'hold']),
  }),
} as const
export type BuiltinName = keyof typeof BuiltinArguments
export type BuiltinArgs<N extends BuiltinName> = z.infer<(typeof BuiltinArguments)[N]>

/** What each builtin answers when it succeeds, kept in the run and handed to the actions after it. */
export const BuiltinResults = {
  inventory: z.object({}),
  'choose-disk': z.object({
    path: z.string(),
    size: z.number(),
    serial: z.string().nullable(),
    wwn: z.string().nullable(),
  }),
  'write-image': z.object({ framesWritten: z.number(), framesKept: z.number(), bytesFetched: z.number() }),
  seed: z.object({ partition: z.number() }),
  'boot-order': z.object({ changed: z.boolean(), order: z.array(z.string()) }),
  reboot: z.object({}),
} as const
export type BuiltinResult<N extends BuiltinName> = z.infer<(typeof BuiltinResults)[N]>

/** One step of a plan. `id` is unique in the run and its order is the order of the array. */
export const Action = z.object({
  id: z.string().min(1).max(64),
  /** the group it belongs to, as in Tinkerbell's templates */
  task: z.string().min(1).max(64),
  name: z.string().min(1).max(64),
  uses: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('builtin'),
      builtin: z.enum(Object.keys(BuiltinArguments) as [BuiltinName, ...BuiltinName[]]),
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
