import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { z } from 'zod'
import { jsonSchemas } from '../src/http/openapi/schemas.ts'

// One promise: generators make one type of one thing, under a name that stays.

type Json = Record<string, unknown>
const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8')) as {
  paths: Json
  components: { schemas: Record<string, Json> }
}

/** Fields that an object may have and yet stand in several places without a name. */
const FEW = 2

/** Every object schema that has no name, by what it says. */
function inlined(json: unknown, place: string, found = new Map<string, string[]>()): Map<string, string[]> {
  if (json === null || typeof json !== 'object') return found
  const { properties } = json as { properties?: object }
  const isNamed = /^\/components\/schemas\/\w+$/.test(place)
  if (!isNamed && properties && !place.endsWith('/properties') && Object.keys(properties).length > FEW) {
    const text = JSON.stringify(json)
    found.set(text, [...(found.get(text) ?? []), place])
  }
  for (const [key, value] of Object.entries(json)) if (key !== 'example') inlined(value, `${place}/${key}`, found)
  return found
}

await t.test('what has several fields and stands in several places has a name', async (t) => {
  const twice = [...inlined(document, '').values()].filter((places) => places.length > 1)
  t.strictSame(twice, [], 'name the schema beside its definition: named({ … })')
  const copy = { ...document, again: document.components.schemas.Batch, andAgain: document.components.schemas.Batch }
  t.strictSame(
    [...inlined(copy, '').values()].filter((places) => places.length > 1),
    [['/again', '/andAgain']],
    'it would be found',
  )
})

await t.test('every name is referred to, and every reference leads to a name', async (t) => {
  const references = new Set(JSON.stringify(document).match(/(?<="\$ref":"#\/components\/schemas\/)\w+(?=")/g))
  t.strictSame([...references].sort(), Object.keys(document.components.schemas).sort())
})

await t.test('names that others build on', async (t) => {
  const kept =
    'Account AuditEntry Batch Diagnosis Event Image Import ImportReport Key Node NodeDetail NodeInput NodeList NodePatch ' +
    'NodeState Problem Profile ProfileInput Reason Run Site SitePatch'
  for (const name of kept.split(' ')) t.ok(document.components.schemas[name], name)
})

await t.test('of two forms the one of requests has a name of its own; of one form there is one name', async (t) => {
  const { schemas } = document.components
  t.strictSame(schemas.ProfileSource?.required, Object.keys(schemas.ProfileSource?.properties as object))
  t.equal(schemas.ProfileSourceInput?.required, undefined)
  t.match(schemas.ProfileInput, { properties: { source: { anyOf: [{ $ref: /ProfileSourceInput$/ }, {}] } } })
  t.match(schemas.Profile, { properties: { source: { anyOf: [{ $ref: /ProfileSource$/ }, {}] } } })
  t.notOk(schemas.DiskRuleInput)
})

await t.test('what zod says for JavaScript’s sake is left out', async (t) => {
  const schema = z.object({
    bytes: z.number().int().nonnegative(),
    port: z.number().int().max(65_535),
    at: z.iso.datetime(),
    words: z.record(z.string(), z.string()),
  })
  t.strictSame(jsonSchemas([{ schema, direction: 'output' }]).of(schema, 'output'), {
    type: 'object',
    properties: {
      bytes: { type: 'integer', minimum: 0, format: 'int64' },
      port: { type: 'integer', maximum: 65_535 },
      at: { type: 'string', format: 'date-time' },
      words: { type: 'object', additionalProperties: { type: 'string' } },
    },
    required: ['bytes', 'port', 'at', 'words'],
  })
})
