import { z } from 'zod'
import { named } from './component.ts'

/** Everything that can stand on a machine's timeline, in the order a machine meets it. */
const MachineEventKind = z.enum([
  'dhcp.discover',
  'dhcp.request',
  'dhcp.dropped',
  'tftp.read',
  'tftp.failed',
  'boot.file',
  'boot.decision',
  'boot.failed',
  'boot.kernel',
  'boot.initrd',
  'boot.site',
  'agent.onboarded',
  'agent.model-remembered',
  'agent.double',
  'identity.conflict',
  'report.refused',
  'node.registered',
  'node.discovered',
  'node.changed',
  'node.deleted',
  'run.created',
  'run.started',
  'run.paused',
  'run.resumed',
  'run.ended',
  'action.started',
  'action.ended',
  'action.lease-expired',
  'instance.provisioned',
  'instance.running',
  'instance.failed',
])

/**
 * What happens to anything but machines. Of what was changed only `data.id` and `data.name` are told: who may read it
 * asks for the rest. `import.done` stands for all machines of one import.
 */
export const ChangeKind = z.enum([
  'site.changed',
  'batch.created',
  'batch.changed',
  'batch.deleted',
  'profile.created',
  'profile.changed',
  'profile.deleted',
  'addon.created',
  'addon.changed',
  'addon.deleted',
  'workflow.created',
  'workflow.changed',
  'workflow.deleted',
  'account.created',
  'account.changed',
  'account.deleted',
  'secret.created',
  'secret.changed',
  'secret.deleted',
  'image.created',
  'image.ready',
  'image.failed',
  'image.changed',
  'image.deleted',
  'key.created',
  'key.revoked',
  'import.done',
  'import.cancelled',
  'import.undone',
  'webhook.created',
  'webhook.changed',
  'webhook.deleted',
  'webhook.tested',
  'webhook.disabled',
  'registry.restored',
  'clock.jumped',
])
export type ChangeKind = z.infer<typeof ChangeKind>

/** `events.dropped` is on no timeline: a stream tells it whoever resumes behind events that are no more. */
export const EventKind = z.enum([...MachineEventKind.options, ...ChangeKind.options, 'events.dropped'])
export type EventKind = z.infer<typeof EventKind>

/** An event that is to be written. */
export interface NewEvent {
  kind: EventKind
  /** milliseconds since 1970; left out: the database's clock */
  at?: number
  nodeId?: string | null
  mac?: string | null
  runId?: string | null
  /** a sentence for a person */
  message: string
  /** what a program reads; `reason`, where there is one, is a Reason */
  data?: Record<string, unknown>
}

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
  /** its way through the house that it belongs to, counted from 1: each power-on and each reprovisioning begins one */
  pass: z.number().int().positive(),
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

/** How a kind of event is named where some of them are chosen: itself, or all that begin so (`run.*`). */
export const KIND = /^[a-z-]+\.(\*|[a-z-]+)$/

/** Which changes a stream shows. All conditions must hold. */
export const EventQuery = z.object({
  /** id, name, serial, UUID or MAC */
  node: z.string().min(1).max(128).optional(),
  /** name or id of a batch */
  batch: z.string().min(1).max(128).optional(),
  /** kinds, separated by commas; `run.*` stands for all that begin so */
  kind: z
    .string()
    .max(512)
    .refine(
      (text) => text.split(',').every((each) => KIND.test(each.trim())),
      'must be kinds such as run.ended or run.*',
    )
    .optional(),
  /** the id of the last event that is known: what came after it is sent first. The header Last-Event-ID goes before it. */
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'must be the id of an event')
    .optional(),
})
export type EventQuery = z.infer<typeof EventQuery>

named({ Event, EventKind, LogEntry, Stage, Timeline })
