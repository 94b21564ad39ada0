import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { decode, encode, type Packet } from '../src/index.ts'
import { datagrams, FOLDER, NAMES } from './pcap.ts'

// Promise: what we read in packets of real firmware, and of the servers that answered it, is what tshark reads there,
// field by field and option by option; and we would write each of them as it stood on the wire.

/** Fields and options in tshark's own words; the options in their order. */
type Reading = Record<string, string> & { options?: never }
type Tree = Record<string, unknown>

t.ok(NAMES.length >= 4, 'there are captures')

for (const name of NAMES) {
  await t.test(name, async (t) => {
    const heard = datagrams(name)
    const read = tshark(name)
    t.equal(heard.length, read.length)
    for (const [at, { payload }] of heard.entries()) {
      const decoded = decode(payload)
      if (!decoded.ok) {
        t.fail(`packet ${at + 1}: ${decoded.reason}`)
        continue
      }
      const { header, options } = inTsharksWords(decoded.value)
      t.strictSame(header, headerOf(read[at]!), `packet ${at + 1}: header`)
      t.strictSame(options, optionsOf(read[at]!), `packet ${at + 1}: options`)
      const written = Buffer.from(encode(decoded.value))
      // what follows the end option is padding, of whatever length the sender liked
      t.equal(
        written.toString('hex').replace(/(00)*$/, ''),
        Buffer.from(payload)
          .toString('hex')
          .replace(/(00)*$/, ''),
        `packet ${at + 1}: written again`,
      )
    }
  })
}

function tshark(name: string): Tree[] {
  const file = fileURLToPath(new URL(`${name}.pcap`, FOLDER))
  const asDhcp = ['-d', 'udp.port==4011,dhcp']
  const args = ['-r', file, ...asDhcp, '-T', 'json', '--no-duplicate-keys', '-J', 'dhcp']
  const text = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return (JSON.parse(text) as { _source: { layers: { dhcp: Tree } } }[]).map((packet) => packet._source.layers.dhcp)
}

function inTsharksWords(packet: Packet): { header: Reading; options: string[] } {
  const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`
  const colons = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
  return {
    header: {
      'dhcp.type': `${packet.op}`,
      'dhcp.hw.type': hex(packet.htype, 2),
      'dhcp.hw.len': `${packet.hlen}`,
      'dhcp.hops': `${packet.hops}`,
      'dhcp.id': hex(packet.xid, 8),
      'dhcp.secs': `${packet.secs}`,
      'dhcp.flags': hex(packet.flags, 4),
      'dhcp.ip.client': packet.ciaddr,
      'dhcp.ip.your': packet.yiaddr,
      'dhcp.ip.server': packet.siaddr,
      'dhcp.ip.relay': packet.giaddr,
      'dhcp.hw.mac_addr': colons(packet.chaddr.subarray(0, 6)),
      'dhcp.server': packet.sname,
      'dhcp.file': packet.file,
    },
    options: [...packet.options].map(([code, value]) => `${code} ${value.length} ${colons(value)}`),
  }
}

function headerOf(read: Tree): Reading {
  const fields = ['type', 'hw.type', 'hw.len', 'hops', 'id', 'secs', 'flags', 'ip.client', 'ip.your', 'ip.server']
  const texts = ['ip.relay', 'hw.mac_addr', 'server', 'file']
  return Object.fromEntries([...fields, ...texts].map((field) => [`dhcp.${field}`, read[`dhcp.${field}`] as string]))
}

/** tshark counts the end option as code 0 in older versions and 255 in newer; it stands last, without a value. */
function optionsOf(read: Tree): string[] {
  const codes = read['dhcp.option.type'] as string[]
  const trees = read['dhcp.option.type_tree'] as Tree[]
  return codes
    .map((code, at) => ({ code, length: trees[at]?.['dhcp.option.length'], value: trees[at]?.['dhcp.option.value'] }))
    .filter(({ code }) => code !== '0' && code !== '255')
    .map(({ code, length, value }) => `${code} ${length as string} ${value as string}`)
}
