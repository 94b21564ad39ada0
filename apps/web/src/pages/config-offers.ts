import type { Offers } from '../editor/offers.ts'
import { ITEM, placeIn } from '../editor/place.ts'

/** What of JSON Schema the format of config-files uses. */
export interface Schema {
  description?: string
  type?: string | readonly string[]
  enum?: readonly (string | number | boolean | null)[]
  examples?: readonly (string | number)[]
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  items?: Schema
  anyOf?: readonly Schema[]
}

/** PURE: a schema as all that it may be. */
export const waysOf = (schema: Schema): readonly Schema[] => schema.anyOf?.flatMap(waysOf) ?? [schema]

/** PURE: whether what it describes may be of a type. */
export const isOf = ({ type }: Schema, name: string): boolean => [type].flat().includes(name)

/** PURE: the schemas of what stands at a path; `-` is an item of a list. */
export const schemasAt = (schema: Schema, path: readonly string[]): readonly Schema[] =>
  path.reduce<readonly Schema[]>(
    (found, key) =>
      found.flatMap(({ properties, items }) => {
        const inner = key === ITEM ? items : properties?.[key]
        return inner ? waysOf(inner) : []
      }),
    waysOf(schema),
  )

const holds = (schema: Schema) => waysOf(schema).some((way) => way.properties !== undefined || way.items !== undefined)

/** PURE: what may stand at an offset of a config-file: keys by its schema, and the values that it names. */
export function configOffers(schema: Schema, text: string, offset: number): Offers | null {
  const place = placeIn(text, offset)
  if (!place) return null
  const { path, key, typed, beside } = place
  if (key !== null) {
    const options = schemasAt(schema, [...path, key]).flatMap((way) => [
      ...(way.enum ?? []).filter((value) => value !== null).map((value) => ({ label: String(value) })),
      ...(isOf(way, 'boolean') && !isOf(way, 'string') ? [{ label: 'true' }, { label: 'false' }] : []),
      ...(way.examples ?? []).filter((each) => !String(each).includes('\n')).map((each) => ({ label: String(each) })),
    ])
    return { typed, options, isEager: options.length > 0 }
  }
  const there = beside()
  const options = schemasAt(schema, path).flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties)
      .filter(([name]) => !there.has(name) || name === typed)
      .map(([name, inner]) => ({
        label: name,
        apply: holds(inner) ? `${name}:` : `${name}: `,
        type: 'property',
        ...(required.includes(name) ? { detail: '*' } : {}),
        ...(inner.description ? { info: inner.description } : {}),
      })),
  )
  return { typed, options }
}
