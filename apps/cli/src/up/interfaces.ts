import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'

/** An interface of this machine, as far as serving a LAN on it goes. */
export interface Interface {
  name: string
  /** its first IPv4 address; unknown (null) while it has no link, because Node lists only running interfaces */
  address: string | null
  state: 'running' | 'no link' | 'off'
  loopback: boolean
}

const IFF_UP = 1
const IFF_LOOPBACK = 8

/** The interfaces that the kernel shows below `folder`, in its order. */
export function presentInterfaces(folder = '/sys/class/net'): Interface[] {
  const running = networkInterfaces()
  return readdirSync(folder)
    .filter((name) => name !== 'bonding_masters') // a control file of the bonding driver among the interfaces
    .map((name) => {
      const flags = Number(readFileSync(join(folder, name, 'flags'), 'utf8'))
      return {
        name,
        address: running[name]?.find((info) => info.family === 'IPv4')?.address ?? null,
        state: (flags & IFF_UP) === 0 ? 'off' : hasLink(join(folder, name)) ? 'running' : 'no link',
        loopback: (flags & IFF_LOOPBACK) !== 0,
      }
    })
}

/** As the kernel's IFF_RUNNING, by which Node lists interfaces; a driver that cannot tell says `unknown`. */
const hasLink = (folder: string) => /^(up|unknown)$/.test(readFileSync(join(folder, 'operstate'), 'utf8').trim())

/** A link comes up seconds after its cable or its bridge: interfaces that were asked for are given that long. */
export async function interfacesWithLink(asked: string[], patienceMs = 5_000): Promise<Interface[]> {
  for (let waited = 0; ; waited += 100) {
    const present = presentInterfaces()
    const linking = present.some(({ name, state }) => asked.includes(name) && state === 'no link')
    if (!linking || waited >= patienceMs) return present
    await sleep(100)
  }
}

const usableOf = (present: Interface[]) => present.filter(({ address, loopback }) => address && !loopback)

/** The interfaces that could be served, each with its address, for a sentence. */
export const choicesOf = (present: Interface[]): string =>
  usableOf(present)
    .map(({ name, address }) => `${name} (${address})`)
    .join(', ') || 'none has an IPv4 address'

/**
 * The interfaces to serve: those asked for, else the only one with an IPv4 address. Never a guess between several,
 * because one of them may be the office LAN. Pure.
 * Throws a Refusal that says what is wrong with the interface, or lists the choices.
 */
export function interfacesToServe(asked: string[], present: Interface[]): string[] {
  const usable = usableOf(present)
  const choices = choicesOf(present)
  for (const name of asked) {
    const found = present.find((candidate) => candidate.name === name)
    if (!found) throw new Refusal(`--interface: there is no interface "${name}"; there are: ${choices}`, 2)
    const wrong = obstacle(found)
    if (wrong) throw new Refusal(`interface ${name} ${wrong}`)
  }
  if (asked.length > 0) return [...new Set(asked)]
  if (usable.length === 1 && usable[0]) return [usable[0].name]
  throw new Refusal(`say which interface leads to the bench LAN with --interface; there are: ${choices}`, 2)
}

/** Why an interface cannot be served, with the remedy. */
function obstacle({ name, address, state, loopback }: Interface): string | null {
  if (loopback) return 'is the loopback of this machine; name the one that leads to the bench LAN'
  if (state === 'off') return `is switched off; switch it on with: ip link set ${name} up`
  if (state === 'no link') return 'has no link; plug its cable in and switch the other end on'
  if (!address) return `has no IPv4 address; give it a fixed one, e.g. ip addr add 192.168.77.1/24 dev ${name}`
  return null
}
