import type { Place } from '@eims/contracts'
import type { Notes } from '@eims/placed-yaml'
import { product } from '../system/huge-pages.ts'
import { type Assignment, readAssignments } from './assignments.ts'

/** Something of the new file, and where it comes from in the old one. */
export interface Origins {
  /** by its path in the new file */
  at: Map<string, Place>
}

const PROXIES: Record<string, string> = {
  http_proxy: 'httpProxy',
  https_proxy: 'httpsProxy',
  ftp_proxy: 'ftpProxy',
  socks_proxy: 'socksProxy',
  all_proxy: 'socksProxy',
  no_proxy: 'noProxy',
}

const spot = ({ name, line, column }: Assignment) => ({ line, column, path: name })

/** Bash's part of a raw config-file as a part of `operatingSystem`; what is not taken over is told. */
export class Head {
  readonly tail: number
  readonly #given = new Map<string, Assignment>()
  readonly #notes: Notes
  readonly #origins: Origins

  constructor(text: string, notes: Notes, origins: Origins) {
    this.#notes = notes
    this.#origins = origins
    const { assignments, tail } = readAssignments(text)
    this.tail = tail
    // of two assignments bash keeps the later one
    for (const each of assignments) {
      const was = this.#given.get(each.name)
      if (was && was.value !== each.value)
        notes.warning(
          spot(was),
          `${each.name} is set again in line ${each.line}, which counts`,
          'Nothing need be done.',
        )
      this.#given.set(each.name, each)
      this.#tellBeyond(each)
    }
  }

  /** @param crypt as reading has it */
  system(crypt: (password: string) => string): Record<string, unknown> {
    const proxy = this.#proxy()
    const users = this.#users(crypt)
    const network = this.#network()
    const lvm = this.#take('lvm_size_ingb', 'lvmSizeGb')
    const pages = this.#take('huge_page_config', 'hugePages')
    const count = pages === undefined ? null : product(pages)
    const system = {
      users,
      sshKey: this.#take('ssh_key', 'sshKey'),
      proxy,
      network,
      hostType: this.#take('host_type', 'hostType') ?? 'kubernetes',
      ntpServers: this.#take('USER_CUSTOM_NTP_SERVERS', 'ntpServers')
        ?.split(',')
        .map((server) => server.trim()),
      lvmSizeGb: lvm === '0' ? undefined : lvm,
      hugePages: count === null ? pages : { count, size: '2M' },
    }
    for (const left of this.#given.values())
      this.#notes.warning(spot(left), `${left.name} is not known, and left out`, 'Say it in YAML, if it is needed.')
    return Object.fromEntries(Object.entries(system).filter(([, value]) => value !== undefined))
  }

  #tellBeyond(each: Assignment): void {
    const { name, beyond } = each
    const told = {
      computes: ['is computed by bash ($ or `): it is taken as the text that stands there', 'Write what it comes to.'],
      'reads on': ['is followed by something that is left out', 'Look what it was for.'],
      'open quote': ['has no closing quote: the rest of its line is taken', 'Close it in the old file.'],
    } as const
    if (beyond) this.#notes.warning(spot(each), `${name} ${told[beyond][0]}`, told[beyond][1])
  }

  /** The value of a name, which is then done with; undefined for none and for an empty one. */
  #take(name: string, path: string): string | undefined {
    const given = this.#given.get(name)
    this.#given.delete(name)
    if (!given || given.value === '') return undefined
    this.#origins.at.set(`operatingSystem.${path}`, given)
    return given.value
  }

  #proxy(): Record<string, unknown> | undefined {
    const proxy: Record<string, unknown> = {}
    for (const [lower, field] of Object.entries(PROXIES)) {
      const upper = lower.toUpperCase()
      const [one, other] = [this.#given.get(lower), this.#given.get(upper)]
      if (one?.value && other?.value && one.value !== other.value)
        this.#notes.warning(
          spot(other),
          `${upper} is another than ${lower}, and left out: a unit has one of them in both cases`,
          `Write the right one as proxy.${field}.`,
        )
      const path = `proxy.${field}`
      const [small, large] = one?.value
        ? [this.#take(lower, path), this.#drop(upper)]
        : [this.#drop(lower), this.#take(upper, path)]
      const value = small ?? large
      if (value === undefined) continue
      if (proxy[field] !== undefined && proxy[field] !== value) {
        const place = one ?? other
        if (place)
          this.#notes.warning(spot(place), `${place.name} is left out: ${field} is said already`, 'Choose one.')
      } else
        proxy[field] =
          field === 'noProxy'
            ? value
                .split(',')
                .map((part) => part.trim())
                .filter(Boolean)
            : value
    }
    return Object.keys(proxy).length > 0 ? proxy : undefined
  }

  #drop(name: string): undefined {
    this.#given.delete(name)
  }

  #users(crypt: (password: string) => string) {
    const at = this.#given.get('user_name')
    const password = this.#given.get('passwd')
    const name = this.#take('user_name', 'users')
    const passwd = this.#take('passwd', 'users[0].passwordHash')
    if (name === undefined) {
      if (passwd !== undefined && password)
        this.#notes.warning(spot(password), 'passwd is left out: there is no user_name', 'Write users in the new file.')
      return undefined
    }
    if (passwd === undefined && at)
      this.#notes.warning(
        spot(at),
        'The password was asked for at the terminal: the user has none in the new file',
        'Add passwordHash or plainPassword to the user.',
      )
    return [
      {
        username: name,
        ...(passwd === undefined ? {} : { passwordHash: passwd.startsWith('$') ? passwd : crypt(passwd) }),
      },
    ]
  }

  #network(): Record<string, unknown> | undefined {
    const names = {
      static_ip: 'address',
      subnet_mask: 'netmask',
      default_gate_way: 'gateway',
      dns_name_server: 'dnsServers',
    }
    const first = this.#given.get('static_ip')
    const network: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(names)) {
      const given = this.#given.get(name)
      const value = this.#take(name, `network.${field}`)
      if (value === undefined) continue
      if (!first?.value && field !== 'dnsServers') {
        if (given) this.#notes.warning(spot(given), `${name} is left out: there is no static_ip`, 'Give an address.')
      } else if (field === 'netmask' && /^\d{1,2}$/.test(value)) network.prefix = value
      else network[field] = field === 'dnsServers' ? value.split(',').map((part) => part.trim()) : value
    }
    if (first?.value)
      this.#notes.warning(
        spot(first),
        'static_ip was used only where DHCP gave no address: in the new file it is used always',
        'Leave network out for a unit that has DHCP.',
      )
    return Object.keys(network).length > 0 ? network : undefined
  }
}
