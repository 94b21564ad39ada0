import type { Nic } from '@eims/contracts'
import t from 'tap'
import { parse } from 'yaml'
import { cloudInitDocuments, networkConfigFault } from '../src/index.ts'

const nic = (of: Partial<Nic>): Nic => ({
  name: 'eth0',
  mac: '52:54:00:00:00:01',
  driver: 'e1000e',
  link: true,
  speed: 1000,
  boot: false,
  ...of,
})
const documents = (nics: Nic[], networkConfig?: string) =>
  cloudInitDocuments({
    node: { name: 'n', nics },
    instanceId: 'r',
    profile: { networkConfig },
    site: { httpProxy: null, noProxy: null, ntpServers: [] },
    phoneHome: { urls: ['http://h/'], token: 't', caPem: null },
  }).networkConfig

await t.test(
  'two linked NICs: both by DHCP, the one that the machine booted from first, whatever their names',
  async (t) => {
    t.equal(
      documents([nic({ name: 'eth0' }), nic({ name: 'eth1', mac: '52:54:00:00:00:0A', boot: true })]),
      `version: 2
ethernets:
  nic0:
    match:
      macaddress: 52:54:00:00:00:0a
    dhcp4: true
    dhcp4-overrides:
      route-metric: 100
  nic1:
    match:
      macaddress: "52:54:00:00:00:01"
    dhcp4: true
    dhcp4-overrides:
      route-metric: 200
    optional: true
`,
    )
  },
)

await t.test('all are configured, one is waited for; USB NICs come behind, and never alone', async (t) => {
  const usb = nic({ mac: '00:e0:4c:00:00:01', driver: 'r8152' })
  const order = (...nics: Nic[]) => {
    const config = parse(documents(nics)) as {
      ethernets: Record<string, { match: { macaddress: string }; optional?: true }>
    }
    return Object.values(config.ethernets).map(
      ({ match, optional }) => `${match.macaddress}${optional ? '' : ' waited for'}`,
    )
  }
  const unlinked = nic({ link: false })
  const linked = nic({ mac: '52:54:00:00:00:02' })
  t.strictSame(order(unlinked, usb, linked), ['52:54:00:00:00:02 waited for', '52:54:00:00:00:01', '00:e0:4c:00:00:01'])
  t.strictSame(order(unlinked, { ...usb, boot: true }), ['00:e0:4c:00:00:01 waited for', '52:54:00:00:00:01'])
  t.strictSame(order(linked, { ...linked, name: 'twin' }), ['52:54:00:00:00:02 waited for'], 'a MAC once')
  t.equal(documents([{ ...usb, boot: true }]), '', 'cloud-init chooses for itself')
  t.equal(documents([]), '')
})

await t.test('a profile’s own takes its place as it is', async (t) => {
  const own = '# ours\nversion: 2\nethernets: {}\n'
  t.equal(documents([nic({})], own), own)
})

await t.test('what could not work is refused in a sentence that follows the field’s name', async (t) => {
  const table: [string, string | RegExp | null][] = [
    ['version: 2\nethernets: {all: {match: {name: "e*"}, dhcp4: true}}\n', null],
    ['version: 1\nconfig: [{type: physical, name: eth0, subnets: [{type: dhcp}]}]\n', null],
    ['', 'must be a map: version and what belongs to it'],
    ['- 1\n', 'must be a map: version and what belongs to it'],
    ['network: {version: 2}\n', /^must not stand under network:/],
    ['config: disabled\n', /^must say version: 2/],
    ['version: 3\n', /^must say version: 2/],
    ['version: 1\nconfig: disabled\n', /^of version 1 must have a list/],
    ['version: [2\n', /^is not valid YAML/],
  ]
  for (const [text, fault] of table) t.match(networkConfigFault(text), fault, JSON.stringify(text))
})
