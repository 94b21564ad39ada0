import { Prisma } from '../generated/client.ts'

/**
 * text: any case, with wildcards; word: one of `values`; time: RFC 3339; flag: true or false
 */
export type FieldKind = 'text' | 'word' | 'time' | 'flag'

/** What a filter may name. Nothing else of the database can be reached by one. */
export interface Field {
  kind: FieldKind
  /**
   * The condition on a row of the list, made of one on the value's column: for what lies in another table the two are
   * not the same. It may come out as null, which counts as false.
   */
  where: (condition: (column: Prisma.Sql) => Prisma.Sql) => Prisma.Sql
  /** instead of `where` for a part of a value: where that is looked for beside the normal form, as it is shown */
  wherePart?: Field['where']
  /** of a word: all that it can be */
  values?: readonly string[]
  /** a value brought into the one form in which the column holds it; undefined: it is no such thing at all */
  normal?: { whole: (text: string) => string | undefined; part: (text: string) => string; fault: string }
}

/** The fields of one kind of list. `keyed` are maps: `metadata.rack`. */
export interface Fields {
  fields: Readonly<Record<string, Field>>
  keyed?: Readonly<Record<string, (key: string) => Field>>
}

export const text = (column: Prisma.Sql): Field => ({ kind: 'text', where: (condition) => condition(column) })
export const time = (column: Prisma.Sql): Field => ({ kind: 'time', where: (condition) => condition(column) })
export const flag = (column: Prisma.Sql): Field => ({ kind: 'flag', where: (condition) => condition(column) })
export const word = (column: Prisma.Sql, values: readonly string[]): Field => ({
  kind: 'word',
  values,
  where: (condition) => condition(column),
})
/** The name of a row that `column` points to; `table` has id and name. */
export const reference = (column: Prisma.Sql, table: string): Field => ({
  kind: 'text',
  where: (condition) =>
    Prisma.sql`${column} in (select x.id from ${Prisma.raw(table)} x where ${condition(Prisma.sql`x.name`)})`,
})
