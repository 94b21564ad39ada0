import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Interface } from '../up/interfaces.ts'
import { type Check, fail, ok, warn } from './check.ts'

/** An interface as the kernel shows it, with what a bench LAN's should be like. */
export interface Link extends Interface {
  /** megabits a second; null: the driver does not tell */
  speed: number | null
  halfDuplex: boolean
  /** its address was given by a DHCP server; null: not known */
  dynamic: boolean | null
  /** seconds that its own spanning tree keeps a new port silent; null: no bridge, or none running */
  forwardDelay: number | null
}

/** Reads what /sys and `ip` tell of an interface beyond `presentInterfaces`. */
export function readLink(present: Interface, folder = '/sys/class/net'): Link {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, present.name, name), 'utf8').trim()
    } catch {
      return null // not every driver has every file, and reading some of them fails while the link is down
    }
  }
  const speed = Number(read('speed') ?? -1)
  const spanningTree = existsSync(join(folder, present.name, 'bridge')) && Number(read('bridge/stp_state')) > 0
  return {
    ...present,
    speed: speed > 0 ? speed : null,
    halfDuplex: read('duplex') === 'half',
    dynamic: isDynamic(present.name),
    forwardDelay: spanningTree ? Number(read('bridge/forward_delay')) / 100 : null,
  }
}

function isDynamic(name: string): boolean | null {
  const { status, stdout } = spawnSync('ip', ['-j', '-4', 'addr', 'show', 'dev', name], {
    encoding: 'utf8',
    timeout: 5000,
  })
  if (status !== 0) return null
  try {
    const [found] = JSON.parse(stdout) as { addr_info?: { dynamic?: boolean }[] }[]
    return found?.addr_info?.[0]?.dynamic === true
  } catch {
    return null
  }
}

const SLOW = 1000

/** Whether a LAN can be served on each of the interfaces asked for. Pure. */
export function judgeLinks(asked: string[], links: Link[]): Check[] {
  return asked.flatMap((name) => {
    const link = links.find((each) => each.name === name)
    const title = `interface ${name}`
    if (!link) {
      const there = links.filter(({ loopback }) => !loopback).map((each) => each.name)
      return [
        fail(title, 'There is no such interface.', `Use one of these with --interface: ${there.join(', ') || 'none'}`),
      ]
    }
    return [state(title, link), ...quality(title, link)]
  })
}

function state(title: string, { name, state, address, dynamic, loopback }: Link): Check {
  if (loopback) return fail(title, 'It is the loopback.', 'Name the interface that leads to the bench LAN.')
  if (state === 'off') return fail(title, 'It is switched off.', `Switch it on: ip link set ${name} up`)
  if (state === 'no link') return fail(title, 'It has no link.', 'Plug its cable in and switch the other end on.')
  if (!address)
    return fail(title, 'It has no IPv4 address.', `Give it a fixed one, e.g. ip addr add 192.168.77.1/24 dev ${name}`)
  if (dynamic)
    return warn(
      title,
      `Its address ${address} was given by a DHCP server and may change.`,
      'Give it a fixed address: machines and their installed OS keep it.',
    )
  return ok(title, `It is up with ${address}.`)
}

function quality(title: string, { state, speed, halfDuplex, forwardDelay }: Link): Check[] {
  if (state !== 'running') return []
  const found: Check[] = []
  if ((speed !== null && speed < SLOW) || halfDuplex)
    found.push(
      warn(
        `${title}: speed`,
        `The link runs at ${speed ?? 'unknown'} Mb/s${halfDuplex ? ', half duplex' : ''}.`,
        'Use a gigabit port and cable, with negotiation on at both ends.',
      ),
    )
  if (forwardDelay !== null && forwardDelay > 2)
    found.push(
      warn(
        `${title}: spanning tree`,
        `This bridge runs spanning tree and keeps a new port silent for ${2 * forwardDelay} s, longer than firmware waits.`,
        'Switch it off on this bridge (ip link set BRIDGE type bridge stp_state 0), or make the delay short.',
      ),
    )
  return found
}
