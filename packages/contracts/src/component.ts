import type { z } from 'zod'

/** The schemas that have a name in the OpenAPI document, with that name. */
export const components = new Map<z.ZodType, string>()

/**
 * Names schemas for the OpenAPI document, where each then stands once and is referred to: `named({ Batch, BatchInput })`
 * below their definitions. Generated clients call their types so: a name, once given, stays.
 * @throws when another schema has the name
 */
export function named(schemas: Readonly<Record<string, z.ZodType>>): void {
  const taken = new Set(components.values())
  for (const [name, schema] of Object.entries(schemas)) {
    if (taken.has(name)) throw new Error(`two schemas are named ${name}`)
    components.set(schema, name)
  }
}
