import { spawnSync } from 'node:child_process'
import { type Check, ok, warn } from './check.ts'

/** What the machines send to by UDP: DHCP, TFTP, PXE. */
const PORTS = [67, 69, 4011]
type Protocol = 'udp' | 'tcp'
const NAMES: Record<string, string> = { bootps: '67', tftp: '69' }

/**
 * Ports that a rule set, as `nft list ruleset` or `iptables-save` prints it, seems to drop on their way in: a rule that
 * names the port and drops it, or a dropping policy with no rule that accepts the port. Rules are not carried out here,
 * so this is a hint. Pure.
 */
export function droppedPorts(rules: string, protocol: Protocol = 'udp', ports: readonly number[] = PORTS): number[] {
  const lines = rules.split('\n').map((line) => line.trim())
  const dropping = (line: string) => /\b(drop|reject|DROP|REJECT)\b/.test(line)
  const policy = lines.some((line) => /^(type filter hook input .*policy drop|:INPUT DROP\b)/.test(line))
  const everything = lines.some(
    (line) =>
      /^(iifname "?\S+"? )?(counter )?accept$|^-A INPUT (-i (?!lo\b)\S+ )?-j ACCEPT$/.test(line) &&
      !/iifname "?lo"?/.test(line),
  )
  return ports.filter((port) => {
    const about = lines.filter((line) => namesPort(line, protocol, port))
    if (about.some(dropping)) return true
    return policy && !everything && !about.some((line) => /\b(accept|ACCEPT)\b/.test(line))
  })
}

/** `udp dport { 67, 4000-4100 } …`, `-p udp … --dport 67 …`, `--dports 67,69`. */
function namesPort(line: string, protocol: Protocol, port: number): boolean {
  const other = protocol === 'udp' ? /(^|\s)tcp dport|^-A INPUT .*-p tcp\b/ : /(^|\s)udp dport|^-A INPUT .*-p udp\b/
  if (other.test(line)) return false
  const given = /(?:\bdport \{?|--dports? )\s*([\w\s,:-]+)/.exec(line)?.[1] ?? ''
  return given.split(/[,\s}]+/).some((word) => {
    const [from, to] = word.split(/[-:]/).map((name) => Number(NAMES[name] ?? name))
    return from !== undefined && word !== '' && port >= from && port <= (to ?? from)
  })
}

/** Looks at what nft or iptables would say about the machines' UDP ports and `tcp`; nothing when neither is installed. */
export function checkFirewall(tcp: number): Check[] {
  const texts = [['nft', 'list', 'ruleset'], ['iptables-save']].flatMap(([tool, ...args]) => {
    const { status, stdout } = spawnSync(tool!, args, { encoding: 'utf8', timeout: 5000, maxBuffer: 16 * 1024 * 1024 })
    return status === 0 ? [stdout] : []
  })
  return texts.length === 0 ? [] : [judgeFirewall(texts, tcp)]
}

/** Pure. */
export function judgeFirewall(texts: string[], tcp: number): Check {
  const dropped = (protocol: Protocol, ports: number[]) => {
    const all = [...new Set(texts.flatMap((rules) => droppedPorts(rules, protocol, ports)))]
    return all.length > 0 ? [`${protocol.toUpperCase()} port ${all.join(', ')}`] : []
  }
  const all = [...dropped('udp', PORTS), ...dropped('tcp', [tcp])]
  if (all.length === 0) return ok('firewall', 'No rule of this machine seems to drop what machines send.')
  return warn(
    'firewall',
    `Rules of this machine seem to drop ${all.join(' and ')}.`,
    `Accept UDP 67, 69 and 4011 and TCP ${tcp} from the bench LAN (nft list ruleset shows the rules).`,
  )
}
