import { readFileSync } from 'node:fs'
import t from 'tap'
import { render, TemplateError } from '../src/index.ts'

// What the real engine makes of these templates (golden/main.go says how it was asked) is what ours makes.

interface Vector {
  template: string
  output?: string
  error?: string
}
const golden = new URL('golden/golden.json', import.meta.url)
const { data, vectors } = JSON.parse(readFileSync(golden, 'utf8')) as { data: unknown; vectors: Vector[] }

/** Where the real one goes on with nonsense, ours ends with an error. */
const stricter = new Map([
  ['{{ regexMatch "[" "x" }}', 'a pattern that is none matches nothing, without a word'],
  ['{{ regexMatch "(a)\\\\1" "aa" }}', 'a pattern that is none matches nothing, without a word'],
  ['{{ b64dec "%%%" }}', 'the text of the error is taken for the value'],
  ['{{ fromJson "{" }}', '<no value>'],
])

for (const { template, output, error } of vectors) {
  const name = JSON.stringify(template)
  if (error === undefined && !stricter.has(template)) t.equal(render(template, data), output, name)
  else t.throws(() => render(template, data), TemplateError, `${name}: ${error ?? stricter.get(template)}`)
}
t.ok(vectors.length >= 200)
t.ok([...stricter.keys()].every((template) => vectors.some((vector) => vector.template === template)))
