import type { Node, NodeDetail } from '@eims/contracts'
import type { Db } from '../database/database.ts'
import type { Identifier } from '../identity/identifiers.ts'

/** What a person says of a node, as the registry has it. */
export type NodeState = Pick<
  Node,
  | 'name'
  | 'manufacturer'
  | 'product'
  | 'profile'
  | 'batch'
  | 'account'
  | 'metadata'
  | 'disk'
  | 'netbootPolicy'
  | 'bootFile'
  | 'secureBoot'
> &
  /** null, too, where nobody asked for it: it may be long */
  Pick<NodeDetail, 'hardware'>

/** `value` is without the maker that may follow a serial there. */
export interface KnownIdentifier extends Identifier {
  id: string
  /** its machine said it, and neither a run nor a person has confirmed it */
  provisional: boolean
}

export interface KnownNode extends NodeState {
  id: string
  registered: boolean
  /** as it is stored; null, too, where nobody asked for it */
  config: string | null
  /** what it refers to: the names of these may change before the node is written */
  ids: Record<keyof NamesTo, string | null>
  /** oldest first */
  identifiers: KnownIdentifier[]
}

/**
 * The nodes that have one of the names or identifiers, and those that have a serial in common with one of these, for two
 * makers may share one. They are taken for the rest of the transaction when that is asked for.
 */
export async function knownNodes(
  tx: Db,
  given: { names: string[]; identifiers: Identifier[]; hardware: boolean; config: boolean },
  take: boolean,
): Promise<KnownNode[]> {
  const kinds = given.identifiers.map(({ kind }) => kind)
  const values = given.identifiers.map(({ value }) => value)
  const found = await tx.$queryRaw<{ id: string }[]>`
    with wanted as (select * from unnest(${kinds}::text[], ${values}::text[]) as wanted (kind, value)),
    hit as (
      select id from node where name = any(${given.names}::text[])
      union select i.node_id from node_identifier i
        join wanted w on i.kind = w.kind and split_part(i.value, chr(31), 1) = w.value)
    select id from hit
    union select o.node_id from hit join node_identifier i on i.node_id = hit.id and i.kind = 'serial'
      join node_identifier o on o.kind = 'serial' and split_part(o.value, chr(31), 1) = split_part(i.value, chr(31), 1)`
  const ids = found.map(({ id }) => id)
  if (take) await tx.$queryRaw`select id from node where id = any(${ids}::text[]) order by id for update`
  return tx.$queryRaw<KnownNode[]>`
    select n.id, n.name, n.registered, n.manufacturer, n.product, p.name as profile, b.name as batch, a.name as account,
           n.metadata, n.disk, case when ${given.hardware} then n.hardware end as hardware,
           case when ${given.config} then n.config end as config, n.netboot_policy as "netbootPolicy", n.boot_file as "bootFile",
           n.secure_boot as "secureBoot",
           json_build_object('profile', n.profile_id, 'batch', n.batch_id, 'account', n.account_id) as ids,
           coalesce((select json_agg(json_build_object('id', i.id, 'kind', i.kind, 'shown', i.shown, 'provisional', i.provisional,
                             'value', split_part(i.value, chr(31), 1)) order by i.id)
                       from node_identifier i where i.node_id = n.id), '[]') as identifiers
      from node n left join profile p on p.id = n.profile_id left join batch b on b.id = n.batch_id
      left join account a on a.id = n.account_id
     where n.id = any(${ids}::text[]) order by n.id`
}

/** What nodes may refer to, by name. */
export type NamesTo = Record<'profile' | 'batch' | 'account', Map<string, string>>

/** Ids by the names that these nodes use, each kept from being removed for the rest of the transaction. */
export async function referredTo(
  tx: Db,
  nodes: { [field in keyof NamesTo]?: string | null | undefined }[],
): Promise<NamesTo> {
  const used = (field: keyof NamesTo) => [...new Set(nodes.flatMap((node) => node[field] ?? []))]
  const rows = await Promise.all([
    tx.$queryRaw<{ id: string; name: string }[]>`
      select id, name from profile where name = any(${used('profile')}::text[]) order by id for key share`,
    tx.$queryRaw<{ id: string; name: string }[]>`
      select id, name from batch where name = any(${used('batch')}::text[]) order by id for key share`,
    tx.$queryRaw<{ id: string; name: string }[]>`
      select id, name from account where name = any(${used('account')}::text[]) order by id for key share`,
  ])
  const [profile, batch, account] = rows.map((found) => new Map(found.map(({ id, name }) => [name, id])))
  return { profile: profile!, batch: batch!, account: account! }
}
