import { z } from 'zod'
import { BootOrder } from './boot-order.ts'
import { DiskRule } from './disk-rule.ts'
import type { Stage } from './event.ts'
import { Finish } from './finish.ts'
import { ImageFacts } from './image-facts.ts'
import { Reason, readReason } from './reason.ts'

/** Everything that is known of a builtin by its name, except what it does: that is its handler in the agent. */
export interface Builtin {
  /** an argument's name means the same in every builtin that has it */
  readonly arguments: z.ZodObject
  /** the arguments that a profile may give; the others (image, disk interlock, cloud-init documents) are the server's own */
  readonly open: readonly string[]
  /** what it answers when it succeeds, kept in the run and handed to the actions after it */
  readonly result: z.ZodObject
  /** seconds that one attempt may take in the built-in plan */
  readonly timeout: number
  /** may the built-in plan's action be done again after an attempt whose end nobody heard of */
  readonly repeatable: boolean
  /** the builtin without which it has nothing to work on: an earlier action of a workflow must use it */
  readonly needs?: string
  /** no workflow can do without it */
  readonly required?: true
  /** why a workflow may have it only once */
  readonly once?: string
  /** it ends the machine: the last action of a workflow, and only it, uses it */
  readonly last?: true
  /** the stage of the timeline that begins when it is over */
  readonly thenStage?: Stage['name']
  /** the row of docs/diagnosis.md for a run that failed with it, where that is not `run-failed` */
  readonly symptom?: 'no-disk'
  /** the argument with the digest of an image's manifest: its chunks are kept while the run may be taken up again */
  readonly manifest?: string
  /** it adds a partition to those of the image */
  readonly addsPartition?: true
  /** numbers of its result whose sum must be the argument's, or it did not do what it says that it did */
  readonly adds?: { readonly up: readonly string[]; readonly to: string }
  /** what the demo tells of it: at its begin, on its way (with a percentage behind it), and when it is done */
  readonly tells?: { readonly begun?: string; readonly underway?: string; readonly done: string }
}

type Entry<A extends z.ZodRawShape, R extends z.ZodRawShape> = Omit<Builtin, 'arguments' | 'open' | 'result'> & {
  readonly arguments: z.ZodObject<A, z.core.$strict>
  readonly open: readonly (keyof A & string)[]
  readonly result: z.ZodObject<R>
  readonly manifest?: keyof A & string
  readonly adds?: { readonly up: readonly (keyof R & string)[]; readonly to: keyof A & string }
}
const builtin = <A extends z.ZodRawShape, R extends z.ZodRawShape>(entry: Entry<A, R>): Entry<A, R> => entry

const MINUTE = 60

export const builtins = {
  inventory: builtin({
    arguments: z.strictObject({}),
    open: [],
    result: z.object({}),
    timeout: 5 * MINUTE,
    // it only reads
    repeatable: true,
  }),
  'choose-disk': builtin({
    arguments: z.strictObject({
      rule: DiskRule,
      /** bytes the image needs */
      imageSize: z.number().int().positive(),
      /** may a disk that is not blank be overwritten */
      overwrite: z.boolean(),
      /** why it may not; a sentence in the plans of earlier versions */
      overwriteReason: z.preprocess(readReason, Reason),
    }),
    open: ['rule'],
    // what finds the disk again in a later boot, and holds the interlock against it anew; null is not known, as it was
    // not to agents of earlier versions
    result: z.object({
      path: z.string(),
      size: z.number(),
      serial: z.string().nullable(),
      wwn: z.string().nullable(),
      busPath: z.string().nullable().default(null),
      /** digest of its first and last MiB as they were */
      ends: z.string().nullable().default(null),
      /** it might be overwritten though it was not blank */
      overwrite: z.boolean().default(false),
    }),
    timeout: 5 * MINUTE,
    // it only reads
    repeatable: true,
    once: 'the image goes to one disk',
    symptom: 'no-disk',
    tells: { done: 'a disk is chosen' },
  }),
  'write-image': builtin({
    arguments: z.strictObject({
      manifestSha256: z.string(),
      rawSize: z.number().int().positive(),
      /** of the image, where they are known */
      facts: ImageFacts.optional(),
      /** whether the plan puts a cloud-init seed on the disk */
      seeded: z.boolean().optional(),
      /** how many the manifest has; plans of earlier versions do not say */
      frames: z.number().int().nonnegative().optional(),
    }),
    open: [],
    result: z.object({ framesWritten: z.number(), framesKept: z.number(), bytesFetched: z.number() }),
    timeout: 120 * MINUTE,
    // it keeps what stands on the disk already
    repeatable: true,
    needs: 'choose-disk',
    required: true,
    thenStage: 'hand-over',
    manifest: 'manifestSha256',
    adds: { up: ['framesWritten', 'framesKept'], to: 'frames' },
    tells: {
      begun: 'writes the image to its disk',
      underway: 'writing',
      done: 'the image is written and verified',
    },
  }),
  seed: builtin({
    arguments: z.strictObject({
      metaData: z.string(),
      userData: z.string(),
      vendorData: z.string(),
      /** empty: cloud-init's own choice (DHCP on one NIC) */
      networkConfig: z.string(),
      /** the image's last Linux partition is made as large as the disk lets it; left out (earlier versions): it is */
      growRoot: z.boolean().optional(),
    }),
    open: ['vendorData', 'networkConfig', 'growRoot'],
    result: z.object({ partition: z.number() }),
    timeout: 10 * MINUTE,
    // its partition is found again
    repeatable: true,
    needs: 'write-image',
    addsPartition: true,
    tells: { done: 'the cloud-init seed is on the disk' },
  }),
  'boot-order': builtin({
    arguments: z.strictObject({
      /** label of the firmware's boot entry for the disk */
      label: z.string().max(64),
      /** left out (earlier versions): the disk */
      bootOrder: BootOrder.optional(),
      facts: ImageFacts.optional(),
    }),
    open: ['label', 'bootOrder'],
    result: z.object({
      changed: z.boolean(),
      order: z.array(z.string()),
      /** what the firmware boots first; left out by a BIOS, whose order nobody can set, and by earlier versions */
      first: BootOrder.optional(),
    }),
    timeout: 5 * MINUTE,
    // it reads what the firmware has and changes what differs
    repeatable: true,
    needs: 'choose-disk',
    tells: { done: 'the firmware will boot this disk first' },
  }),
  reboot: builtin({
    arguments: z.strictObject({ how: Finish }),
    open: ['how'],
    result: z.object({}),
    timeout: 2 * MINUTE,
    // Asked for twice it is a reboot. No machine reboots again after its run: it is reported first and done then, so
    // the run is over when the machine comes back.
    repeatable: true,
    last: true,
  }),
} as const

type Builtins = typeof builtins
export type BuiltinName = keyof Builtins
export type BuiltinArgs<N extends BuiltinName> = z.output<Builtins[N]['arguments']>
export type BuiltinResult<N extends BuiltinName> = z.output<Builtins[N]['result']>

/** What a profile without a workflow of its own gets: one action a builtin, named after it, in this order. */
export const builtInPlan: readonly BuiltinName[] = [
  'inventory',
  'choose-disk',
  'write-image',
  'seed',
  'boot-order',
  'reboot',
]

export const builtinNames = Object.keys(builtins) as [BuiltinName, ...BuiltinName[]]

type Both<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never
/** Every argument of any builtin, by its name. */
export type BuiltinArgument = z.output<z.ZodObject<Both<Builtins[BuiltinName]['arguments']['shape']>>>

/** The builtin that an action of this name uses in the built-in plan; undefined for a name of a profile's own. */
export function builtinNamed(name: unknown): Builtin | undefined {
  return typeof name === 'string' && Object.hasOwn(builtins, name) ? builtins[name as BuiltinName] : undefined
}

/** Names of the arguments that are digests of images' manifests. */
export const manifestArguments: string[] = Object.values<Builtin>(builtins).flatMap(({ manifest }) => manifest ?? [])

/** The builtins that set what a firmware boots first, and answer with it. */
export const settingBootOrder: string[] = builtinNames.filter((name) => 'bootOrder' in builtins[name].arguments.shape)

/** Whether a workflow puts a partition for the cloud-init seed behind the image's own. */
export const addsPartition = (actions: readonly { uses: { kind: string; builtin?: unknown } }[]): boolean =>
  actions.some(({ uses }) => builtinNamed(uses.builtin)?.addsPartition === true)

/** Whether a machine whose run had these actions restarts into its OS, which is then to report itself. */
export const reportsItself = (actions: readonly { with: Record<string, unknown> }[]): boolean =>
  actions.at(-1)?.with.how === Finish.enum.reboot
