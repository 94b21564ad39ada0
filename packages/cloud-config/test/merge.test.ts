import t from 'tap'
import { mergeConfigs } from '../src/merge.ts'

await t.test('lists are appended, maps merged, single values replaced, and nulls change nothing', async (t) => {
  const table = [
    [{ a: [1] }, { a: [2] }, { a: [1, 2] }],
    [{ a: { x: 1, y: [1] } }, { a: { y: [2], z: 3 } }, { a: { x: 1, y: [1, 2], z: 3 } }],
    [{ a: 'ours' }, { a: 'theirs' }, { a: 'theirs' }],
    [{ a: true }, { a: false }, { a: false }],
    [{ a: [1] }, { a: null }, { a: [1] }],
    [{}, { a: null }, { a: null }],
    [{ a: { x: 1 } }, { a: 'other form' }, { a: 'other form' }],
  ] as const
  for (const [first, second, merged] of table) t.strictSame(mergeConfigs(first, second), merged)
})

await t.test('neither of the two is changed, and a key called __proto__ is only a key', async (t) => {
  const first = { a: { x: [1] } }
  const second = JSON.parse('{"a": {"x": [2]}, "__proto__": {"polluted": true}}')
  const merged = mergeConfigs(first, second)
  t.strictSame(first, { a: { x: [1] } })
  t.equal(({} as { polluted?: boolean }).polluted, undefined)
  t.ok(Object.hasOwn(merged, '__proto__'))
})
