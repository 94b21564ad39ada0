import { hash } from 'node:crypto'
import { type CallInput, Mac, Serial, SmbiosText, UnitFile, Uuid } from '@eims/contracts'
import { z } from 'zod'

/** What is asked of a unit: the most bytes of each, and what it is called for a person. */
const FACTS = {
  unit: [65_536, 'what eims left there (/var/lib/eims/unit.json)'],
  serial: [256, 'serial'],
  uuid: [256, 'UUID'],
  manufacturer: [512, 'manufacturer'],
  product: [512, 'product'],
  macs: [4096, 'MACs'],
  machineId: [256, 'machine-id'],
  os: [65_536, 'OS'],
  hostName: [256, 'host name'],
  keys: [32_768, 'SSH host keys'],
  k3s: [256, 'K3s'],
} as const
type Fact = keyof typeof FACTS

/** machine-id(5) */
const MachineId = z.string().regex(/^[0-9a-f]{32}$/)
/** A line of a public key file (sshd(8)), as long as the registry takes it. */
const PUBLIC_KEY = /^(?:ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/]+={0,3}(?: .*)?$/
const MOST_KEY = 2048

const DMI = '/sys/class/dmi/id'
const FILES: Partial<Record<Fact, string>> = {
  unit: '/var/lib/eims/unit.json',
  serial: `${DMI}/product_serial`,
  uuid: `${DMI}/product_uuid`,
  manufacturer: `${DMI}/sys_vendor`,
  product: `${DMI}/product_name`,
  machineId: '/etc/machine-id',
  os: '/etc/os-release',
}

/**
 * PURE: the script that tells what a machine is, for any POSIX shell; it changes nothing. What only root may read it asks
 * `sudo -n` for.
 * @param mark  begins each part of the output; nobody on the machine can guess it
 * @param root  in front of every path, for tests
 */
export function factsScript(mark: string, root = ''): string {
  const part = (fact: Fact, command: string) =>
    `printf '\\n%s %s\\n' '${mark}' ${fact}\n{ ${command}; } 2>/dev/null | head -c ${FACTS[fact][0]}`
  const file = (path: string) => `read_it '${root}${path}' ${65_536}`
  return [
    'export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin"',
    'read_it() { if [ -r "$1" ]; then head -c "$2" "$1"; elif [ -e "$1" ]; then sudo -n head -c "$2" "$1" || printf %s "$DENIED"; fi; }',
    `DENIED='denied ${mark}'`,
    ...Object.entries(FILES).map(([fact, path]) => part(fact as Fact, file(path))),
    part('macs', `for n in '${root}'/sys/class/net/*; do [ -e "$n/device" ] && cat "$n/address"; done`),
    part('hostName', 'uname -n'),
    part('keys', `cat '${root}'/etc/ssh/ssh_host_*_key.pub`),
    part('k3s', 'command -v k3s >/dev/null && k3s --version'),
    `printf '\\n%s end\\n' '${mark}'`,
    '',
  ].join('\n')
}

export interface ReadUnit {
  body: Omit<CallInput<'adoptUnit'>['body'], 'dryRun'>
  /** what is not known, with why, for a person */
  missing: string[]
  /** of its SSH host keys, as OpenSSH prints them */
  fingerprints: string[]
}

/**
 * PURE: what the script told. What is not as it should be is left out, and said.
 * @returns null when it did not come to its end
 */
export function readFacts(output: string, mark: string): ReadUnit | null {
  const parts = new Map<string, string>()
  for (const piece of `\n${output}`.split(`\n${mark} `).slice(1)) {
    const [name = '', ...lines] = piece.split('\n')
    parts.set(name, lines.join('\n').trim())
  }
  if (!parts.has('end')) return null
  const missing: string[] = []
  const lacks = (fact: Fact, why: string) => missing.push(`${FACTS[fact][1]}: ${why}`)
  const textOf = (fact: Fact): string | undefined => {
    const text = parts.get(fact) ?? ''
    if (text === `denied ${mark}`) {
      lacks(fact, 'only root may read it, and sudo asks for a password; log in with --user root, or allow it')
      return undefined
    }
    if (text === '') lacks(fact, fact === 'k3s' ? 'it has none' : 'there is none')
    return text || undefined
  }
  const valid = <T>(fact: Fact, schema: z.ZodType<T>, text: string | undefined = textOf(fact)): T | undefined => {
    if (text === undefined) return undefined
    const read = schema.safeParse(text)
    if (!read.success) lacks(fact, `"${text.slice(0, 64)}" is none`)
    return read.data
  }
  const unit = unitOf(textOf('unit'), (why) => lacks('unit', why))
  const lines = linesOf(textOf('keys'))
  const keys = lines.filter((line) => line.length <= MOST_KEY && PUBLIC_KEY.test(line)).slice(0, 16)
  if (keys.length < lines.length) lacks('keys', `${lines.length - keys.length} lines are none`)
  const macs = macsIn(linesOf(textOf('macs')))
  const said = { serial: valid('serial', Serial), uuid: valid('uuid', Uuid) }
  const left = { serial: Serial.safeParse(unit?.serial).data, uuid: Uuid.safeParse(unit?.uuid).data }
  for (const fact of ['serial', 'uuid'] as const) {
    const kept = left[fact]
    if (said[fact] && kept && said[fact].toLowerCase() !== kept.toLowerCase())
      lacks(fact, `what eims left there says ${kept}, the board says ${said[fact]}; the board counts`)
    said[fact] ??= kept
  }
  const texts = {
    ...said,
    manufacturer: valid('manufacturer', SmbiosText),
    product: valid('product', SmbiosText),
    osVersion: osVersion(textOf('os')),
    hostName: textOf('hostName'),
    machineId: valid('machineId', MachineId),
    k3s: textOf('k3s')?.split('\n')[0],
    unit,
  }
  return {
    body: {
      ...(Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined)) as object),
      macs: macs.length > 0 ? macs : macsIn(unit?.macs ?? []),
      sshHostKeys: keys,
    },
    missing,
    fingerprints: keys.map(fingerprint),
  }
}

const macsIn = (texts: readonly string[]): string[] =>
  [...new Set(texts.flatMap((text) => Mac.safeParse(text).data ?? []))]
    .filter((mac) => mac !== '00:00:00:00:00:00')
    .slice(0, 64)

const linesOf = (text = ''): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

function unitOf(text: string | undefined, lacks: (why: string) => void): UnitFile | undefined {
  if (text === undefined) return undefined
  try {
    const read = UnitFile.safeParse(JSON.parse(text))
    if (read.success) return read.data
    const [issue] = read.error.issues
    lacks(`its ${issue?.path.join('.') || 'text'} is not as this version knows it`)
  } catch {
    lacks('it is not JSON')
  }
  return undefined
}

/** PRETTY_NAME of os-release(5), or what there is of NAME and VERSION. */
function osVersion(text: string | undefined): string | undefined {
  const values = new Map(
    linesOf(text).map((line) => {
      const [key = '', ...rest] = line.split('=')
      return [key, rest.join('=').replace(/^(["'])(.*)\1$/, '$2')]
    }),
  )
  const name = values.get('PRETTY_NAME') ?? [values.get('NAME'), values.get('VERSION')].filter(Boolean).join(' ')
  return name.slice(0, 256) || undefined
}

/** `ED25519 SHA256:…`, of a line of a public key file. */
function fingerprint(line: string): string {
  const [type = '', key = ''] = line.split(' ')
  const digest = hash('sha256', Buffer.from(key, 'base64'), 'base64').replace(/=+$/, '')
  return `${type} SHA256:${digest}`
}
