import type { LogEntry } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { logListing } from '../listing/tables.ts'

export interface NewLog {
  nodeId: string
  runId: string
  actionId: string
  attempt: number
  /** ISO, the agent's clock */
  at: string
  stream: LogEntry['stream']
  text: string
}

/**
 * PURE: the statement that stores log lines in their order. NUL, which PostgreSQL's text cannot hold, becomes U+FFFD.
 * @param condition only when it holds
 */
export function logsSql(lines: NewLog[], condition = Prisma.sql`true`): Prisma.Sql {
  const clean = lines.map((line) => ({ ...line, text: line.text.replaceAll('\0', '\uFFFD') }))
  return Prisma.sql`
    insert into log (node_id, run_id, action_id, attempt, at, stream, text)
    select l."nodeId", l."runId", l."actionId", l.attempt, l.at, l.stream, l.text
      from rows from (jsonb_to_recordset(${JSON.stringify(clean)}::jsonb)
        as ("nodeId" text, "runId" text, "actionId" text, attempt int, at timestamptz, stream text, text text))
        with ordinality as l ("nodeId", "runId", "actionId", attempt, at, stream, text, position)
     where ${condition} order by l.position`
}

interface LogRow {
  id: bigint
  run_id: string
  action: string | null
  action_id: string
  attempt: number
  at: Date
  stream: LogEntry['stream']
  text: string
}

/** A node's log lines in the order in which they came in, unless another one is asked for. */
export async function listLogs(db: Db, nodeId: string, page: Page): Promise<Listed<LogEntry>> {
  const found = await listIds(db, logListing, page, Prisma.sql`l.node_id = ${nodeId}`)
  const rows = await db.$queryRaw<LogRow[]>`
    select l.id, l.run_id, a.name as action, l.action_id, l.attempt, l.at, l.stream, l.text
      from log l left join action a on a.run_id = l.run_id and a.id = l.action_id
     where l.id = any(${found.ids}::bigint[])`
  return listed(found, rows, (row) => String(row.id), logOfRow)
}

const logOfRow = (row: LogRow): LogEntry => ({
  at: row.at.toISOString(),
  runId: row.run_id,
  action: row.action ?? row.action_id,
  attempt: row.attempt,
  stream: row.stream,
  text: row.text,
})
