import type { LogEntry } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { listed, listIds } from '../listing/listing.ts'
import type { Listed, Page } from '../listing/paging.ts'
import { logListing } from '../listing/tables.ts'
import { LINE_BYTES, type NewLog } from './log-room.ts'

/**
 * PURE: the statement that stores log lines in their order; a gap that is there already grows. NUL, which PostgreSQL's
 * text cannot hold, becomes U+FFFD.
 * @param condition only when it holds
 */
export function logsSql(lines: NewLog[], condition = Prisma.sql`true`): Prisma.Sql {
  const clean = lines.map((line) => ({ ...line, text: line.text.replaceAll('\0', '\uFFFD') }))
  const gap = gapOf(lines)
  const trimmed = gap?.keep == null ? Prisma.sql`0` : Prisma.sql`(select count(*) from ${beyond(gap.line, gap.keep)})`
  return Prisma.sql`
    insert into log (node_id, run_id, action_id, attempt, at, stream, text, dropped)
    select l."nodeId", l."runId", l."actionId", l.attempt, l.at, l.stream, l.text,
           case when l.gap is not null then (l.gap ->> 'dropped')::int + ${trimmed} end
      from rows from (jsonb_to_recordset(${JSON.stringify(clean)}::jsonb)
        as ("nodeId" text, "runId" text, "actionId" text, attempt int, at timestamptz, stream text, text text, gap jsonb))
        with ordinality as l ("nodeId", "runId", "actionId", attempt, at, stream, text, gap, position)
     where ${condition} order by l.position
    on conflict (run_id, action_id, attempt) where dropped is not null
      do update set dropped = least(log.dropped::bigint + excluded.dropped, 2147483647)`
}

/** PURE: what goes with logsSql when some of an attempt's earlier last lines make room for these: none or one statement. */
export function trimSql(lines: NewLog[], condition = Prisma.sql`true`): Prisma.Sql[] {
  const gap = gapOf(lines)
  if (gap?.keep == null) return []
  return [Prisma.sql`delete from log where id in (select id from ${beyond(gap.line, gap.keep)}) and ${condition}`]
}

function gapOf(lines: NewLog[]) {
  const line = lines.find(({ gap }) => gap)
  return line?.gap && { line, keep: line.gap.keep }
}

/** An attempt's lines behind its gap, but for the last ones that take no more than `keep` bytes. */
const beyond = ({ runId, actionId, attempt }: NewLog, keep: number) => Prisma.sql`(
  select id from (
    select l.id, sum(octet_length(l.text) + ${LINE_BYTES}) over (order by l.id desc) as taken
      from log l join log g on g.run_id = l.run_id and g.action_id = l.action_id and g.attempt = l.attempt
                           and g.dropped is not null and l.id > g.id
     where l.run_id = ${runId} and l.action_id = ${actionId} and l.attempt = ${attempt}) line
   where taken > ${keep}) trimmed`

interface LogRow {
  id: bigint
  run_id: string
  action: string | null
  action_id: string
  attempt: number
  at: Date
  stream: LogEntry['stream']
  text: string
  dropped: number | null
}

/** A node's log lines in the order in which they came in, unless another one is asked for. */
export async function listLogs(db: Db, nodeId: string, page: Page): Promise<Listed<LogEntry>> {
  const found = await listIds(db, logListing, page, Prisma.sql`l.node_id = ${nodeId}`)
  const rows = await db.$queryRaw<LogRow[]>`
    select l.id, l.run_id, a.name as action, l.action_id, l.attempt, l.at, l.stream, l.text, l.dropped
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
  text: row.dropped === null ? row.text : gapText(row.dropped),
})

const gapText = (lines: number) =>
  lines === 0
    ? '[this attempt says more than is kept: from here on its last lines stand]'
    : `[${lines} ${lines === 1 ? 'line was' : 'lines were'} dropped here: this attempt said more than is kept]`
