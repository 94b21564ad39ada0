import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { until } from '@eims/lab'
import t from 'tap'
import { encode } from '../src/packet.ts'
import { rrq } from './support/client.ts'
import { serving } from './support/serving.ts'

// Promise: requests of machines that are switched on at once are all heard, also while the process does something else.

/** Fewer than Linux lets a socket hold where nobody raised net.core.rmem_max, and more than it lets it by itself (277). */
const MACHINES = 450

await t.test('on the listening socket', { timeout: 30_000 }, async (t) => {
  await using tftp = await serving({})
  const wire = createSocket('udp4')
  wire.connect(tftp.port, '127.0.0.1')
  await once(wire, 'connect')
  // Each datagram is with the kernel when `send` returns; the server reads the first when this loop is through.
  for (let i = 0; i < MACHINES; i++) wire.send(encode(rrq(`52-54-00-00-00-${i}/snponly.efi`, [['blksize', '1468']])))
  const heard = () => tftp.server.counters().requests
  await until(() => heard() >= MACHINES)
  wire.close()
  t.equal(heard(), MACHINES)
})
