import t from 'tap'
import { checkMapped, columnMapping, mappingKey } from '../src/imports/column-mapping.ts'
import { findHeader, readHeader } from '../src/imports/header.ts'

// One promise: what stands in the place of a column's name is compared by its beginning, however long it is.

await t.test('no cell is normalised at its full length', (t) => {
  const longest = { given: 0, made: 0 }
  const normalize = Reflect.get(String.prototype, 'normalize') as (this: object, form?: string) => string
  t.teardown(() => {
    String.prototype.normalize = normalize
  })
  String.prototype.normalize = function (form?: string) {
    const made = normalize.call(this, form)
    longest.given = Math.max(longest.given, this.length)
    longest.made = Math.max(longest.made, made.length)
    return made
  }
  const cell = '\uFDFA'.repeat(100_000)
  const lines = Array.from({ length: 20 }, (_, index) => ({
    line: index + 1,
    cells: [cell, `#${cell}`, '#'.repeat(9000)],
  }))
  const found = findHeader(lines, columnMapping([], {}))
  t.match(found, { line: 1, problems: [{ code: 'no-identifier-column' }] })
  t.equal(found?.header.names[0], cell, 'the error file has it whole')
  t.ok(longest.given > 0 && longest.given <= 200, `${longest.given} characters`)
  t.ok(longest.made <= 18 * 200)
  t.ok(mappingKey(cell).length <= 200)
  t.ok(mappingKey('#'.repeat(9000)).length <= 200)
  t.end()
})

await t.test('a long name means what it meant', (t) => {
  const name = `Ident ${'x'.repeat(180)}`
  const mapping = columnMapping([`${name}=Serial`], {})
  t.same([...readHeader([`  ${name} `, 'MAC'], mapping).header.places.keys()], ['Serial', 'MAC'])
  t.same([...readHeader([`serial${'!'.repeat(9000)}`]).header.places.keys()], ['Serial'])
  checkMapped([`${name}=Serial`], [name])
  t.end()
})
