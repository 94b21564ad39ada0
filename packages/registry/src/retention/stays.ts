import { settingBootOrder } from '@eims/contracts'
import { Prisma } from '../generated/client.ts'

const { sql } = Prisma

const newer = (more: Prisma.Sql) => sql`exists (
  select 1 from run x where x.node_id = r.node_id and (x.created_at, x.id) > (r.created_at, r.id) ${more})`

/** Run `r` is its node's newest, or the newest that ended well: what became of the machine, and what is on its disk. */
export const runMatters = sql`(not ${newer(sql``)} or r.state = 'SUCCEEDED' and not ${newer(sql`and x.state = 'SUCCEEDED'`)})`

const setsBootOrder = (run: string) => sql`exists (
  select 1 from action a where a.run_id = ${Prisma.raw(run)}.id and a.state = 'SUCCEEDED'
     and a.definition->'uses'->>'builtin' = any(${settingBootOrder}))`

/** The same, or it is the last one that set what the machine's firmware tries first, or it is under way. */
export const runStays = sql`(
  r.state in ('PENDING', 'RUNNING') or ${runMatters} or ${setsBootOrder('r')} and not ${newer(sql`and ${setsBootOrder('x')}`)})`

/** Event `e` is of such a run, or says since when its node is known. */
export const eventStays = sql`(
  exists (select 1 from run r where r.id = e.run_id and ${runMatters})
  or e.kind in ('node.registered', 'node.discovered') and exists (select 1 from node n where n.id = e.node_id))`

/** Event `e` is of a kind that a machine can bring about as often as it likes. */
export const byMachine = sql`(
  e.kind like any ('{dhcp.%,tftp.%,boot.%,agent.%,identity.%,report.%}'::text[])
  or e.kind = 'node.changed' and e.data ? 'waiting')`

const things = ['node', 'profile', 'account', 'image', 'batch', 'credential', 'site']

/** Audit entry `a` is the last one of its kind about something that is there: who registered, held, imaged it last. */
export const auditStays = sql`(
  not exists (select 1 from audit x where x.subject = a.subject and x.id > a.id and x.action = a.action)
  and (${Prisma.join(
    things.map((table) => sql`exists (select 1 from ${Prisma.raw(table)} t where t.id = a.subject)`),
    ' or ',
  )}))`
