import { isPlaceholderSerial } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import { type Identifier, lockKeys, plainValue } from '../identity/identifiers.ts'
import { normaliseSerial } from '../identity/identity.ts'

/** A serial on record, and whether another row has it too: that of another maker. */
interface SerialRow {
  id: string
  nodeId: string
  value: string
  shown: string
  shared: boolean
}

const keyOf = (row: SerialRow) =>
  lockKeys([{ kind: 'serial', value: plainValue(row), shown: row.shown } satisfies Identifier])[0]!

const serialsOf = (tx: Db, ids: string[]) => tx.$queryRaw<SerialRow[]>`
  select i.id, i.node_id as "nodeId", i.value, i.shown,
         exists (select from node_identifier o
                  where o.kind = 'serial' and split_part(o.value, chr(31), 1) = split_part(i.value, chr(31), 1)
                    and o.id <> i.id) as shared
    from node_identifier i where i.kind = 'serial' and i.node_id = any(${ids}::text[])`

/**
 * Locks the serials of nodes as lockIdentifiers does, before the nodes themselves are locked, but waits for nobody.
 * @returns the numbers of the locks that it got
 */
export async function lockSerials(tx: Db, ids: string[]): Promise<ReadonlySet<string>> {
  const keys = [...new Set((await serialsOf(tx, ids)).map(keyOf))]
  const rows = await tx.$queryRaw<{ key: string }[]>`
    select key from unnest(${keys}::text[]) as key where pg_try_advisory_xact_lock(key::bigint)`
  return new Set(rows.map(({ key }) => key))
}

/**
 * Of nodes that are locked, those that another maker makes no other node of: nobody else has a serial of theirs. Whether
 * the rest may have it is patchNode's to say.
 * @param locked what lockSerials said
 */
export async function soleSerials(tx: Db, ids: string[], locked: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const doubtful = (await serialsOf(tx, ids)).filter(
    (row) =>
      row.shared ||
      !locked.has(keyOf(row)) ||
      isPlaceholderSerial(row.shown) ||
      normaliseSerial(row.shown) !== plainValue(row),
  )
  const left = new Set(doubtful.map(({ nodeId }) => nodeId))
  return new Set(ids.filter((id) => !left.has(id)))
}

/** What patchNode leaves of such a serial as a person gives its maker: one without a maker behind it, and confirmed. */
export async function confirmSerials(tx: Db, ids: string[]): Promise<void> {
  await tx.$executeRaw`
    update node_identifier set value = split_part(value, chr(31), 1), provisional = false
     where kind = 'serial' and node_id = any(${ids}::text[])
       and (provisional or value <> split_part(value, chr(31), 1))`
}
