import type { SocketRole } from '../segment.ts'

export interface InheritedSocket {
  role: SocketRole
  /** the interface that the socket is bound to (SO_BINDTODEVICE) */
  interface: string
  fd: number
}

const roles = new Set<string>(['dhcp', 'pxe', 'tftp', 'http', 'https'])

/**
 * Reads the sockets that systemd or the launcher opened for us: sd_listen_fds(3), with names `ROLE@INTERFACE`
 * (`FileDescriptorName=dhcp@eth0`). Node cannot bind a socket to a device itself.
 * Returns [] when there are none; throws when the names do not fit the count or are unknown.
 */
export function inheritedSockets(
  env: { LISTEN_FDS?: string | undefined; LISTEN_FDNAMES?: string | undefined; LISTEN_PID?: string | undefined },
  pid: number,
): InheritedSocket[] {
  const count = Number(env.LISTEN_FDS ?? 0)
  if (!count || (env.LISTEN_PID && Number(env.LISTEN_PID) !== pid)) return []
  const names = (env.LISTEN_FDNAMES ?? '').split(':')
  if (names.length !== count) throw new Error(`LISTEN_FDS is ${count}, but LISTEN_FDNAMES has ${names.length} names`)
  return names.map((name, index) => {
    const at = name.indexOf('@')
    const role = name.slice(0, at)
    if (at < 1 || !roles.has(role) || at === name.length - 1)
      throw new Error(`LISTEN_FDNAMES has "${name}"; names are dhcp@IF, pxe@IF, tftp@IF, http@IF and https@IF`)
    return { role: role as SocketRole, interface: name.slice(at + 1), fd: 3 + index }
  })
}
