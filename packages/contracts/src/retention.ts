import { z } from 'zod'
import { named } from './component.ts'

/** How long, and how much. What a registry cannot do without stays, however old (docs/operate.md). */
export const Kept = z.strictObject({
  days: z.number().int().min(1).max(36_500),
  /** 10^6 bytes of rows and their index entries */
  megabytes: z.number().int().min(10).max(10_000_000),
})
export type Kept = z.infer<typeof Kept>

/** What may grow without anybody's doing. `runs`: those that are over, with their plans. */
export const KeptKind = z.enum(['events', 'logs', 'audit', 'runs'])
export type KeptKind = z.infer<typeof KeptKind>

export const Retention = z.strictObject({ events: Kept, logs: Kept, audit: Kept, runs: Kept })
export type Retention = z.infer<typeof Retention>

/** As a site has it until somebody changes it. */
export const RETENTION: Retention = {
  events: { days: 365, megabytes: 1000 },
  logs: { days: 180, megabytes: 1000 },
  audit: { days: 1825, megabytes: 500 },
  runs: { days: 365, megabytes: 500 },
}

const KeptPatch = Kept.partial()

/** What is left out stays as it is, also within one kind. */
export const RetentionPatch = z.strictObject({
  events: KeptPatch.optional(),
  logs: KeptPatch.optional(),
  audit: KeptPatch.optional(),
  runs: KeptPatch.optional(),
})
export type RetentionPatch = z.infer<typeof RetentionPatch>

/** PURE: the bounds with a change. */
export function withRetention(now: Retention, patch: RetentionPatch): Retention {
  const kept = (kind: KeptKind): Kept => ({
    days: patch[kind]?.days ?? now[kind].days,
    megabytes: patch[kind]?.megabytes ?? now[kind].megabytes,
  })
  return { events: kept('events'), logs: kept('logs'), audit: kept('audit'), runs: kept('runs') }
}

named({ Kept, KeptPatch, Retention, RetentionPatch })
