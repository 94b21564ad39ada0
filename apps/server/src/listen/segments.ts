import { type Link, presenceOn } from '../lan/link.ts'
import type { Segment, SocketRole } from '../segment.ts'
import type { InheritedSocket } from './inherited.ts'

/**
 * Groups inherited sockets by interface and finds how we stand on each. `read`: an interface as the kernel shows it now.
 * Throws a sentence with the remedy when an interface has no IPv4 address or lacks a socket.
 */
export function segmentsOf(sockets: InheritedSocket[], read: (name: string) => Link): Segment[] {
  const names = [...new Set(sockets.map((socket) => socket.interface))]
  return names.map((name) => {
    const presence = presenceOn(read(name))
    if (!presence) throw new Error(`interface ${name} has no IPv4 address; give it a fixed one and start again`)
    const fdOf = (role: SocketRole) => {
      const socket = sockets.find((candidate) => candidate.interface === name && candidate.role === role)
      if (!socket) throw new Error(`no ${role} socket was handed over for interface ${name}`)
      return socket.fd
    }
    return {
      interface: name,
      ...presence,
      fds: {
        dhcp: fdOf('dhcp'),
        pxe: fdOf('pxe'),
        tftp: fdOf('tftp'),
        http: fdOf('http'),
        https: fdOf('https'),
      },
    }
  })
}
