import t from 'tap'
import { parseArp, readNeighbours } from '../src/netboot/neighbours.ts'

const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
192.168.77.11    0x1         0x2         52:54:00:AA:00:01     *        br0
192.168.77.12    0x1         0x0         00:00:00:00:00:00     *        br0
192.168.77.13    0x1         0x2         00:00:00:00:00:00     *        br0
`

await t.test('a complete entry tells whose an address is', async (t) => {
  t.strictSame([...parseArp(TABLE)], [['192.168.77.11', '52:54:00:aa:00:01']])
  t.strictSame([...parseArp('')], [])
})

await t.test('the table is read anew for an address that is not in it, and when it is old', async (t) => {
  let [now, text, reads] = [0, TABLE, 0]
  const { macOf } = readNeighbours(
    () => now,
    () => {
      reads++
      return text
    },
  )
  t.equal(macOf('192.168.77.11'), '52:54:00:aa:00:01')
  t.equal(macOf('192.168.77.11'), '52:54:00:aa:00:01')
  t.equal(reads, 1)
  text = TABLE.replace('77.11', '77.14')
  t.equal(macOf('192.168.77.14'), '52:54:00:aa:00:01', 'a machine that came a moment ago')
  text = TABLE.replace('AA:00:01', 'AA:00:02').replace('77.11', '77.14')
  now = 500
  t.equal(macOf('192.168.77.14'), '52:54:00:aa:00:02', 'another machine with the address')
})

await t.test('an address that is not in the table is looked for twice a second at most', async (t) => {
  let [now, text, reads] = [0, TABLE, 0]
  const { macOf } = readNeighbours(
    () => now,
    () => {
      reads++
      return text
    },
  )
  for (; now < 500; now += 10) t.equal(macOf('203.0.113.1'), null)
  t.equal(reads, 1)
  t.equal(macOf('203.0.113.1'), null)
  t.equal(reads, 2)
  text = TABLE.replace('77.11', '77.14')
  t.equal(macOf('192.168.77.14'), '52:54:00:aa:00:01', 'another one is looked for at once')
  text = TABLE.replace('77.11', '77.15')
  for (let index = 0; index < 2000; index++) macOf(`10.0.${index >> 8}.${index & 255}`)
  t.equal(macOf('192.168.77.15'), '52:54:00:aa:00:01', 'whatever else was looked for')
})

await t.test('of no more than 1024 addresses it is remembered that they were looked for', async (t) => {
  let reads = 0
  const { macOf } = readNeighbours(
    () => 0,
    () => {
      reads++
      return TABLE
    },
  )
  for (let index = 0; index <= 1024; index++) macOf(`10.0.${index >> 8}.${index & 255}`)
  t.equal(reads, 1025)
  macOf('10.0.0.1')
  t.equal(reads, 1025)
  macOf('10.0.0.0')
  t.equal(reads, 1026, 'the oldest was forgotten')
})

await t.test('where there is no such table nobody is known', async (t) => {
  const broken = readNeighbours(undefined, () => {
    throw new Error('ENOENT')
  })
  t.equal(broken.macOf('192.168.77.11'), null)
  t.equal(readNeighbours().macOf('203.0.113.1'), null)
})
