import type { NetworkInterfaceInfo } from 'node:os'
import type { Segment, SocketRole } from '../segment.ts'
import type { InheritedSocket } from './inherited.ts'

/**
 * Groups inherited sockets by interface and finds our address on each.
 * Throws a sentence with the remedy when an interface has no IPv4 address or lacks a socket.
 */
export function segmentsOf(sockets: InheritedSocket[], interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Segment[] {
  const names = [...new Set(sockets.map((socket) => socket.interface))]
  return names.map((name) => {
    const address = interfaces[name]?.find((info) => info.family === 'IPv4')?.address
    if (!address) throw new Error(`interface ${name} has no IPv4 address; give it a fixed one and start again`)
    const fdOf = (role: SocketRole) => {
      const socket = sockets.find((candidate) => candidate.interface === name && candidate.role === role)
      if (!socket) throw new Error(`no ${role} socket was handed over for interface ${name}`)
      return socket.fd
    }
    return {
      interface: name,
      address,
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
