import { type ImportCounts, messageOf } from '@eims/contracts'
import type { PoolClient } from 'pg'
import { columnsBefore, keepBefore, noteDone } from './before.ts'
import { crossed } from './lock.ts'
import { importDone } from './told.ts'

/** Rows without a name are called after their first identifier; where that is taken, with a number behind it. */
const names = `
  update import_row r set name = r.fallback
    from (select row, row_number() over (partition by fallback order by row) as nth
            from import_row where action = 'create' and name is null) c
   where c.row = r.row and c.nth = 1
     and not exists (select 1 from node n where n.name = r.fallback)
     and not exists (select 1 from import_row o where o.name = r.fallback)`

/** 63 characters is the longest label (RFC 1123); 55 leave room for a number of seven digits. */
const numberedNames = `
  with in_use as (select name from node union all select name from import_row where name is not null),
  highest as (
    select regexp_replace(name, '-[0-9]{1,7}$', '') as stem, max(substring(name from '-([0-9]{1,7})$')::int) as top
      from in_use group by 1),
  left_over as (
    select row, stem, row_number() over (partition by stem order by row) as nth
      from (select row, rtrim(left(fallback, 55), '-') as stem from import_row where action = 'create' and name is null) s)
  update import_row r set name = l.stem || '-' || (greatest(h.top, 1) + l.nth)
    from left_over l left join highest h using (stem) where l.row = r.row`

const newNodes = `
  insert into node (id, site_id, batch_id, name, manufacturer, product, registered, profile_id, account_id, disk, metadata,
                    state, desired_state, status, status_indicator)
  select id, $1, batch_id, name, nullif(manufacturer, ''), nullif(product, ''), true, profile_id, account_id, disk,
         coalesce(metadata, '{}'), 'REGISTERED', 'ONBOARDED', '{"code": "registered", "slots": {}}', 'IDLE'
    from import_row where action = 'create' order by row;`

const referencesAndRest = `
         batch_id = coalesce(r.batch_id, n.batch_id), profile_id = coalesce(r.profile_id, n.profile_id),
         account_id = coalesce(r.account_id, n.account_id), disk = coalesce(r.disk, n.disk),
         metadata = n.metadata || coalesce(r.metadata, '{}'), updated_at = clock_timestamp()`

const changedNodes = `
  update node n set name = coalesce(r.name, n.name),
         manufacturer = case when 'manufacturer' = any(d.fields) then r.manufacturer else n.manufacturer end,
         product = case when 'product' = any(d.fields) then r.product else n.product end,
         ${referencesAndRest}
    from import_row r join import_difference d on d.row = r.row where r.action = 'update' and n.id = r.node_id`

const takenOverNodes = `
  update node n set name = coalesce(r.name, n.name), registered = true,
         manufacturer = coalesce(n.manufacturer, r.manufacturer), product = coalesce(n.product, r.product),
         ${referencesAndRest}
    from import_row r where r.action = 'take-over' and n.id = r.node_id and not n.registered`

/** What an import can change of the node `n`, in the words of the contracts. */
const stateOf = `
  jsonb_build_object(
    'name', n.name, 'manufacturer', n.manufacturer, 'product', n.product, 'disk', n.disk, 'metadata', n.metadata,
    'profile', (select name from profile where id = n.profile_id), 'batch', (select name from batch where id = n.batch_id),
    'account', (select name from account where id = n.account_id))`

const nodesBefore = `
  create temp table import_before on commit drop as
  select r.row, n.id as node_id, ${stateOf} as state, ${columnsBefore} as columns
    from import_row r join node n on n.id = r.node_id where r.action in ('update', 'take-over');
  create index on import_before (row);
  analyze import_before`

/** Identifiers are only ever added. */
const changes = `
  create temp table import_after on commit drop as
  select b.row, n.id as node_id, b.state as before, ${stateOf} as state
    from import_before b join node n on n.id = b.node_id;
  create temp table import_change on commit drop as
  select b.row,
         coalesce(jsonb_object_agg(o.key, o.value) filter (where o.key is not null), '{}') as was,
         coalesce(jsonb_object_agg(o.key, b.state -> o.key) filter (where o.key is not null), '{}') ||
           coalesce((select jsonb_build_object('identifiers', jsonb_agg(f.kind || ' ' || f.shown order by f.id))
                       from import_fresh f where f.node_id = b.node_id having count(*) > 0), '{}') as patch
    from import_after b left join jsonb_each(b.before) o on o.value is distinct from b.state -> o.key
   group by b.row, b.node_id;
  create index on import_change (row);
  analyze import_change`

/**
 * What goes into node_identifier: read before anything is written there, for a scan of a table that grows under it
 * never ends. The second of two makers that give the same serial has its own name behind it, as in insertIdentifiers;
 * one that came up since the judging, without another maker, has none, so that the unique index tells.
 */
const freshIdentifiers = `
  create temp table import_fresh on commit drop as
  select r.id || '-' || lpad(i.ord::text, 2, '0') as id, coalesce(r.node_id, r.id) as node_id, i.kind,
         case when i.kind = 'serial' and (i.anyone < i.row or exists (
                select 1 from node_identifier o join node other on other.id = o.node_id join import_maker om on om.manufacturer = other.manufacturer
                 where o.kind = 'serial' and split_part(o.value, chr(31), 1) = i.value and om.maker <> coalesce(i.maker, m.maker)))
           then i.value || chr(31) || coalesce(i.maker, m.maker, '') else i.value end as value,
         i.shown
    from (select i.*, min(i.row) over (partition by i.kind, i.value) as anyone
            from import_identifier i join import_row r using (row)
           where r.action in ('create', 'take-over', 'update')) i
    join import_row r using (row) left join node n on n.id = r.node_id left join import_maker m on m.manufacturer = n.manufacturer
    left join node_identifier o on o.node_id = r.node_id and o.kind = i.kind and split_part(o.value, chr(31), 1) = i.value
   where o.id is null
   order by i.row, i.ord;
  create index on import_fresh (node_id);
  analyze import_fresh`

const identifiers = `
  insert into node_identifier (id, node_id, kind, value, shown) select id, node_id, kind, value, shown from import_fresh`

/** What a person says, too, is provisional no more. */
const confirmed = `
  create temp table import_confirmed on commit drop as
  select o.id, o.node_id from import_identifier i join import_row r using (row) join node_identifier o on o.node_id = r.node_id
   where r.action in ('update', 'take-over', 'unchanged') and o.provisional
     and o.kind = i.kind and split_part(o.value, chr(31), 1) = i.value;
  update node_identifier o set provisional = false from import_confirmed c where o.id = c.id`

const events = `
  insert into event (kind, at, last_at, node_id, message, data)
  select case r.action when 'update' then 'node.changed' else 'node.registered' end, t.now, t.now, coalesce(r.node_id, r.id),
         format(case r.action when 'create' then $3 when 'take-over' then $4 else $5 end, called.name, $1::text, w.words),
         jsonb_build_object('import', $2::text, 'row', r.row, 'by', $1::text)
           || case r.action when 'update' then '{"how": "import"}'
                else jsonb_build_object('how', case r.action when 'create' then 'created' else 'taken-over' end,
                                        'name', called.name, 'identifiers', w.told) end
           || case when c.row is null then '{}' else jsonb_build_object('was', c.was, 'patch', c.patch) end
    from import_row r cross join (select clock_timestamp() as now) t left join node n on n.id = r.node_id
    left join import_change c on c.row = r.row
    cross join lateral (select case r.action when 'create' then r.name else n.name end as name) called
    join (select row, string_agg(kind || ' ' || shown, ', ' order by ord) as words,
                 jsonb_agg(jsonb_build_object('kind', kind, 'value', shown) order by ord) as told from import_identifier group by row) w on w.row = r.row
   where r.action in ('create', 'take-over', 'update') order by r.row`

/** The messages of these events, as PostgreSQL's format() fills them: with a name, who did it, and identifiers. */
const formats = (['created', 'taken-over', 'import'] as const).map((how) =>
  messageOf({
    kind: how === 'import' ? 'node.changed' : 'node.registered',
    data: { how, name: '%1$s', by: '%2$s', identifiers: '%3$s' },
  }),
)

interface Merge {
  siteId: string
  actor: string
  /** id of the import: the audit entry's subject, and what its events name */
  subject: string
  newBatches: { id: string; name: string }[]
  /** machines that come new, those taken over included, and such that are changed */
  created: number
  updated: number
  counts: ImportCounts
  /** what the audit log keeps of it */
  note: object
  /** the audit entry's name of its subject */
  fileName: string | null
  /** hears what share of it is done */
  onStep: (fraction: number) => void
}

/** Writes all rows that have an action, with their identifiers and events; one entry in the audit log and in the history, one event of the whole. */
export async function mergeRows(client: PoolClient, merge: Merge): Promise<void> {
  const { siteId, actor, subject, fileName, newBatches, note, onStep } = merge
  await client.query(
    'insert into batch (id, site_id, name) select id, $1, name from unnest($2::text[], $3::text[]) as b (id, name)',
    [siteId, newBatches.map((batch) => batch.id), newBatches.map((batch) => batch.name)],
  )
  await client.query(freshIdentifiers)
  await client.query(names)
  const { rowCount } = await client.query(`select 1 from import_row where action = 'create' and name is null limit 1`)
  if (rowCount) await client.query(numberedNames)
  onStep(0.15)
  await client.query(newNodes, [siteId])
  onStep(0.35)
  await client.query(nodesBefore)
  const { rowCount: changed } = await client.query(changedNodes)
  const { rowCount: takenOver } = await client.query(takenOverNodes)
  const { rows: wanted } = await client.query<{ nodes: number }>('select count(*)::int as nodes from import_before')
  if ((changed ?? 0) + (takenOver ?? 0) !== wanted[0]?.nodes) throw crossed()
  onStep(0.4)
  await client.query(identifiers)
  await client.query(confirmed)
  onStep(0.85)
  await client.query(changes)
  await client.query(events, [actor, subject, ...formats])
  await client.query(
    `insert into audit (actor, action, subject, subject_name, after) values ($1, 'node.import', $2, $3, $4)`,
    [actor, subject, fileName, JSON.stringify({ ...note, newBatches: newBatches.map((batch) => batch.name) })],
  )
  await keepBefore(client, subject)
  await noteDone(client, merge)
  const { message, data } = importDone(merge)
  await client.query(
    `insert into event (kind, at, last_at, message, data)
     select 'import.done', t.now, t.now, $1, $2 from (select clock_timestamp() as now) t`,
    [message, JSON.stringify(data)],
  )
}
