import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { encode, startDhcpProxy } from '../src/index.ts'
import { question, SITE, why } from './machine.ts'

// Promise: machines that are switched on at once are all heard, also while the process does something else.

/** Fewer than Linux lets a socket hold where nobody raised net.core.rmem_max, and more than it lets it by itself (166). */
const MACHINES = 300

for (const [socket, type] of [
  ['dhcp', '01'],
  ['pxe', '03'],
] as const) {
  await t.test(`on the ${socket} socket`, { timeout: 30_000 }, async (t) => {
    const heard = new Set<string>()
    const { promise: all, resolve } = Promise.withResolvers<void>()
    await using proxy = await startDhcpProxy({
      sockets: { dhcp: { address: '127.0.0.1', port: 0 }, pxe: { address: '127.0.0.1', port: 0 } },
      settings: () => SITE,
      chainedRecently: () => false,
      factsOf: () => ({ gate: { policy: 'local', reason: why('nobody-listens') }, bootFile: null }),
      onSeen: ({ mac }) => heard.add(mac).size === MACHINES && resolve(),
      onProblem: (problem) => t.fail(problem.message),
    })
    const wire = createSocket('udp4')
    wire.connect(proxy.addresses[socket].port, '127.0.0.1')
    await once(wire, 'connect')
    // Each datagram is with the kernel when `send` returns; the proxy reads the first when this loop is through.
    for (let i = 0; i < MACHINES; i++) {
      const chaddr = Uint8Array.from({ length: 16 }, (_, at) => [0x52, 0x54, 0, 0, i >> 8, i & 255][at] ?? 0)
      wire.send(asLongAsFirmwares(encode(question({ chaddr, options: { 53: type } }))))
    }
    await all
    wire.close()
    t.equal(heard.size, MACHINES)
  })
}

/** 548 bytes; the kernel counts what a datagram takes of its memory. */
function asLongAsFirmwares(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc(548 - bytes.length)])
}
