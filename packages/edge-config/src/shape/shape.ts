import type { Field } from '@eims/placed-yaml'

/** JSON Schema, draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>

/** What may stand in one place of the file: how it is read, and how the published schema says the same. */
export interface Shape<T> {
  /** undefined when nothing stands there, and when what does was told as a mistake */
  read(field: Field): T | undefined
  schema: Schema
}

export type ReadOf<S> = S extends Shape<infer T> ? T : never

/** A shape that is one of two by how it is written, such as a list or a mapping. */
export const either = <A, B>(isFirst: (field: Field) => boolean, first: Shape<A>, second: Shape<B>): Shape<A | B> => ({
  read: (field) => (isFirst(field) ? first : second).read(field),
  schema: { anyOf: [first.schema, second.schema] },
})
