import type { PoolClient } from 'pg'

export type OnExisting = 'skip' | 'update' | 'fail'

/**
 * What a row says that its node does not have yet. The serial, UUID and MACs of a row are added to the node's; keys of
 * its metadata likewise. What a machine has said of itself (maker, product) goes before the file.
 */
export const differenceRows = `
  select r.row, n.registered, array_remove(array[
           case when r.name <> n.name then 'name' end,
           case when r.profile_id is distinct from n.profile_id and r.profile_id is not null then 'profile' end,
           case when r.batch_id is distinct from n.batch_id and r.batch_id is not null then 'batch' end,
           case when r.account_id is distinct from n.account_id and r.account_id is not null then 'account' end,
           case when r.disk is distinct from n.disk and r.disk is not null then 'disk' end,
           case when not n.metadata @> r.metadata then 'metadata' end,
           case when n.last_seen_at is null and r.maker is not null and r.maker is distinct from m.maker then 'manufacturer' end,
           case when n.last_seen_at is null and r.product is distinct from n.product and r.product is not null then 'product' end,
           case when exists (
             select 1 from import_identifier i where i.row = r.row and not exists (
               select 1 from node_identifier o
                where o.node_id = n.id and o.kind = i.kind and split_part(o.value, chr(31), 1) = i.value)) then 'identifiers' end
         ], null) as fields
    from import_row r join node n on n.id = r.node_id left join import_maker m on m.manufacturer = n.manufacturer
   where not exists (select 1 from import_problem p where p.row = r.row)`

const differences = `
  create temp table import_difference on commit drop as ${differenceRows};
  create index on import_difference (row);
  analyze import_difference`

const refuseExisting = `
  insert into import_problem (row, "column", value, code, message)
  select r.row, '', n.name, 'already-registered', format(
           'is registered as node %s, with another %s; import with on-existing update to change it, or skip to leave it', n.name,
           array_to_string(d.fields, ', '))
    from import_difference d join import_row r using (row) join node n on n.id = r.node_id
   where d.registered and d.fields <> '{}'`

/** Decides for every row without a problem: create, take-over, update, skip or unchanged. */
const decide = `
  update import_row r set action = case
      when r.node_id is null then 'create'
      when not d.registered then 'take-over'
      when d.fields = '{}' then 'unchanged'
      else $1 end
    from import_row s left join import_difference d on d.row = s.row
   where s.row = r.row and not exists (select 1 from import_problem p where p.row = r.row)`

/** Makes up its mind about every row; in `fail`, another difference from the registry is a problem more. */
export async function decideActions(client: PoolClient, onExisting: OnExisting): Promise<void> {
  await client.query(differences)
  if (onExisting === 'fail') await client.query(refuseExisting)
  await client.query(decide, [onExisting])
  await client.query('analyze import_row')
}
