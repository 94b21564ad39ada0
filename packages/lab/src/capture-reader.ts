import { CommandFailed, run } from './command.ts'

interface Seen {
  /** seconds since 1970 */
  at: number
  /** MAC that sent the frame */
  from: string
  source: string
  destination: string
  destinationPort: number
}

interface DhcpSeen extends Seen {
  /** DISCOVER, OFFER, REQUEST, ACK, … */
  message: string
  /** the machine's MAC (chaddr) */
  mac: string
  /** boot file in the header or option 67, when there is one */
  bootFile?: string
  /** option 60 */
  vendorClass?: string
}

interface TftpSeen extends Seen {
  /** name in a read request */
  file: string
}

interface HttpSeen extends Seen {
  method: string
  /** path with query */
  uri: string
  host?: string
}

/** What was asked for on the wire, in order. */
interface WireSummary {
  dhcp: DhcpSeen[]
  tftp: TftpSeen[]
  http: HttpSeen[]
}

/** Between the values of a field that one frame has several times: requests may be pipelined. */
const BETWEEN = '\u001f'

const MESSAGES = ['', 'DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM']

const FIELDS = [
  'frame.time_epoch',
  'eth.src',
  'ip.src',
  'ip.dst',
  'udp.dstport',
  'tcp.dstport',
  'dhcp.option.dhcp',
  'dhcp.hw.mac_addr',
  'dhcp.file',
  'dhcp.option.bootfile_name',
  'dhcp.option.vendor_class_id',
  'tftp.source_file',
  'http.request.method',
  'http.request.uri',
  'http.host',
]

/** tshark's command line for `parseSummary`. Pure. */
function tsharkArguments(file: string, httpPorts: readonly number[]): string[] {
  return [
    '-n',
    `-r${file}`,
    // an ICMP error quotes the packet that it is about
    '-Y(dhcp or tftp.opcode == 1 or http.request) and not icmp',
    ...httpPorts.map((port) => `-dtcp.port==${port},http`),
    '-Tfields',
    '-Eseparator=/t',
    `-Eaggregator=${BETWEEN}`,
    ...FIELDS.map((field) => `-e${field}`),
  ]
}

/** Turns tshark's lines (one frame each, tabs between the fields above) into what was asked for. Pure. */
export function parseSummary(lines: string): WireSummary {
  const summary: WireSummary = { dhcp: [], tftp: [], http: [] }
  for (const line of lines.split('\n').filter(Boolean)) {
    const values = line.split('\t').map((value) => value.split(BETWEEN))
    const firsts = values.map((value) => value[0]!)
    const [time, from, source, destination, udp, tcp, message, mac, file, bootFile, vendor, rrq] = firsts
    const [methods = [], uris = [], hosts = []] = values.slice(-3)
    const seen: Seen = {
      at: Number(time),
      from: from!,
      source: source!,
      destination: destination!,
      destinationPort: Number(udp || tcp),
    }
    if (message) {
      const name = MESSAGES[Number(message)] ?? `type ${message}`
      const boot = file || bootFile
      const extra = { ...(boot ? { bootFile: boot } : {}), ...(vendor ? { vendorClass: vendor } : {}) }
      summary.dhcp.push({ ...seen, message: name, mac: mac!, ...extra })
    }
    if (rrq) summary.tftp.push({ ...seen, file: rrq })
    for (const [i, method] of methods.filter(Boolean).entries())
      summary.http.push({ ...seen, method, uri: uris[i]!, ...(hosts[i] ? { host: hosts[i] } : {}) })
  }
  return summary
}

/**
 * Reads a capture with tshark, also one that is still being written.
 * @param httpPorts TCP ports on which HTTP is spoken
 */
export async function readCapture(file: string, httpPorts: readonly number[] = []): Promise<WireSummary> {
  const args = tsharkArguments(file, httpPorts)
  const { stdout } = await run('tshark', args, { timeoutMs: 120_000 }).catch((cause) => {
    if (cause instanceof CommandFailed && cause.stderr.includes('cut short in the middle of a packet')) return cause
    throw cause
  })
  return parseSummary(stdout)
}
