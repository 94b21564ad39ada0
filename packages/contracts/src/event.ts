import { z } from 'zod'

/** Everything that can stand on a machine's timeline, in the order a machine meets it. */
export const EventKind = z.enum([
  'dhcp.discover',
  'dhcp.request',
  'tftp.read',
  'tftp.failed',
  'boot.script',
  'boot.decision',
  'boot.failed',
  'boot.kernel',
  'boot.initrd',
  'boot.site',
  'agent.onboarded',
  'agent.double',
  'identity.conflict',
  'node.registered',
  'node.discovered',
  'node.changed',
  'run.created',
  'run.started',
  'run.ended',
  'action.started',
  'action.ended',
  'action.lease-expired',
  'instance.provisioned',
  'instance.running',
  'instance.failed',
])
export type EventKind = z.infer<typeof EventKind>

export const Event = z.object({
  id: z.string(),
  kind: EventKind,
  at: z.iso.datetime(),
  /** of a merged sighting: when it was last seen, and how often in all */
  lastAt: z.iso.datetime(),
  count: z.number().int().positive(),
  nodeId: z.string().nullable(),
  mac: z.string().nullable(),
  runId: z.string().nullable(),
  /** a sentence for a person */
  message: z.string(),
  data: z.record(z.string(), z.unknown()),
})
export type Event = z.infer<typeof Event>

/** A stage of a machine's way through the house, derived from its events. */
export const Stage = z.object({
  name: z.enum(['firmware', 'micro-os', 'waiting', 'write', 'hand-over', 'first-boot']),
  startedAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
})
export type Stage = z.infer<typeof Stage>

export const Timeline = z.object({ events: z.array(Event), stages: z.array(Stage) })
export type Timeline = z.infer<typeof Timeline>

export const LogEntry = z.object({
  at: z.iso.datetime(),
  runId: z.string(),
  action: z.string(),
  attempt: z.number().int(),
  stream: z.enum(['agent', 'stdout', 'stderr']),
  text: z.string(),
})
export type LogEntry = z.infer<typeof LogEntry>
