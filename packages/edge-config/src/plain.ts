import type { Field } from '@eims/placed-yaml'

/** A field as JSON would have it, all scalars as the text that they are. */
export function plain(field: Field): unknown {
  if (field.isEmpty) return null
  if (field.isText) return field.text()
  if (field.isList) return (field.items(Number.MAX_SAFE_INTEGER) ?? []).map(plain)
  return Object.fromEntries([...(field.fields() ?? [])].map(([name, value]) => [name, plain(value)]))
}
