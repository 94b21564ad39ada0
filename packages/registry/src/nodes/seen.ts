import { Prisma } from '../generated/client.ts'

/**
 * Of the row `n`: something was heard of the machine. Its agent came, or its firmware was answered, or asked by one of its
 * MACs.
 */
export const isSeen = Prisma.sql`(
  n.last_seen_at is not null
  or exists (select 1 from event e where e.node_id = n.id and e.kind = 'boot.decision')
  or exists (select 1 from node_identifier m join event e on e.mac = m.value where m.node_id = n.id and m.kind = 'mac'))`
