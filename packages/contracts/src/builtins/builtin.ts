import type { z } from 'zod'
import type { Stage } from '../event.ts'

/**
 * Programs and kernel modules that only some actions need: one archive each beside the Micro-OS, so that it does not grow.
 * `filesystems`: kernel modules, and what mounts a partition by its place; `mkfs`: programs that make, check and grow file systems; `erase`: nvme, hdparm and
 * sg_sanitize; `kexec`: kexec.
 */
export const toolNames = ['filesystems', 'mkfs', 'erase', 'kexec'] as const
export type ToolName = (typeof toolNames)[number]

export const MINUTE = 60

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
  /** it puts an OS on the disk: a workflow has at least one such action */
  readonly installs?: true
  /** why a workflow may have it only once */
  readonly once?: string
  /** it ends the machine: the last action of a workflow, and only it, uses it */
  readonly last?: true
  /** the engine does it itself: no agent hears of it */
  readonly byEngine?: true
  /** the archives of tools that it uses, by what it is told; the Micro-OS fetches them when it comes to it */
  readonly tools?: (args: Record<string, unknown>) => readonly ToolName[]
  /** the stage of the timeline that begins when it is over */
  readonly thenStage?: Stage['name']
  /** the row of docs/diagnosis.md for a run that failed with it, where that is not `run-failed` */
  readonly symptom?: 'no-disk'
  /** the argument with the digest of an image's manifest: its chunks are kept while the run may be taken up again */
  readonly manifest?: string
  /** the argument that is a list of such, each with its `manifestSha256` */
  readonly manifests?: string
  /** what that manifest is of; left out: a disk */
  readonly takes?: 'archive'
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
  readonly manifests?: keyof A & string
  readonly adds?: { readonly up: readonly (keyof R & string)[]; readonly to: keyof A & string }
}
export const builtin = <A extends z.ZodRawShape, R extends z.ZodRawShape>(entry: Entry<A, R>): Entry<A, R> => entry
