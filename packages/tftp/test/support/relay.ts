import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** What becomes of one datagram: dropped, delivered once, twice, or after the next one of its direction. */
export type Fate = 'drop' | 'pass' | 'twice' | 'late'

/**
 * A bad line for one client at a time: listens on a port of its own, passes what comes to the server and what the
 * server says back, each datagram as `fate` decides. The client sees one TID, the relay's.
 */
export async function relay(serverPort: number, fate: (towards: 'server' | 'client') => Fate) {
  const near = await bound()
  const far = await bound()
  let client = 0
  let target = serverPort
  const toServer = line('server', (bytes) => far.send(bytes, target, '127.0.0.1'))
  const toClient = line('client', (bytes) => near.send(bytes, client, '127.0.0.1'))
  near.on('message', (bytes, from) => {
    if (from.port !== client) target = serverPort
    client = from.port
    toServer(bytes)
  })
  far.on('message', (bytes, from) => {
    target = from.port
    toClient(bytes)
  })
  const counts = { drop: 0, pass: 0, twice: 0, late: 0 }

  function line(towards: 'server' | 'client', deliver: (bytes: Buffer) => void) {
    const held: Buffer[] = []
    return (bytes: Buffer) => {
      const what = fate(towards)
      counts[what]++
      if (what === 'late') return held.push(bytes)
      if (what !== 'drop') deliver(bytes)
      if (what === 'twice') deliver(bytes)
      for (const old of held.splice(0)) deliver(old)
    }
  }

  return {
    port: near.address().port,
    counts,
    async [Symbol.asyncDispose]() {
      for (const socket of [near, far]) {
        socket.close()
        await once(socket, 'close')
      }
    },
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}
