import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { join } from 'node:path'
import { type Check, fail, ok, warn } from './check.ts'

const LISTEN_SECONDS = 1

type Answers = string[] | { refused: string }

/** An interface of this machine with what it could be taken for another by. */
export interface Neighbour {
  name: string
  mac: string | null
  /** its IPv4 addresses, as 192.168.77.1/24 */
  cidrs: string[]
}

/** Who in the LAN of an interface says that it has this address: MACs, or the sentence why nobody could be asked. */
export function probeAddress(name: string, address: string): Promise<Answers> {
  const script = join(import.meta.dirname, 'arp-probe.pl')
  const timeout = (LISTEN_SECONDS + 5) * 1000
  return new Promise((resolve) => {
    execFile('/usr/bin/perl', [script, name, address, String(LISTEN_SECONDS)], { timeout }, (error, out, said) =>
      resolve(error ? { refused: said.trim() || error.message } : out.split('\n').filter(Boolean)),
    )
  })
}

/** The MAC of an interface, as the kernel shows it. */
export function macOf(name: string, folder = '/sys/class/net'): string | null {
  try {
    return readFileSync(join(folder, name, 'address'), 'utf8').trim() || null
  } catch {
    return null // it has gone meanwhile
  }
}

/**
 * Whether machines find this server, and nobody else, under its address: Linux answers ARP for each of its addresses on
 * every interface (net.ipv4.conf.*.arp_ignore is 0), also on one that was plugged into the same switch. Pure.
 * @param answers MACs that said they have `address`
 */
export function judgeAddress(
  of: { interface: string; address: string },
  answers: Answers,
  machine: Neighbour[],
): Check[] {
  const title = `address of ${of.interface}`
  const ours = machine.find(({ name }) => name === of.interface)
  const others = machine.filter(({ name }) => name !== of.interface)
  const foreign = 'refused' in answers ? [] : answers.filter((mac) => mac !== ours?.mac)
  const own = others.filter(({ mac }) => mac !== null && foreign.includes(mac))
  const strangers = [...new Set(foreign)].filter((mac) => !own.some((each) => each.mac === mac))
  const found: Check[] = []
  if ('refused' in answers)
    found.push(
      warn(title, `The LAN could not be asked who has ${of.address}: ${answers.refused}.`, 'Run this as root.'),
    )
  if (strangers.length > 0)
    found.push(
      fail(
        title,
        `Another device of this LAN answers for ${of.address} too: ${strangers.join(', ')}.`,
        'Give one of the two another address, and keep it out of the range of the DHCP server.',
      ),
    )
  if (own.length > 0)
    found.push(
      warn(
        title,
        `${namesOf(own)} of this machine ${own.length > 1 ? 'are' : 'is'} plugged into the same LAN and ${own.length > 1 ? 'answer' : 'answers'} for ${of.address} as well; machines may send to the wrong one.`,
        'Unplug it there, or let each interface answer for its own addresses only: sysctl -w net.ipv4.conf.all.arp_ignore=1',
      ),
    )
  const same = others.filter(({ cidrs }) => cidrs.some((cidr) => ours?.cidrs.some((each) => overlap(each, cidr))))
  if (same.length > 0)
    found.push(
      warn(
        title,
        `${namesOf(same)} ${same.length > 1 ? 'have' : 'has'} an address of the same subnet; what this machine sends there leaves by one of them only.`,
        `Give ${of.interface} a subnet of its own.`,
      ),
    )
  if (found.length > 0) return found
  return [ok(title, `Nobody else in its LAN answers for ${of.address}, and no other interface has its subnet.`)]
}

const namesOf = (interfaces: Neighbour[]) => interfaces.map(({ name }) => name).join(' and ')

/** Whether one of two subnets lies in the other. */
function overlap(one: string, other: string): boolean {
  return within(one, other) || within(other, one)
}

function within(inner: string, outer: string): boolean {
  const [net = '', length] = outer.split('/')
  const list = new BlockList()
  list.addSubnet(net, Number(length), 'ipv4')
  return list.check(inner.split('/')[0] ?? '', 'ipv4')
}
