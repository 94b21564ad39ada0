import type { Db } from './database.ts'
import { Prisma } from './generated/client.ts'

/** Takes one row for the rest of the transaction: whoever would change it waits. */
export async function lockRow(
  tx: Db,
  table: 'site' | 'image' | 'profile' | 'batch' | 'account' | 'node' | 'credential',
  id: string,
): Promise<void> {
  await tx.$queryRaw`select 1 from ${Prisma.raw(table)} where id = ${id} for update`
}
