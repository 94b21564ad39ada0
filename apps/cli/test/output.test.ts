import t from 'tap'
import { bytes, duration, fields, table } from '../src/output.ts'

await t.test('tables and fields line up', async (t) => {
  t.equal(
    table(
      ['NAME', 'STATE'],
      [
        ['unit-1', 'RUNNING'],
        ['a', null],
      ],
    ),
    'NAME    STATE\nunit-1  RUNNING\na       -\n',
  )
  t.equal(
    fields([
      ['name', 'unit-1'],
      ['serial number', ''],
    ]),
    'name           unit-1\nserial number  -\n',
  )
})

await t.test('sizes and times are said as people say them', async (t) => {
  t.strictSame([0, 999, 1500, 182_400_000, 2_147_483_648].map(bytes), ['0 B', '999 B', '1.5 kB', '182 MB', '2.1 GB'])
  t.strictSame([0.42, 47, 185, 7800].map(duration), ['0.4 s', '47 s', '3 min 05 s', '2 h 10 min'])
})
