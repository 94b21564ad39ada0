import { Prisma } from '../generated/client.ts'
import type { Db } from './database.ts'

/** Name of the advisory lock that holders of a node share and that whoever moves instants holds alone. */
export const CLOCK_LOCK = 'eims clock'

/**
 * Takes one row for the rest of the transaction: whoever would change or remove it waits. What only refers to it does
 * not: an import of many nodes holds up no change of the site.
 * @returns false when there is no such row
 */
export async function lockRow(
  tx: Db,
  table:
    | 'site'
    | 'image'
    | 'profile'
    | 'workflow'
    | 'addon'
    | 'batch'
    | 'account'
    | 'secret'
    | 'node'
    | 'credential'
    | 'webhook',
  id: string,
): Promise<boolean> {
  // A node as lockNode takes it: whoever raised one lock to the other would wait for somebody who waits in turn.
  const strength = table === 'node' ? 'update' : 'no key update'
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from ${Prisma.raw(table)} where id = ${id} for ${Prisma.raw(strength)}`
  return rows.length > 0
}

/**
 * Keeps a row that is about to be referred to by its name: nobody removes or renames it before the transaction ends.
 * @param row as it was found
 * @returns false when it is no more, or called otherwise by now
 */
export async function keepRow(
  tx: Db,
  table: 'image' | 'profile' | 'workflow' | 'addon' | 'batch' | 'account',
  { id, name }: { id: string; name: string },
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from ${Prisma.raw(table)} where id = ${id} and name = ${name} for key share`
  return rows.length > 0
}
