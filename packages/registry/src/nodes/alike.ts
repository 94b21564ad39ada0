import type { Reason, SlotsOf } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'

/** So many others are named. */
const NAMED = 16

/**
 * What the installed OS of a node has in common with those of others though each machine has its own: an image that
 * carries a machine-id (`/etc/machine-id`, systemd's machine-id(5)), SSH host keys or a host name.
 */
export async function alike(db: Db, nodeId: string): Promise<Extract<Reason, { code: 'os-alike' }>[]> {
  const rows = await db.$queryRaw<SlotsOf<'os-alike'>[]>`
    with mine as (select * from instance where node_id = ${nodeId} and ended_at is null),
    said as (
      select 1 as rank, 'machine-id' as kind, machine_id as value from mine
      union all select 2, 'ssh-host-key', unnest(ssh_host_keys) from mine
      union all select 3, 'host-name', host_name from mine),
    found as (
      select s.rank, s.kind, s.value, o.node_id from said s join instance o on o.ended_at is null and o.node_id <> ${nodeId}
         and case s.kind when 'machine-id' then o.machine_id = s.value
                         when 'host-name' then o.host_name = s.value
                         else o.ssh_host_keys @> array[s.value] end
       where s.value <> '')
    select kind, value, (array_agg(n.name order by n.name))[1:${Prisma.raw(String(NAMED))}] as nodes
      from found join node n on n.id = found.node_id group by rank, kind, value order by rank, value`
  return rows.map((slots) => ({ code: 'os-alike', slots }))
}

const another = (same: Prisma.Sql) => Prisma.sql`exists (
  select 1 from instance o where o.ended_at is null and o.node_id <> i.node_id and ${same})`

/** SSH host keys that several machines have, by one pass over all current instances. */
const sharedKeys = Prisma.sql`array(
  select x.key from (select o.node_id, unnest(o.ssh_host_keys) as key from instance o where o.ended_at is null) x
   group by x.key having min(x.node_id) <> max(x.node_id))`

/**
 * Whether the current instance `i` of node `n` has something in common with another's. It is asked of all nodes of a batch at
 * once: each kind is looked for by itself, for PostgreSQL would look for several, and for keys, in all instances for each node.
 */
export const isAlike = Prisma.sql`(
  i.machine_id <> '' and ${another(Prisma.sql`o.machine_id = i.machine_id`)}
  or i.host_name <> '' and ${another(Prisma.sql`o.host_name = i.host_name`)}
  or i.ssh_host_keys && ${sharedKeys})`
