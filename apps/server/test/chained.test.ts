import t from 'tap'
import { RecentTransfers } from '../src/lan/dhcp.ts'

await t.test('a transfer is recent for a minute and a half', async (t) => {
  const recent = new RecentTransfers()
  recent.add('52:54:00:aa:00:01', 1000)
  t.equal(recent.has('52:54:00:aa:00:01', 90_999), true)
  t.equal(recent.has('52:54:00:aa:00:01', 91_000), false)
  t.equal(recent.has('52:54:00:aa:00:02', 1000), false)
})

await t.test('memory is bounded, the oldest goes first', async (t) => {
  const recent = new RecentTransfers(1000, 2)
  for (const mac of ['a', 'b', 'a', 'c']) recent.add(mac, 0)
  t.strictSame(
    ['a', 'b', 'c'].map((mac) => recent.has(mac, 1)),
    [true, false, true],
  )
})
