import type { PoolClient } from 'pg'
import { asCompared } from '../identity/shared.ts'

/*
 * Each statement judges all rows of an import at once. The rules are those of matchIdentity and createNode, which judge
 * one machine: import.test.ts holds them together.
 */

const shared = `
  insert into import_problem (row, "column", value, code, message)
  select row, "column", shown, 'placeholder', 'is on the site''s list of shared identifiers; it cannot identify one machine'
    from import_identifier where kind <> 'mac' and value = any ($1::text[]) order by row, ord`

/**
 * The earliest row of the file that has the same identifier. Two makers may give the same serial, so of a serial only
 * the rows count whose maker is the same or unknown.
 */
const duplicateIdentifiers = `
  insert into import_problem (row, "column", value, code, message)
  select row, "column", shown, 'duplicate-in-file', format('stands in row %s of this file, too', first)
    from (select *, least(case when same < row then same end, case when open < row then open end,
                          case when maker is null and anyone < row then anyone end) as first
            from (select *, min(row) over (partition by kind, value) as anyone,
                         min(row) filter (where maker is null) over (partition by kind, value) as open,
                         min(row) over (partition by kind, value, maker) as same
                    from import_identifier) i) i
   where first is not null order by row, ord`

const duplicateNames = `
  insert into import_problem (row, "column", value, code, message)
  select row, $1, name, 'duplicate-in-file', format('stands in row %s of this file, too', first)
    from (select *, min(row) over (partition by name) as first from import_row where name is not null) r
   where first < row`

/** PURE: which identifier of which row is which node's, as a query. @param which a condition more on `i` */
export const hitRows = (which = 'true') => `
  select distinct i.row, i.kind, o.node_id
    from import_identifier i
    join node_identifier o on o.kind = i.kind and split_part(o.value, chr(31), 1) = i.value
    join node n on n.id = o.node_id
    left join import_maker m on m.manufacturer = n.manufacturer
   where (i.kind <> 'serial' or i.maker is null or m.maker is null or i.maker = m.maker) and ${which}`

const hits = `
  create temp table import_hit on commit drop as ${hitRows()};
  create index on import_hit (row);
  analyze import_hit;
  update import_row r set node_id = h.node_id
    from (select row, min(node_id) as node_id from import_hit group by row having count(distinct node_id) = 1) h
   where h.row = r.row;
  analyze import_row`

const word = (kind: string) => `case ${kind} when 'mac' then 'MAC' when 'uuid' then 'UUID' else 'serial' end`

const severalNodes = `
  insert into import_problem (row, "column", value, code, message)
  select h.row, (array_agg(i."column" order by i.ord))[1], (array_agg(i.shown order by i.ord))[1], 'identity-conflict',
         'its identifiers are of different nodes: ' || string_agg(distinct format('the %s is %s''s', ${word('h.kind')}, n.name), ', ')
    from import_hit h join node n on n.id = h.node_id join import_identifier i on i.row = h.row and i.kind = h.kind
   group by h.row having count(distinct h.node_id) > 1`

/** Whether a row's identifier `i` is one of its node's, whoever made them. */
const ofItsNode = `
  select 1 from node_identifier o where o.node_id = r.node_id and o.kind = i.kind and split_part(o.value, chr(31), 1) = i.value`

const contradictions = `
  with other as materialized (
    select r.row, r.node_id, i.kind, i."column", i.shown
      from import_row r join import_identifier i on i.row = r.row and i.kind in ('serial', 'uuid')
      left join import_hit h on h.row = r.row and h.kind = i.kind
     where r.node_id is not null and h.row is null
       and not exists (${ofItsNode}))
  insert into import_problem (row, "column", value, code, message)
  select r.row, r."column", r.shown, 'identity-conflict',
         format('contradicts the registry: node %s, which the rest of the row names, has the %s %s', n.name, ${word('r.kind')}, o.shown)
    from other r join node n on n.id = r.node_id
    join lateral (select shown from node_identifier o where o.node_id = n.id and o.kind = r.kind order by o.id limit 1) o on true;
  insert into import_problem (row, "column", value, code, message)
  select r.row, '', r.manufacturer, 'identity-conflict', format('contradicts the registry: node %s is made by %s', n.name, n.manufacturer)
    from import_row r join node n on n.id = r.node_id join import_maker m on m.manufacturer = n.manufacturer
   where r.maker <> m.maker and exists (select 1 from node_identifier o where o.node_id = n.id and o.kind = 'serial')
     and not exists (select 1 from import_identifier i where i.row = r.row and i.kind = 'serial' and not exists (
           ${ofItsNode}))`

const sameNode = `
  insert into import_problem (row, "column", value, code, message)
  select row, '', '', 'duplicate-in-file', format('is the same machine as row %s of this file: the registry knows both as node %s', first, name)
    from (select r.row, n.name, min(r.row) over (partition by r.node_id) as first
            from import_row r join node n on n.id = r.node_id
           where not exists (select 1 from import_problem p where p.row = r.row and p.code in ('duplicate-in-file', 'identity-conflict'))) r
   where first < row`

const takenNames = `
  insert into import_problem (row, "column", value, code, message)
  select r.row, $1, r.name, 'name-taken', format('is the name of another node, which has the %s', coalesce(
           (select ${word('i.kind')} || ' ' || i.shown from node_identifier i where i.node_id = n.id
             order by array_position(array['serial', 'uuid', 'mac'], i.kind), i.id limit 1), 'id ' || n.id))
    from import_row r join node n on n.name = r.name where n.id is distinct from r.node_id`

const insecure = `
  insert into import_problem (row, "column", value, code, message)
  select r.row, $1, 'true', 'not-secure', case when p.id is null then 'needs a profile with secure boot and full disk encryption, and the row has none'
           else format('needs a profile with secure boot and full disk encryption, which %s has not', p.name) end
    from import_row r cross join site s left join node n on n.id = r.node_id
    left join profile p on p.id = coalesce(r.profile_id, n.profile_id, s.default_profile_id)
   where r.secure and p.security_feature is distinct from 'secure-boot-and-full-disk-encryption'
     and not exists (select 1 from import_problem q where q.row = r.row and q.code = 'unknown-profile')`

/** What a file calls the columns that these rules name. */
export interface ColumnNames {
  name: string
  secure: string
}

/**
 * Finds what is wrong among the rows, and between rows and registry; which node each row is, stands in import_row then.
 * @param onStep hears what share of it is done
 */
export async function checkRows(
  client: PoolClient,
  columns: ColumnNames,
  onStep: (fraction: number) => void,
): Promise<void> {
  const { rows: sites } = await client.query<{ shared: string[] }>(
    'select shared_identifiers as shared from site limit 1',
  )
  const steps: [string, unknown[]?][] = [
    [shared, [(sites[0]?.shared ?? []).flatMap(asCompared)]],
    [duplicateIdentifiers],
    [duplicateNames, [columns.name]],
    [hits],
    [severalNodes],
    [contradictions],
    [sameNode],
    [takenNames, [columns.name]],
    [insecure, [columns.secure]],
    ['create index on import_problem (row); analyze import_problem'],
  ]
  for (const [index, [sql, values]] of steps.entries()) {
    await client.query(sql, values)
    onStep((index + 1) / steps.length)
  }
}
