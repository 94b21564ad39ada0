import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A stateless packet filter for one client: passes what goes to one port, and what comes from that port alone. */
export async function firewall(serverPort: number) {
  const [near, far] = [createSocket('udp4'), createSocket('udp4')]
  for (const socket of [near, far]) {
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  let client = 0
  let blocked = 0
  near.on('message', (bytes, from) => {
    client = from.port
    far.send(bytes, serverPort, '127.0.0.1')
  })
  far.on('message', (bytes, from) => {
    if (from.port === serverPort) near.send(bytes, client, '127.0.0.1')
    else blocked++
  })
  return {
    port: near.address().port,
    /** datagrams that came from another port */
    blocked: () => blocked,
    async [Symbol.asyncDispose]() {
      for (const socket of [near, far]) {
        socket.close()
        await once(socket, 'close')
      }
    },
  }
}
