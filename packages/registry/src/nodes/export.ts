import type { DiskRule, Installed } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { asksFor, filterWhere } from '../filter/where.ts'
import { Prisma } from '../generated/client.ts'
import { installed } from './node-row.ts'
import { fieldsFor, type WaitingReader } from './waiting.ts'

const PAGE = 2000

/** What an export says of a node: all that an import takes, and what is installed. Of several serials or UUIDs it is the first, as elsewhere. */
export interface ExportNode {
  id: string
  name: string
  serial: string | null
  uuid: string | null
  macs: string[]
  profile: string | null
  secure: boolean
  account: string | null
  metadata: Record<string, string>
  batch: string | null
  manufacturer: string | null
  product: string | null
  disk: DiskRule | null
  installed: Installed | null
}

/**
 * Nodes for an export, oldest first, page by page, so that no number of them needs more memory.
 * @param select.registered left out: only those that a person registered
 * @throws ProblemError invalid-input for a filter that cannot be read, at the first page
 */
export async function* exportNodes(
  db: Db,
  select: { batch?: string | undefined; filter?: string | undefined },
  waitingOf?: WaitingReader,
): AsyncGenerator<ExportNode[]> {
  const { batch, filter = '' } = select
  const chosen = Prisma.join(
    [
      filterWhere(filter, await fieldsFor(db, filter, waitingOf)),
      ...(batch === undefined
        ? []
        : [Prisma.sql`n.batch_id = (select b.id from batch b where b.name = ${batch} or b.id = ${batch} limit 1)`]),
      ...(asksFor(filter, 'registered') ? [] : [Prisma.sql`n.registered`]),
    ],
    ' and ',
  )
  for (let after = ''; ; ) {
    const page = await db.$queryRaw<ExportNode[]>`
      select n.id, n.name, p.name as profile, coalesce(p.security_feature <> 'none', false) as secure, a.name as account,
             n.metadata, b.name as batch, n.manufacturer, n.product, n.disk, ${installed} as installed,
             (array_agg(i.shown order by i.id) filter (where i.kind = 'serial'))[1] as serial,
             (array_agg(i.shown order by i.id) filter (where i.kind = 'uuid'))[1] as uuid,
             coalesce(array_agg(i.shown order by i.id) filter (where i.kind = 'mac'), '{}') as macs
        from (select * from node n where n.id > ${after} and ${chosen} order by n.id limit ${PAGE}::bigint) n
        left join node_identifier i on i.node_id = n.id left join profile p on p.id = n.profile_id
        left join account a on a.id = n.account_id left join batch b on b.id = n.batch_id
       group by n.id, n.name, p.name, p.security_feature, a.name, n.metadata, b.name, n.manufacturer, n.product, n.disk
       order by n.id`
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    after = page.at(-1)!.id
  }
}
