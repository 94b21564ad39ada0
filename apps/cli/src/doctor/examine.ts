import { networkInterfaces } from 'node:os'
import { Refusal } from '../refusal.ts'
import { choicesOf, interfacesToServe, presentInterfaces } from '../up/interfaces.ts'
import type { Ports } from '../up/service-ports.ts'
import { checkBootFiles } from './boot-files.ts'
import { type Check, fail } from './check.ts'
import { judgeClock, ntpState } from './clock.ts'
import { probeLan } from './dhcp-probe.ts'
import { judgeServers } from './dhcp-servers.ts'
import { checkFirewall } from './firewall.ts'
import { checkFirmware } from './firmware.ts'
import { judgeLinks, readLink } from './network.ts'
import { judgeAddress, macOf, type Neighbour, probeAddress } from './own-address.ts'
import { checkDatabase, findService, type Running } from './service.ts'
import { freeSpace, judgeMemory, judgeSpace, readMemory } from './space.ts'
import { checkPorts } from './taken-ports.ts'

export interface Examined {
  /** interfaces that were named; none: those that the running service serves, else the one that `up` would take */
  asked: string[]
  ports: Ports
  dataDir: string
  cacheDir: string
  artifactsDir: string
  /** this is an unpacked bundle, which makes no boot files */
  bundled: boolean
  databaseUrl: string | undefined
  /** milliseconds since 1970 */
  now: number
}

const GB = 1e9

/** Looks at everything that serving needs, on this machine and in its LANs. Changes nothing; takes about five seconds. */
export async function examine(what: Examined): Promise<Check[]> {
  const running = await findService(what.dataDir)
  const serving = running?.counters?.interfaces.map((each) => each.interface) ?? []
  const names = namesOf(what.asked, serving)
  const lan = Array.isArray(names) ? await examineLans(names, serving, running, what) : [names]
  return [
    ...lan,
    ...checkFirewall(Number(what.ports['http-port'])),
    judgeSpace('the data', what.dataDir, freeSpace(what.dataDir), GB),
    judgeSpace('the cache', what.cacheDir, freeSpace(what.cacheDir), 0.2 * GB),
    judgeMemory(readMemory()),
    judgeClock(what.now, ntpState()),
    ...checkBootFiles(what.artifactsDir, what.bundled),
    ...['x86_64', 'arm64'].flatMap((architecture) => checkFirmware(what.artifactsDir, architecture, what.bundled)),
    await checkDatabase(running, what.databaseUrl),
  ]
}

/** Never a guess between several interfaces: a probe, too, has no business in the office. */
function namesOf(asked: string[], serving: string[]): string[] | Check {
  if (asked.length > 0) return [...new Set(asked)]
  if (serving.length > 0) return serving
  const present = presentInterfaces()
  try {
    return interfacesToServe([], present)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return fail(
      'interface',
      `Which interface leads to the bench LAN is not clear; there are: ${choicesOf(present)}.`,
      'Say which interface leads to the bench LAN with --interface.',
    )
  }
}

async function examineLans(
  names: string[],
  serving: string[],
  running: Running | null,
  what: Examined,
): Promise<Check[]> {
  const links = presentInterfaces().map((each) => (names.includes(each.name) ? readLink(each) : { ...each, ...unread }))
  const own = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? [])
  const usable = names.flatMap((name) => {
    const link = links.find((each) => each.name === name && each.state === 'running')
    return link?.address ? [{ name, address: link.address }] : []
  })
  const probed = await Promise.all(
    usable.map(({ name, address }) => Promise.all([probeLan(name), probeAddress(name, address)])),
  )
  const machine = neighbours(links.map(({ name }) => name))
  const checks = judgeLinks(names, links)
  for (const [index, { name, address }] of usable.entries()) {
    const [offers, answers] = probed[index] ?? [[], []]
    const heard = running?.counters?.interfaces.find((each) => each.interface === name)?.heardServers ?? []
    checks.push(await checkPorts(name, what.ports, serving))
    checks.push(...judgeAddress({ interface: name, address }, answers, machine))
    checks.push(...judgeServers({ interface: name, offers, heard, own, now: Date.now() }))
  }
  return checks
}

/** The interfaces of this machine; one without a link has no addresses that Node tells. */
function neighbours(names: string[]): Neighbour[] {
  const running = networkInterfaces()
  return names.map((name) => ({
    name,
    mac: macOf(name),
    cidrs: running[name]?.flatMap(({ family, cidr }) => (family === 'IPv4' && cidr ? [cidr] : [])) ?? [],
  }))
}

const unread = { speed: null, halfDuplex: false, dynamic: null, forwardDelay: null }
