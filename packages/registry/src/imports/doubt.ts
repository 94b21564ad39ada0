import type { PoolClient } from 'pg'

/*
 * Doubts that no row gives by itself. A maker gives the serials of a model one length, so those of other lengths were
 * mistyped or cut; lists without maker and model are judged as one.
 */

/** How many serials of the same maker and model have each length. `digits`: of nothing else. */
const lengths = `
  create temp table import_serial on commit drop as
  select i.row, i.ord, i."column", i.shown, length(i.value) as length, i.value ~ '^[0-9]+$' as digits,
         coalesce(r.maker, '') as maker, coalesce(r.product, '') as product
    from import_identifier i join import_row r using (row) where i.kind = 'serial';
  create index on import_warning (row);
  analyze import_serial`

/** A spreadsheet takes 00123 for the number 123. Short numbers are what people count by: 9 stands before 10. */
const LEAST_DIGITS = 5
const lostZeros = `
  insert into import_warning (row, "column", value, code, message)
  select s.row, s."column", s.shown, 'lost-zeros', format(
           'has fewer than the %s digits of most serials in this file; a spreadsheet takes zeros at the front away: format the column as text before you paste', n.length)
    from import_serial s
    join (select maker, product, length, count(*) as rows, sum(count(*)) over (partition by maker, product) as all
            from import_serial where digits group by maker, product, length) n using (maker, product)
   where s.digits and n.length >= ${LEAST_DIGITS} and n.rows >= 5 and n.rows * 2 > n.all and s.length < n.length
   order by s.row`

/** One in ten, then one in twenty: more than that are no exceptions. */
const unequalLengths = `
  insert into import_warning (row, "column", value, code, message)
  select s.row, s."column", s.shown, 'unequal-lengths', format(
           'is %s than the %s characters of nearly all serials of its model in this file; compare it with the label',
           case when s.length < n.length then 'shorter' else 'longer' end, n.length)
    from import_serial s
    join (select maker, product, length, count(*) as rows, sum(count(*)) over (partition by maker, product) as all
            from import_serial group by maker, product, length) n using (maker, product)
   where n.rows >= 9 and n.all - n.rows <= greatest(1, n.all / 20) and s.length <> n.length
     and not exists (select 1 from import_warning w where w.row = s.row)
   order by s.row`

/** What a machine has said of itself is no slip of a person, however odd it looks. */
const heard = `
  delete from import_warning w using import_identifier i, import_hit h, node n
   where i.row = w.row and i.kind = 'serial' and i."column" = w."column" and h.row = w.row and h.kind = 'serial'
     and n.id = h.node_id and n.last_seen_at is not null`

/** The error file tells them with the problems, and a row that has one gets no action. */
const asProblems = `
  insert into import_problem (row, "column", value, code, message)
  select row, "column", value, code, message from import_warning order by row, ord;
  delete from import_warning`

/**
 * Adds what is doubtful about whole columns to import_warning. After checkRows, before decideActions.
 * @param strict whether all warnings become problems
 */
export async function doubtRows(client: PoolClient, strict: boolean): Promise<void> {
  await client.query(lengths)
  await client.query(lostZeros)
  await client.query(unequalLengths)
  await client.query(heard)
  if (strict) await client.query(asProblems)
}
