import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OnboardReply, ReportRequest } from '@eims/contracts'
import { z } from 'zod'
import { Leave } from './finish.ts'

/** A final report that nobody accepted yet, and how the machine ends when somebody has. */
export const Outbox = z.object({
  report: ReportRequest,
  finish: Leave.nullable(),
})
export type Outbox = z.infer<typeof Outbox>

const Seq = z.object({ attempt: z.string(), seq: z.number().int() })

/**
 * What outlives a restart of the agent (and not of the machine): a directory of small files on a tmpfs.
 * A file that does not read back is as good as absent.
 */
export interface State {
  /** true when this directory had no key before: the agent's first start on this boot */
  readonly fresh: boolean
  /** 32 bytes as hexadecimal, made at the first start */
  readonly agentKey: string
  session(): OnboardReply | null
  keepSession(session: OnboardReply | null): void
  /** the next report number of an attempt, never given out twice and above `heard`, the last one that the server knows */
  nextSeq(attempt: string, heard: number): number
  outbox(): Outbox | null
  keepOutbox(outbox: Outbox | null): void
}

/** Opens, and makes if missing, the state directory. */
export function openState(dir: string): State {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = (name: string) => join(dir, name)
  const load = <T>(name: string, schema: z.ZodType<T>): T | null => {
    try {
      return schema.parse(JSON.parse(readFileSync(path(name), 'utf8')))
    } catch {
      return null
    }
  }
  const save = (name: string, value: unknown) => {
    if (value === null) return rmSync(path(name), { force: true })
    writeFileSync(path(`${name}.new`), JSON.stringify(value), { mode: 0o600 })
    renameSync(path(`${name}.new`), path(name))
  }
  const kept = load('agent-key.json', z.string().regex(/^[0-9a-f]{64}$/))
  const agentKey = kept ?? randomBytes(32).toString('hex')
  if (!kept) save('agent-key.json', agentKey)
  return {
    fresh: !kept,
    agentKey,
    session: () => load('session.json', OnboardReply),
    keepSession: (session) => save('session.json', session),
    nextSeq(attempt, heard) {
      const last = load('seq.json', Seq)
      const seq = Math.max(heard, last?.attempt === attempt ? last.seq : 0) + 1
      save('seq.json', { attempt, seq })
      return seq
    },
    outbox: () => load('outbox.json', Outbox),
    keepOutbox: (outbox) => save('outbox.json', outbox),
  }
}
