import { networkInterfaces } from 'node:os'
import type { Counters } from '@eims/contracts'
import { Refusal } from '../refusal.ts'
import { choicesOf, interfacesToServe, presentInterfaces } from '../up/interfaces.ts'
import type { Ports } from '../up/service-ports.ts'
import { checkBootFiles } from './boot-files.ts'
import { type Check, fail } from './check.ts'
import { judgeClock, ntpState } from './clock.ts'
import { probeLan } from './dhcp-probe.ts'
import { judgeServers, seemingStrangers } from './dhcp-servers.ts'
import { checkFirewall } from './firewall.ts'
import { checkFirmware } from './firmware.ts'
import { judgeLinks, readLink } from './network.ts'
import { judgeAddress, macOf, type Neighbour, probeAddress } from './own-address.ts'
import { judgePostgresAge } from './postgres-age.ts'
import { judgeStored } from './retention.ts'
import { judgeServed, whoAnswers } from './served.ts'
import { checkDatabase, findService, type Running } from './service.ts'
import { judgeDataSpace, judgeMemory, judgeSpace, readMemory, spaceAt } from './space.ts'
import { checkPorts } from './taken-ports.ts'
import { judgeWebhooks } from './webhooks.ts'

interface Examined {
  /** interfaces that were named; none: those that the running service serves, else the one that `up` would take */
  asked: string[]
  ports: Ports
  dataDir: string
  /** bytes; null: not given */
  keepFree: number | null
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
    judgeDataSpace(what.dataDir, spaceAt(what.dataDir), what.keepFree),
    judgeSpace('the cache', what.cacheDir, spaceAt(what.cacheDir).free, 0.2 * GB),
    judgeMemory(readMemory()),
    judgeClock(what.now, ntpState()),
    ...checkBootFiles(what.artifactsDir, what.bundled),
    ...['x86_64', 'arm64'].flatMap((architecture) => checkFirmware(what.artifactsDir, architecture, what.bundled)),
    await checkDatabase(running, what.databaseUrl),
    ...judgePostgresAge(what.now, what.databaseUrl),
    ...judgeStored(running?.counters ?? null, what.now),
    ...judgeWebhooks(running?.webhooks ?? []),
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
  const counters = running?.counters ?? null
  const own = ownAddresses(counters)
  const usable = names.flatMap((name) => {
    const link = links.find((each) => each.name === name && each.state === 'running')
    return link?.address ? [{ name, address: link.address }] : []
  })
  const probed = await Promise.all(
    usable.map(({ name, address }) => Promise.all([probeLan(name), probeAddress(name, address)])),
  )
  const machine = neighbours(links.map(({ name }) => name))
  const after = counters && (await running?.ask())
  const checks = judgeLinks(names, links)
  for (const [index, { name, address }] of usable.entries()) {
    const [offers, answers] = probed[index] ?? [[], []]
    const before = counters?.interfaces.find((each) => each.interface === name)
    const heard = before?.heardServers ?? []
    checks.push(await checkPorts(name, what.ports, serving))
    checks.push(...judgeAddress({ interface: name, address }, answers, machine))
    const ours = counters ? await thoseOf(counters, seemingStrangers({ offers, heard, own })) : []
    checks.push(...judgeServers({ interface: name, offers, heard, own: [...own, ...ours], now: Date.now() }))
  }
  for (const before of counters?.interfaces.filter((each) => names.includes(each.interface)) ?? []) {
    const { interface: name } = before
    const offers = probed[usable.findIndex((each) => each.name === name)]?.[0] ?? { refused: 'it has no address' }
    const now = after?.interfaces.find((each) => each.interface === name) ?? before
    const addresses = networkInterfaces()[name]?.map(({ address }) => address) ?? []
    const asked = Boolean(after) && !('refused' in offers)
    const answering = await whoAnswers(now.url)
    checks.push(judgeServed({ server: counters!.server.id, addresses, before, after: now, asked, answering }))
  }
  return checks
}

/** Addresses of this machine, and those that its service has or had: a machine may name a former one for a while. */
function ownAddresses(counters: Counters | null): string[] {
  const present = Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? [])
  const served = counters?.interfaces.flatMap(({ address, formerAddresses }) => [address, ...formerAddresses]) ?? []
  return [...new Set([...present, ...served])]
}

const MOST_STRANGERS = 8

/** Which of some addresses are this server's after all, by the id that answers there: it may stand behind another name. */
async function thoseOf({ server, interfaces }: Counters, strangers: string[]): Promise<string[]> {
  const port = new URL(interfaces[0]?.url ?? 'http://localhost').port
  const asked = await Promise.all(
    strangers.slice(0, MOST_STRANGERS).map(async (address) => {
      const answering = await whoAnswers(`http://${address}:${port}`)
      return 'server' in answering && answering.server === server.id ? [address] : []
    }),
  )
  return asked.flat()
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
