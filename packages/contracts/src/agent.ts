import { z } from 'zod'
import { named } from './component.ts'
import { MachineIdentity } from './identity.ts'
import { Inventory } from './inventory.ts'
import { Action, RunState } from './plan.ts'
import { ShownReason } from './reason.ts'

/**
 * POST /agent/v1/onboard. The same boot token with the same agent key gives the same session again
 * (a lost reply locks nobody out); with another key it is refused as a double.
 */
export const OnboardRequest = z.object({
  bootToken: z.string().min(16).max(256),
  /** made by the agent at its first start, kept over its own restarts */
  agentKey: z.string().regex(/^[0-9a-f]{64}$/, 'is not 32 bytes in hexadecimal'),
  identity: MachineIdentity,
  inventory: Inventory,
  agentVersion: z.string().max(64),
})
export type OnboardRequest = z.infer<typeof OnboardRequest>

export const OnboardReply = z.object({
  /** bearer token for every later call */
  session: z.string(),
  /** null while the machine is quarantined: its identifiers name different nodes */
  nodeId: z.string().nullable(),
  nodeName: z.string(),
})
export type OnboardReply = z.infer<typeof OnboardReply>

/** POST /agent/v1/next, a long poll. Asking again gives the same action with the same attempt. */
export const NextRequest = z.object({
  /** seconds the server may keep the request open */
  waitSeconds: z.number().int().min(0).max(60).default(25),
})
export type NextRequest = z.infer<typeof NextRequest>

const NextAction = z.object({
  kind: z.literal('action'),
  runId: z.string(),
  action: Action,
  attempt: z.number().int().positive(),
  /** highest report number heard of this attempt; go on counting from here */
  lastSeq: z.number().int().nonnegative(),
  /** report at least this often, or the lease goes back (seconds) */
  leaseSeconds: z.number().int().positive(),
  /** position for the console: action `index` of `count`, from 1 */
  index: z.number().int().positive(),
  count: z.number().int().positive(),
  /** results of this run's finished actions, by action name */
  results: z.record(z.string(), z.unknown()),
})

const NextWait = z.object({
  kind: z.literal('wait'),
  /** said on the machine's screen */
  reason: ShownReason,
  retrySeconds: z.number().int().min(0).max(300),
})

const NextEnd = z.object({
  kind: z.literal('done'),
  runId: z.string().nullable(),
  state: RunState,
  reason: ShownReason.nullable(),
})

export const NextReply = z.discriminatedUnion('kind', [NextAction, NextWait, NextEnd])
export type NextReply = z.infer<typeof NextReply>

export const LogLine = z.object({
  at: z.iso.datetime(),
  stream: z.enum(['agent', 'stdout', 'stderr']),
  text: z.string().max(4096),
})
export type LogLine = z.infer<typeof LogLine>

/** POST /agent/v1/report. Repeated ones are harmless, late ones are refused with `stale-report`. */
export const ReportRequest = z.object({
  runId: z.string().max(64),
  actionId: z.string().max(64),
  attempt: z.number().int().positive().max(2_147_483_647),
  /** counts the reports of this attempt from 1; a number at or below the last accepted one changes nothing */
  seq: z.number().int().positive().max(2_147_483_647),
  state: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED']),
  /** 0 to 1, or null when the action cannot tell */
  progress: z.number().min(0).max(1).nullable().default(null),
  /** words of an agent that knows no codes */
  message: z.string().max(4096).nullable().default(null),
  /** why it failed, with its sentence for a server that does not know the code; what is none counts as not said */
  reason: ShownReason.nullable().catch(null).default(null),
  exitCode: z.int32().nullable().default(null),
  log: z.array(LogLine).max(500).default([]),
  /** of a succeeded action: see `result` in builtins.ts */
  result: z.record(z.string(), z.unknown()).nullable().default(null),
})
export type ReportRequest = z.infer<typeof ReportRequest>

export const ReportReply = z.object({
  /** a person cancelled the run: stop at the next safe point and ask for `next` */
  cancelled: z.boolean(),
  leaseSeconds: z.number().int().positive(),
})
export type ReportReply = z.infer<typeof ReportReply>

/** POST /agent/v1/phone-home, by the unit that we put on the OS, with its one-purpose token. */
export const PhoneHomeRequest = z.object({
  instanceId: z.string().max(64),
  bootId: z.string().max(64),
  osVersion: z.string().max(256),
  kernel: z.string().max(256),
  hostname: z.string().max(256),
  machineId: z.string().max(64),
  /** `cuts`: how often power was lost in it; `whole`: whether it was done in one, or afresh after each cut */
  firstBoot: z
    .object({ cuts: z.number().int().nonnegative().max(99), whole: z.boolean() })
    .default({ cuts: 0, whole: true }),
  cloudInit: z.object({
    /** `done` is good; `error` and `degraded` come with errors */
    status: z.string().max(64),
    errors: z.array(z.string().max(2048)).max(64),
  }),
  /** how the config-file's installer ended; left out: there was none */
  installer: z.object({ status: z.number().int().min(0).max(255), lastLines: z.string().max(4096) }).optional(),
  sshHostKeys: z.array(z.string().max(2048)).max(16),
})
export type PhoneHomeRequest = z.infer<typeof PhoneHomeRequest>

export const PhoneHomeReply = z.object({ state: z.enum(['RUNNING', 'FAILED']) })
export type PhoneHomeReply = z.infer<typeof PhoneHomeReply>

named({
  OnboardRequest,
  OnboardReply,
  NextRequest,
  NextWait,
  NextAction,
  NextEnd,
  NextReply,
  LogLine,
  ReportRequest,
  ReportReply,
  PhoneHomeRequest,
  PhoneHomeReply,
})
