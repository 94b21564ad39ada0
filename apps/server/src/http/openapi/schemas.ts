import { components, Problem, problems } from '@eims/contracts'
import { z } from 'zod'

export type Json = Record<string, unknown>
/** Of one schema a request and a reply have different forms: what has a default may be left out of the one only. */
export type Direction = 'input' | 'output'

interface Asked {
  schema: z.ZodType
  direction: Direction
}

export interface Schemas {
  /** one of those that were asked for: a reference when it has a name */
  of: (schema: z.ZodType, direction: Direction) => Json
  /** the named ones that these refer to, from one to the next, in the order of the alphabet */
  components: Record<string, Json>
}

const PLACE = '#/components/schemas/'
const unnamed = (index: number) => `unnamed/${index}`

/** The codes are listed, for who reads the document; a client of ours knows also those of later versions. */
const ListedProblem = Problem.extend({ code: z.enum(Object.keys(problems)) })

/**
 * PURE: JSON schemas (2020-12) of zod schemas. A named one keeps its name, but for the form of requests where replies have
 * another one: `ProfileSource`, `ProfileSourceInput`.
 * @throws when such a name belongs to another schema
 */
export function jsonSchemas(asked: readonly Asked[]): Schemas {
  const names = new Map(components).set(ListedProblem, 'Problem')
  const key = new Map(names)
  for (const { schema } of asked) if (!key.has(schema)) key.set(schema, unnamed(key.size))
  const whole = { input: convert(key, 'input'), output: convert(key, 'output') }
  const used = { input: new Set<string>(), output: new Set<string>() }
  const use = (id: string, direction: Direction) => {
    if (used[direction].has(id)) return
    used[direction].add(id)
    for (const next of references(whole[direction][id])) use(next, direction)
  }
  use('Problem', 'output')
  for (const { schema, direction } of asked) use(key.get(schema)!, direction)

  const differing = differences(whole.input, whole.output)
  const nameOf = (id: string, direction: Direction) =>
    direction === 'input' && used.output.has(id) && differing.has(id) ? `${id}Input` : id
  const renamed = (json: Json, direction: Direction): Json =>
    JSON.parse(JSON.stringify(json), (property, value) =>
      property === '$ref' && typeof value === 'string' ? PLACE + nameOf(value.slice(PLACE.length), direction) : value,
    )
  const found = new Map<string, Json>()
  const isName = new Set(names.values())
  for (const direction of ['output', 'input'] as const)
    for (const id of used[direction]) {
      if (!isName.has(id)) continue
      const name = nameOf(id, direction)
      if (name !== id && isName.has(name)) throw new Error(`the form of ${id} in requests would be named ${name}`)
      if (!found.has(name)) found.set(name, renamed(whole[direction][id]!, direction))
    }
  return {
    of: (schema, direction) => {
      const id = key.get(schema)!
      return isName.has(id) ? { $ref: PLACE + nameOf(id, direction) } : renamed(whole[direction][id]!, direction)
    },
    components: Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function convert(key: ReadonlyMap<z.ZodType, string>, io: Direction): Record<string, Json> {
  const registry = z.registry<{ id: string }>()
  for (const [schema, id] of key) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => PLACE + id,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => tidy(zodSchema, jsonSchema),
  })
  const whole: Record<string, Json> = {}
  for (const [id, { $schema: _schema, $id: _id, ...json }] of Object.entries(schemas)) whole[id] = json
  return whole
}

/** What zod says for JavaScript's sake, or twice, and generators stumble over. */
function tidy(schema: z.core.$ZodType, json: Json): void {
  if (json.type === 'integer') {
    if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum
    if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum
    // Without it generators for Java or C# take 32 bits, too few for the bytes of a disk.
    if (Number(json.maximum ?? Infinity) > 2 ** 31 - 1) json.format = 'int64'
  }
  if (json.format === 'date-time' || json.format === 'uuid') delete json.pattern
  // Every key of JSON is a text.
  if (JSON.stringify(json.propertyNames) === '{"type":"string"}') delete json.propertyNames
  // A later version may say more in a reply, so only what refuses unknown fields says so.
  if (schema instanceof z.ZodObject && !schema.def.catchall) delete json.additionalProperties
}

/** The ids that a schema refers to. */
function references(json: Json | undefined): string[] {
  const found: string[] = []
  JSON.stringify(json, (property, value) => {
    if (property === '$ref' && typeof value === 'string') found.push(value.slice(PLACE.length))
    return value as unknown
  })
  return found
}

/** The ids whose two forms are not the same, or refer to such. */
function differences(input: Record<string, Json>, output: Record<string, Json>): Set<string> {
  const ids = Object.keys(input)
  const differing = new Set(ids.filter((id) => JSON.stringify(input[id]) !== JSON.stringify(output[id])))
  for (let before = -1; before !== differing.size; ) {
    before = differing.size
    for (const id of ids) if (references(output[id]).some((next) => differing.has(next))) differing.add(id)
  }
  return differing
}
