import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { normaliseManufacturer } from '../identity/identity.ts'
import { type ImportRow, stagedDocument } from './import-row.ts'

/** So much text goes to the database at once. */
const CHUNK = 64 * 1024

const tables = `
  create temp table import_doc (row int, doc jsonb) on commit drop;
  create temp table import_row (
    row int primary key, id text, name text, fallback text, manufacturer text, maker text, product text,
    profile_id text, batch_id text, account_id text, disk jsonb, metadata jsonb, secure boolean,
    node_id text, action text) on commit drop;
  create temp table import_identifier (
    row int, ord int, kind text, value text, shown text, "column" text, maker text) on commit drop;
  create temp table import_problem (
    row int, ord int generated always as identity, "column" text, value text, code text, message text) on commit drop;
  create temp table import_warning (
    row int, ord int generated always as identity, "column" text, value text, code text, message text) on commit drop;
  create temp table import_maker (manufacturer text primary key, maker text) on commit drop`

/** @param key of the row's document; each goes into the table of its name */
const spreadFindings = (key: 'problem' | 'warning') => `
  insert into import_${key} (row, "column", value, code, message)
  select import_doc.row, p."column", p.value, p.code, p.message
    from import_doc, jsonb_to_recordset(import_doc.doc->'${key}s') as p ("column" text, value text, code text, message text)
   where import_doc.doc->'${key}s' <> '[]';`

const spread = `
  insert into import_row (row, id, name, fallback, manufacturer, maker, product, profile_id, batch_id, account_id, disk, metadata, secure)
  select import_doc.row, r.id, r.name, r.fallback, r.manufacturer, r.maker, r.product, r.profile_id, r.batch_id, r.account_id,
         nullif(r.disk, 'null'), nullif(r.metadata, 'null'), r.secure
    from import_doc, jsonb_to_record(doc) as r (id text, name text, fallback text, manufacturer text, maker text,
         product text, profile_id text, batch_id text, account_id text, disk jsonb, metadata jsonb, secure boolean);
  insert into import_identifier (row, ord, kind, value, shown, "column", maker)
  select import_doc.row, i.ordinality, i.doc->>'kind', i.doc->>'value', i.doc->>'shown', i.doc->>'column',
         case when i.doc->>'kind' = 'serial' then import_doc.doc->>'maker' end
    from import_doc, jsonb_array_elements(import_doc.doc->'identifiers') with ordinality as i (doc, ordinality);
  ${spreadFindings('problem')}
  ${spreadFindings('warning')}
  drop table import_doc;
  create index on import_identifier (kind, value);
  create index on import_identifier (row);
  analyze import_row; analyze import_identifier`

/**
 * Puts rows into tables of the transaction's own: COPY, so that they need to be in memory at no time, then one
 * statement a table. `import_row`, `import_identifier`, `import_problem`, `import_warning`, `import_maker`.
 */
export async function stageRows(client: PoolClient, rows: AsyncIterable<ImportRow>): Promise<void> {
  await client.query(tables)
  await pipeline(Readable.from(chunks(rows)), client.query(copyFrom('copy import_doc (row, doc) from stdin')))
  await client.query(spread)
  const { rows: makers } = await client.query<{ manufacturer: string }>(
    'select distinct manufacturer from node where manufacturer is not null',
  )
  const pairs = makers.map(({ manufacturer }) => [manufacturer, normaliseManufacturer(manufacturer) ?? null])
  await client.query('insert into import_maker select * from unnest($1::text[], $2::text[])', [
    pairs.map(([name]) => name),
    pairs.map(([, maker]) => maker),
  ])
}

/** The row's number stands beside it, for a long document is unpacked at every look into it. Text form of COPY: JSON has no raw tab or line break, so only its backslashes need another. */
async function* chunks(rows: AsyncIterable<ImportRow>): AsyncGenerator<string> {
  let text = ''
  for await (const row of rows) {
    text += `${row.row}\t${stagedDocument(row).replaceAll('\\', '\\\\')}\n`
    if (text.length < CHUNK) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
