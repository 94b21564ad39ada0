import t from 'tap'
import { storable } from '../src/storable.ts'

await t.test('text becomes what PostgreSQL can hold, everything else stays', async (t) => {
  const value = { 'a\0': ['\0', 'half \ud800', 'whole \u{1f600}', 1, null, true, { b: undefined }] }
  t.strictSame(storable(value), {
    'a\uFFFD': ['\uFFFD', 'half \uFFFD', 'whole \u{1f600}', 1, null, true, { b: undefined }],
  })
  t.equal(storable(undefined), undefined)
})

await t.test('values nested without end are refused', async (t) => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
  t.strictSame(storable(nested(64)), nested(64))
  t.throws(() => storable(nested(65)), { code: 'invalid-input' })
})
