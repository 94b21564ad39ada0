import t from 'tap'
import { HeardServers } from '../src/lan/heard-servers.ts'

await t.test('other servers are counted, the one heard last comes first, and there is an end to them', async (t) => {
  const heard = new HeardServers(2)
  heard.add('192.168.77.2', 'chosen', 0)
  heard.add('192.168.77.2', 'chosen', 60_000)
  heard.add('192.168.77.3', 'proxy', 1000)
  t.strictSame(heard.list(), [
    {
      address: '192.168.77.3',
      how: 'proxy',
      firstAt: '1970-01-01T00:00:01.000Z',
      lastAt: '1970-01-01T00:00:01.000Z',
      count: 1,
    },
    {
      address: '192.168.77.2',
      how: 'chosen',
      firstAt: '1970-01-01T00:00:00.000Z',
      lastAt: '1970-01-01T00:01:00.000Z',
      count: 2,
    },
  ])
  heard.add('192.168.77.2', 'replied', 2000)
  t.strictSame(
    heard.list().map(({ address, how }) => `${address} ${how}`),
    ['192.168.77.2 replied', '192.168.77.3 proxy'],
  )
})
