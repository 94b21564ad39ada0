import { type ImportFinding, type ImportPreview, MOST_PROBLEMS, MOST_ROWS_NAMED } from '@eims/contracts'
import type { PoolClient } from 'pg'

/** A thousand rows with one mistake are one line for a person. Sorted and grouped by the database, which has a disk for it. */
const grouped = (table: string) => `
  select min(row) as row, "column", max(value) filter (where nth = 1) as value, code, message, count(*)::int as count,
         array_agg(distinct row order by row) filter (where nth_row <= ${MOST_ROWS_NAMED}) as rows
    from (select *, row_number() over (partition by "column", code, message order by row, ord) as nth,
                 dense_rank() over (partition by "column", code, message order by row) as nth_row from ${table}) f
   group by "column", code, message order by 1, min(ord) filter (where nth = 1) limit ${MOST_PROBLEMS}`

/** @returns how many stand in the table, and the first of them, equal ones as one, in the order of rows */
export async function findingsIn(
  client: PoolClient,
  table: 'import_problem' | 'import_warning',
): Promise<{ first: ImportFinding[]; total: number }> {
  const { rows: first } = await client.query<ImportFinding>(grouped(table))
  const { rows: totals } = await client.query<{ total: number }>(`select count(*)::int as total from ${table}`)
  return { first, total: totals[0]?.total ?? 0 }
}

/** @returns the first of all problems and warnings, each by itself, in the order of rows */
export async function firstFindings(client: PoolClient, most: number): Promise<ImportPreview['findings']> {
  const { rows } = await client.query<ImportPreview['findings'][number]>(
    `select row, "column", value, code, message, is_warning as "isWarning"
       from (select row, "column", value, code, message, ord, false as is_warning from import_problem
              union all select row, "column", value, code, message, ord, true from import_warning) f
      order by row, is_warning, ord limit $1`,
    [most],
  )
  return rows
}
