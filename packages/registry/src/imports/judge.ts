import type { ImportedKind, UndoReason } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { Prisma } from '../generated/client.ts'
import { differentMakers } from '../identity/identity.ts'
import { byMachine } from '../retention/stays.ts'

const { sql } = Prisma

/** A node of an import. */
export interface Judged {
  nodeId: string
  row: number
  kind: ImportedKind
  name: string | null
  /** why it stays as it is; null: it was not touched since */
  reason: UndoReason | null
}

/** The end of an import. By the ids of events, too, for the clock may have been set back since. */
export interface ImportEnd {
  id: string
  endedAt: Date
  eventsTo: bigint | null
}

/** Which of these nodes undoing an import takes back, and why it leaves the others. In the order of their ids. */
export async function judgeNodes(tx: Db, end: ImportEnd, nodes: string[]): Promise<Judged[]> {
  const judged = await judgeEach(tx, end, nodes)
  const twins = await twinsOf(tx, end.id, idsTaken(judged, 'restored'))
  if (twins.length === 0) return judged
  const others = [...new Set(twins.map(({ other }) => other))]
  const removed = new Set(idsTaken(await judgeEach(tx, end, others), 'deleted'))
  const left = twins.filter(({ other, was, is }) => !removed.has(other) && !differentMakers(was, is))
  const mixed = new Set(left.map(({ nodeId }) => nodeId))
  return judged.map((each) => (mixed.has(each.nodeId) ? { ...each, reason: 'maker' } : each))
}

/** PURE: the nodes that an import made are deleted, the others restored. */
export const idsTaken = (judged: Judged[], as: 'deleted' | 'restored'): string[] =>
  judged
    .filter(({ kind, reason }) => reason === null && (kind === 'created') === (as === 'deleted'))
    .map(({ nodeId }) => nodeId)

const judgeEach = (tx: Db, { id, endedAt, eventsTo }: ImportEnd, nodes: string[]) => {
  const ended = sql`${endedAt}::timestamptz`
  const later = sql`e.id > ${eventsTo}::bigint`
  return tx.$queryRaw<Judged[]>`
    select p.node_id as "nodeId", p.row, p.kind, n.name, case
           when n.id is null then 'gone'
           when exists (select 1 from run r where r.node_id = n.id
                         and (p.kind = 'created' or r.created_at > ${ended} or r.state in ('PENDING', 'RUNNING')))
             or exists (select 1 from event e where e.node_id = n.id and e.kind = 'run.created' and ${later}) then 'run'
           when n.last_seen_at is distinct from p.seen_at
             or exists (select 1 from boot_session s where s.node_id = n.id and (p.kind = 'created' or s.created_at > ${ended}))
             or exists (select 1 from event e where e.node_id = n.id and (${later} or e.last_at > ${ended}) and ${byMachine})
             or exists (select 1 from node_identifier m join event e on e.mac = m.value
                         where m.node_id = n.id and m.kind = 'mac' and (${later} or e.last_at > ${ended})) then 'seen'
           when n.updated_at <> p.updated_at then case when exists (
                select 1 from import_node q join import i on i.id = q.import_id
                 where q.node_id = n.id and q.import_id <> ${id} and i.undone_at is null and i.events_to > ${eventsTo}::bigint)
             then 'imported' else 'changed' end
           when p.was ->> 'profile_id' is not null and not exists (select 1 from profile x where x.id = p.was ->> 'profile_id')
             or p.was ->> 'account_id' is not null and not exists (select 1 from account x where x.id = p.was ->> 'account_id')
             then 'reference'
           when exists (select 1 from node o where o.site_id = n.site_id and o.name = p.was ->> 'name' and o.id <> n.id)
             then 'name' end as reason
      from import_node p left join node n on n.id = p.node_id
     where p.import_id = ${id} and p.node_id = any(${nodes}::text[]) order by p.node_id`
}

/** Other nodes that have a serial of nodes whose maker is to be what it `was`, with the maker that each `is` of. */
const twinsOf = (tx: Db, id: string, nodes: string[]) =>
  tx.$queryRaw<{ nodeId: string; was: string | null; other: string; is: string | null }[]>`
    select p.node_id as "nodeId", p.was ->> 'manufacturer' as was, o.id as other, o.manufacturer as is
      from import_node p join node n on n.id = p.node_id
      join node_identifier i on i.node_id = n.id and i.kind = 'serial' and not p.was -> 'added' ? i.id
      join node_identifier x on x.kind = 'serial' and x.node_id <> n.id
       and split_part(x.value, chr(31), 1) = split_part(i.value, chr(31), 1)
      join node o on o.id = x.node_id
     where p.import_id = ${id} and p.node_id = any(${nodes}::text[])
       and n.manufacturer is distinct from p.was ->> 'manufacturer'`
