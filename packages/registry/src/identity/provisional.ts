import type { MachineIdentity } from '@eims/contracts'
import { Prisma } from '../generated/client.ts'
import { rowsOfIdentity } from './identifiers.ts'
import { normaliseIdentity } from './identity.ts'

/** A machine whose run ended well is its node: what it said then counts from now on as if a person had registered it. */
export interface Confirmed {
  nodeId: string
  said: MachineIdentity
}

/** The statement by which identifiers that were confirmed are provisional no more. */
export function confirmSql({ nodeId, said }: Confirmed): Prisma.Sql {
  const rows = rowsOfIdentity(normaliseIdentity(said))
  return Prisma.sql`
    update node_identifier i set provisional = false
      from unnest(${rows.map(({ kind }) => kind)}::text[], ${rows.map(({ value }) => value)}::text[]) as said (kind, value)
     where i.node_id = ${nodeId} and i.provisional and i.kind = said.kind and split_part(i.value, chr(31), 1) = said.value`
}
