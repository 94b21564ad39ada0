import type { Away, Presence } from '../segment.ts'

/** An interface as the kernel shows it at one moment. */
export interface Link {
  /** the kernel's number of it, which no other interface gets again; null: there is no interface of that name */
  index: number | null
  state: 'running' | 'no-link' | 'off'
  /** its IPv4 addresses in the kernel's order; none while it does not run */
  addresses: string[]
  /** bytes; null where the kernel says nothing of use */
  mtu: number | null
}

const FORMER = 8
const ETHERNET = 1500

/** How we stand on an interface at the start; null: it has no IPv4 address. PURE. */
export function presenceOn({ index, addresses, mtu }: Link): Presence | null {
  const [address] = addresses
  return index === null || !address ? null : { index, address, formerAddresses: [], mtu: mtu ?? ETHERNET, away: null }
}

/**
 * PURE: how we stand on an interface, from how we stood on it and how it looks now. An address that it still has is
 * kept, whatever was added; an interface that is away keeps its last.
 * @returns reopen: another device has its name, of which the sockets hear nothing
 */
export function follow(was: Presence, link: Link): { now: Presence; reopen: boolean } {
  const address = link.addresses.includes(was.address) ? was.address : (link.addresses[0] ?? was.address)
  const former = address === was.address ? was.formerAddresses : [was.address, ...was.formerAddresses]
  return {
    now: {
      index: link.index ?? was.index,
      address,
      formerAddresses: [...new Set(former)].filter((each) => each !== address).slice(0, FORMER),
      mtu: link.mtu ?? was.mtu,
      away: awayOf(link),
    },
    reopen: link.index !== null && link.index !== was.index,
  }
}

function awayOf({ index, state, addresses }: Link): Away | null {
  if (index === null) return 'gone'
  if (state !== 'running') return state
  return addresses.length === 0 ? 'no-address' : null
}

const inWords: Record<Away, string> = {
  gone: 'is gone; its machines are served again when it is back',
  off: 'is switched off; its machines are served again when it is on (ip link set IF up)',
  'no-link': 'has no link; its machines are served again when it has',
  'no-address': 'has no IPv4 address; its machines are served again when it has one (ip addr add ADDRESS/24 dev IF)',
}

/** PURE: what is to be told of a change, a line each. A LAN whose only machine is switched off has no link: no warning. */
export function changesIn(name: string, was: Presence, now: Presence): { level: 'info' | 'warn'; line: string }[] {
  const told: { level: 'info' | 'warn'; line: string }[] = []
  const tell = (level: 'info' | 'warn', line: string) => told.push({ level, line: `lan: ${name} ${line}` })
  if (now.index !== was.index) tell('info', 'was made anew; the sockets are bound to the new one')
  if (now.address !== was.address)
    tell(
      'warn',
      `has the address ${now.address} instead of ${was.address}; machines are sent to the new one from now on`,
    )
  if (now.mtu !== was.mtu)
    tell('info', `has an MTU of ${now.mtu} bytes instead of ${was.mtu}; TFTP blocks fit it from now on`)
  if (now.away !== was.away) {
    if (now.away === null) tell('info', `is back with ${now.address}`)
    else tell(now.away === 'no-link' ? 'info' : 'warn', inWords[now.away].replace('IF', name))
  }
  return told
}

/** PURE: a line about machines whose seed says that they are to report at an address which is no longer ours. */
export function reportElsewhere(name: string, former: string, { count, names }: { count: number; names: string[] }) {
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  const who = `${count} ${count === 1 ? 'machine has' : 'machines have'} yet to report, and will at ${former}`
  return `lan: ${who}: ${names.join(', ')}${more}; until then let ${name} have that address besides: ip addr add ${former}/24 dev ${name}`
}
