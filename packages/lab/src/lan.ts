import { Namespace } from './namespace.ts'
import { namespaceName, removeStaleNamespaces } from './stale-namespaces.ts'

/** An Ethernet that a machine can be plugged into. */
export interface Wire {
  /** namespace that its bridge is in, and the QEMUs of the machines on it */
  home: Namespace
  bridge: string
  /** megabits a second that a machine on it gets; left out: as fast as it goes */
  mbit?: number
}

/** One Ethernet with IPv4: a bridge (br0, br1, …) in the service's namespace, and a namespace for a neighbour on it. */
export interface Segment extends Wire {
  /** first three numbers of its /24 */
  subnet: string
  /** the service's own address on it: `.1` */
  serviceAddress: string
  /** the neighbour's namespace: on br0 this is the site, with its DHCP server and the admin's SSH client */
  neighbour: Namespace
  /** the neighbour's interface and its address: `.2` */
  neighbourInterface: string
  neighbourAddress: string
}

interface LanOptions {
  /** goes into the names of the namespaces: 1 to 20 small letters, digits, hyphens */
  name: string
  /** first three numbers of the bench LAN's /24; default 192.168.77 */
  subnet?: string
}

/**
 * A bench LAN on this machine, made of network namespaces; it reaches nothing outside.
 *
 *     namespace service                             namespace site
 *       br0 192.168.77.1/24  ── veth ──────────────   eth0 192.168.77.2/24   (the site's own DHCP server)
 *        ├─ tap0, tap1 …      machines
 *       br1 192.168.88.1/24  ── veth ──────────────   another namespace, with addSegment
 */
export class Lan implements AsyncDisposable {
  readonly name: string
  /** where the service and the machines' QEMU run */
  readonly service: Namespace
  readonly bench: Segment
  readonly #others: Namespace[]
  #taps = 0

  private constructor(name: string, service: Namespace, bench: Segment) {
    this.name = name
    this.service = service
    this.bench = bench
    this.#others = [bench.neighbour]
  }

  static async create(options: LanOptions): Promise<Lan> {
    const { name } = options
    if (!/^[a-z0-9-]{1,20}$/.test(name))
      throw new Error(`LAN name "${name}": use 1 to 20 small letters, digits and hyphens`)
    await removeStaleNamespaces()
    const service = await Namespace.create(namespaceName(name, process.pid, 'svc'))
    try {
      return new Lan(name, service, await addBridge(service, name, 'br0', options.subnet ?? '192.168.77', 'site'))
    } catch (cause) {
      await service[Symbol.asyncDispose]()
      throw cause
    }
  }

  /** The site's namespace on the bench LAN. */
  get site(): Namespace {
    return this.bench.neighbour
  }

  /** A further LAN that the service's machine also has an interface on, with a namespace to send packets from. */
  async addSegment(bridge: string, subnet: string): Promise<Segment> {
    const segment = await addBridge(this.service, this.name, bridge, subnet, bridge)
    this.#others.push(segment.neighbour)
    return segment
  }

  /** A further namespace, connected to nothing, that ends with the LAN. */
  async addNamespace(role: string): Promise<Namespace> {
    const namespace = await Namespace.create(namespaceName(this.name, process.pid, role))
    this.#others.push(namespace)
    return namespace
  }

  /** Makes a tap device on a wire's bridge (default: the bench LAN) and returns its name. */
  async addTap({ home, bridge, mbit }: Wire = this.bench): Promise<string> {
    const tap = `tap${this.#taps++}`
    await home.ip('tuntap', 'add', tap, 'mode', 'tap')
    await home.ip('link', 'set', tap, 'master', bridge, 'up')
    const bucket = ['rate', `${mbit}mbit`, 'burst', '64kb', 'latency', '400ms']
    if (mbit) await home.exec('tc', ['qdisc', 'add', 'dev', tap, 'root', 'tbf', ...bucket])
    return tap
  }

  /** Ends every process in the LAN's namespaces, then removes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    const namespaces = [this.service, ...this.#others]
    const results = await Promise.allSettled(namespaces.map((namespace) => namespace[Symbol.asyncDispose]()))
    const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason)
    if (failures.length > 0) throw new AggregateError(failures, `LAN ${this.name} was not removed`)
  }
}

async function addBridge(service: Namespace, lan: string, bridge: string, subnet: string, role: string) {
  if (!/^(\d{1,3}\.){2}\d{1,3}$/.test(subnet))
    throw new Error(`subnet "${subnet}": give the first three numbers, such as 192.168.77`)
  const port = `${bridge}-peer`
  await service.ip('link', 'add', bridge, 'type', 'bridge', 'stp_state', '0', 'mcast_snooping', '0')
  await service.ip('addr', 'add', `${subnet}.1/24`, 'dev', bridge)
  await service.ip('link', 'set', bridge, 'up')
  const neighbour = await Namespace.create(namespaceName(lan, process.pid, role))
  try {
    await service.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', neighbour.name)
    await service.ip('link', 'set', port, 'master', bridge, 'up')
    await neighbour.ip('addr', 'add', `${subnet}.2/24`, 'dev', 'eth0')
    await neighbour.ip('link', 'set', 'eth0', 'up')
  } catch (cause) {
    await neighbour[Symbol.asyncDispose]()
    throw cause
  }
  const addresses = { serviceAddress: `${subnet}.1`, neighbourAddress: `${subnet}.2` }
  return { home: service, bridge, subnet, neighbour, neighbourInterface: 'eth0', ...addresses }
}
