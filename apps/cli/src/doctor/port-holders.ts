import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A program that has a port of this network namespace open. */
export interface PortHolder {
  port: number
  protocol: 'udp' | 'tcp'
  process: number
  program: string
}

const TCP_LISTEN = '0A'

/**
 * Inodes of the sockets on these ports, out of /proc/net/{udp,tcp}(6): `sl local_address rem_address st … inode`, the
 * port as the hexadecimal end of the address. Pure.
 */
export function socketInodes(table: string, ports: number[], protocol: 'udp' | 'tcp'): Map<string, number> {
  const found = new Map<string, number>()
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)
    if (fields[9] && ports.includes(port) && (protocol === 'udp' || fields[3] === TCP_LISTEN))
      found.set(fields[9], port)
  }
  return found
}

/** Who has which of these ports open, on whatever interface. Only root sees other people's programs. */
export function portHolders(ports: number[]): PortHolder[] {
  const holders: PortHolder[] = []
  const wanted = (['udp', 'tcp'] as const).flatMap((protocol) =>
    ['', '6'].flatMap((version) =>
      [...socketInodes(readOrEmpty(`/proc/net/${protocol}${version}`), ports, protocol)].map(
        ([inode, port]) => [`socket:[${inode}]`, { port, protocol }] as const,
      ),
    ),
  )
  const sockets = new Map<string, { port: number; protocol: 'udp' | 'tcp' }>(wanted)
  if (sockets.size === 0) return []
  for (const process of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const open = new Set(descriptors(process).map((link) => sockets.get(link)))
    for (const socket of open)
      if (socket) holders.push({ ...socket, process: Number(process), program: nameOf(process) })
  }
  return holders
}

function descriptors(process: string): string[] {
  try {
    return readdirSync(`/proc/${process}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${process}/fd/${fd}`)
      } catch {
        return '' // closed meanwhile
      }
    })
  } catch {
    return [] // ended meanwhile, or not ours to see
  }
}

/** The program's name; of an interpreter the script that it runs, too. */
function nameOf(process: string): string {
  const name = readOrEmpty(`/proc/${process}/comm`).trim()
  const script = readOrEmpty(`/proc/${process}/cmdline`)
    .split('\0')
    .slice(1, 6)
    .find((word) => /\.(ts|js|mjs|py|pl|rb|jar)$/.test(word))
  return script ? `${name} ${script}` : name || 'a program'
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
