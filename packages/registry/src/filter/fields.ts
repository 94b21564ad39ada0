import { Prisma } from '../generated/client.ts'
import type { OrderColumn } from '../listing/order.ts'

/**
 * text: any case, with wildcards; word: one of `values`; time: RFC 3339; flag: true or false
 */
type FieldKind = 'text' | 'word' | 'time' | 'flag'

/** What a filter, and perhaps an order, may name. Nothing else of the database can be reached by them. */
export interface Field {
  kind: FieldKind
  /**
   * The condition on a row of the list, made of one on the value's column: for what lies in another table the two are
   * not the same. It may come out as null, which counts as false.
   */
  where: (condition: (column: Prisma.Sql) => Prisma.Sql) => Prisma.Sql
  /**
   * Instead of `where` for a part of a value: a select of the ids of the rows, by a pattern of LIKE, which reads an index of
   * the values alone, and is one with those of its alternatives.
   */
  idsOfPart?: (like: string) => Prisma.Sql
  /** Of a text, instead of `where` for a whole value in any case: the condition on a row, put so that an index serves it. */
  whole?: (given: string) => Prisma.Sql
  /** of a word: all that it can be */
  values?: readonly string[]
  /**
   * A value brought into the one form in which the column holds it, in lower case, so that an index of the column finds
   * it; undefined: it is no such thing at all.
   */
  normal?: { whole: (text: string) => string | undefined; part: (text: string) => string; fault: string }
  /** when the list can be ordered by it */
  order?: OrderColumn
}

/** The fields of one kind of list. `keyed` are maps: `metadata.rack`. */
export interface Fields {
  fields: Readonly<Record<string, Field>>
  /** of the row: what `idsOfPart` selects */
  rowId?: Prisma.Sql
  keyed?: Readonly<Record<string, (key: string) => Field>>
}

/** A field whose values are those of one column. */
type ColumnField = Field & { column: Prisma.Sql }

const ofColumn = (kind: FieldKind, column: Prisma.Sql): ColumnField => ({
  kind,
  column,
  where: (condition) => condition(column),
})
export const text = (column: Prisma.Sql) => ofColumn('text', column)
export const time = (column: Prisma.Sql) => ofColumn('time', column)
export const flag = (column: Prisma.Sql) => ofColumn('flag', column)
export const word = (column: Prisma.Sql, values: readonly string[]) => ({ ...ofColumn('word', column), values })
/** Text of which the contracts admit lower case only: names of nodes, ids. */
export const lowerText = (column: Prisma.Sql): ColumnField => ({ ...text(column), normal: lowerCase })
const lower = (text: string) => text.toLowerCase()
const lowerCase = { whole: lower, part: lower, fault: 'is no text' }
/** The name of a row that `column` points to; `table` has id and name. */
export const reference = (column: Prisma.Sql, table: string): ColumnField => ({
  kind: 'text',
  column: Prisma.sql`(select x.name from ${Prisma.raw(table)} x where x.id = ${column})`,
  where: (condition) =>
    Prisma.sql`${column} in (select x.id from ${Prisma.raw(table)} x where ${condition(Prisma.sql`x.name`)})`,
})

const types = { text: 'text', word: 'text', time: 'timestamptz', flag: 'boolean' } as const

/** By which the list can be ordered, too; the column is never null. */
export const sortable = (field: ColumnField): Field => ({
  ...field,
  order: { sql: field.column, type: types[field.kind] },
})
/** The same where the column may be null: a row comparison with null is null, so what is not there counts as nothing, and comes first. */
export const sortableOrNull = ({ kind, column, ...field }: ColumnField): Field => {
  const least = kind === 'time' ? Prisma.sql`'-infinity'::timestamptz` : Prisma.sql`''`
  return { ...field, kind, order: { sql: Prisma.sql`coalesce(${column}, ${least})`, type: types[kind] } }
}
