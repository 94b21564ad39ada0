import t from 'tap'
import { bytes } from '../src/index.ts'

await t.test('sizes are said in decimal units, as disks are sold', async (t) => {
  const table: [number, string][] = [
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1500, '1.5 kB'],
    [99_940, '99.9 kB'],
    [99_960, '100 kB'],
    [999_600, '1 MB'],
    [182_400_000, '182 MB'],
    [2_147_483_648, '2.1 GB'],
    [64e9, '64 GB'],
    [512_110_190_592, '512 GB'],
    [7e18, '7000 PB'],
  ]
  for (const [count, text] of table) t.equal(bytes(count), text)
  t.equal(bytes(null), null)
})
