import { BootOrder } from '@eims/contracts'
import { authorities } from '../certificates.ts'
import { LIMITS } from '../limits.ts'
import { list, mapping, words } from '../shape/collections.ts'
import { number, oneOf, text, truth } from '../shape/scalars.ts'
import type { ReadOf } from '../shape/shape.ts'
import { aptMirror } from './apt-mirror.ts'
import { commands } from './commands.ts'
import { files } from './files.ts'
import { hugePages } from './huge-pages.ts'
import { installer } from './installer.ts'
import { network } from './network.ts'
import { proxy } from './proxy.ts'
import { sshKey, type User, users } from './users.ts'

const unit = text('A systemd unit.', {
  most: 255,
  pattern: /^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$/,
  must: 'the name of a systemd unit',
  example: 'docker',
})

const shapes = {
  users,
  sshKey,
  proxy,
  network,
  aptMirror,
  ssh: mapping('The unit’s SSH server.', {
    enabled: truth('Whether it runs; left out: as the image has it.'),
    passwordAuthentication: truth('Whether a password is enough; left out: as the image has it.'),
    permitRootLogin: oneOf('How root may log in; left out: as the image has it.', ['yes', 'prohibit-password', 'no']),
  }),
  services: mapping('systemd units of the image.', {
    enable: words('Are started, now and at every boot.', unit, LIMITS.names),
    disable: words('Are stopped, and not started any more.', unit, LIMITS.names),
  }),
  ntpServers: words(
    'Time servers.',
    text('A time server.', { pattern: /^[A-Za-z0-9.:_%-]{1,255}$/, must: 'a host name or an IP address' }),
    LIMITS.names,
  ),
  bootOrder: oneOf('What a unit with UEFI tries first.', BootOrder.options),
  hostType: oneOf(
    'kubernetes: with a cluster, the image’s own defaults where the file has no kubernetes; container: with none.',
    ['kubernetes', 'container'],
  ),
  lvmSizeGb: number('Gigabytes of an LVM partition for user data; 0: none.', 0, 65_536),
  hugePages,
  caCertificates: list(
    'Certificates of authorities (an enterprise CA) that the OS and the registries of K3s trust besides.',
    authorities('One or more in PEM.'),
    { most: LIMITS.authorities, orOne: true },
  ),
  files,
  installer,
  commands,
}

/** Everything below `operatingSystem`. */
export const operatingSystem = mapping('The OS of the unit.', shapes, {
  aliases: {
    user: 'users',
    lvm_size_ingb: 'lvmSizeGb',
    huge_page_config: 'hugePages',
    user_custom_ntp_servers: 'ntpServers',
    ntp: 'ntpServers',
    write_files: 'files',
    runcmd: 'commands',
  },
  elsewhere: {
    user_name: 'users, a list with username',
    username: 'users, a list with username',
    passwd: 'users, a list with username and passwordHash',
    password: 'users, a list with username and password',
    http_proxy: 'proxy.httpProxy',
    https_proxy: 'proxy.httpsProxy',
    ftp_proxy: 'proxy.ftpProxy',
    socks_proxy: 'proxy.socksProxy',
    no_proxy: 'proxy.noProxy',
    static_ip: 'network.address',
    subnet_mask: 'network.netmask',
    default_gate_way: 'network.gateway',
    dns_name_server: 'network.dnsServers',
  },
})

/** As it was written, passwords and all. */
export type GivenSystem = ReadOf<typeof operatingSystem>
export type OperatingSystem = Omit<GivenSystem, 'users'> & { users?: User[] }
export type SystemKey = keyof OperatingSystem
export const systemKeys = Object.keys(shapes) as SystemKey[]
