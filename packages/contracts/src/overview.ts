import { z } from 'zod'
import { named } from './component.ts'
import { InterfaceCounters } from './counters.ts'
import { standings } from './standing.ts'

export const Standing = z.enum(standings)
export type Standing = z.infer<typeof Standing>

const BEGUN =
  'instance.state = RUNNING OR instance.state = PROVISIONED OR instance.state = PROVISIONING OR instance.state = FAILED'

/**
 * The filter of a list of nodes that shows who stands there: its OS runs; it is written, and did not report itself yet or
 * is sealed; it is being provisioned; that failed. Of those with which nothing was begun: registered; the same, and held by
 * a person; registered by nobody.
 */
export const standingFilter: Record<Standing, string> = {
  running: 'instance.state = RUNNING',
  written: 'instance.state = PROVISIONED',
  working: 'instance.state = PROVISIONING',
  failed: 'instance.state = FAILED',
  waiting: `registered = true AND NOT hold:* AND NOT (${BEGUN})`,
  held: `registered = true AND hold:* AND NOT (${BEGUN})`,
  unknown: `registered = false AND NOT (${BEGUN})`,
}

const count = z.number().int()
/** How many machines stand where. */
export const Standings = z.object({
  running: count,
  written: count,
  working: count,
  failed: count,
  waiting: count,
  held: count,
  unknown: count,
}) satisfies z.ZodType<Record<Standing, number>>

const Throughput = z.object({
  /** when the stretch begins; it takes half an hour */
  from: z.iso.datetime(),
  succeeded: z.number().int(),
  failed: z.number().int(),
})

/** How the whole site is, at a glance. */
export const Overview = z.object({
  /** the database's time */
  at: z.iso.datetime(),
  total: z.number().int(),
  standing: Standings,
  /** what a person has to say something about: machines that nobody registered, and nobody refused; those in quarantine, but refused ones */
  undecided: z.object({ strangers: count, conflicts: count }),
  /** runs that ended, by half hours of the last twelve hours, the oldest first; the last one is not over */
  throughput: z.array(Throughput),
  /** machines that were done within the last hour */
  lastHour: z.number().int(),
  /** that are being provisioned, or were heard of and wait for it */
  left: z.number().int(),
  /** when those are done at the pace of the last hour; null: nobody can tell */
  expectedEnd: z.iso.datetime().nullable(),
  /** what agents do at this moment, by the kind of action */
  actions: z.record(z.string(), z.number().int()),
  images: z.object({
    converting: z.array(z.object({ name: z.string(), progress: z.number().min(0).max(1).nullable() })),
    failed: z.number().int(),
  }),
  /** of the server that answers */
  server: z.object({
    name: z.string(),
    interfaces: z.array(InterfaceCounters.pick({ interface: true, address: true, away: true })),
    disks: z.array(z.object({ disk: z.string(), free: z.number(), size: z.number() })),
  }),
})
export type Overview = z.infer<typeof Overview>

named({ Overview, Standing, Standings, Throughput })
