import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Segment } from './lan.ts'
import { endProcess, type Namespace } from './namespace.ts'

interface CaptureOptions {
  /** namespace that the interface is in */
  namespace: Namespace
  interface: string
  /** pcap file to write; kept */
  file: string
  /** pcap filter expression; default everything */
  filter?: string
}

export interface Capture extends AsyncDisposable {
  readonly file: string
  /** Ends the capture when all that went by before is in the file; resolves with the number of packets that were lost, which is 0 in a good proof. */
  stop(): Promise<{ captured: number; dropped: number }>
}

/**
 * Everything but the bulk of downloads: of TCP from the service only segments up to 1,000 bytes. Whatever a machine
 * asks for is kept whole, and a pcap stays small while gigabytes of image go by.
 */
export function withoutBulk(segment: Segment): string {
  return `not (tcp and src host ${segment.serviceAddress} and greater 1000)`
}

/** The discard port: its last packet says that tcpdump, which drops what it has not read yet, may end. */
const END_PORT = 9
const END_TIMEOUT_MS = 20_000

/** Starts tcpdump on one interface; resolves when it listens. */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const args = ['-i', options.interface, '-n', '-U', '-s', '0', '-B', '16384', '--immediate-mode', '-Z', 'root']
  args.push('-w', options.file, options.filter ? `(${options.filter}) or udp dst port ${END_PORT}` : '')
  const child = options.namespace.spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const said = await untilItListens(child)
  const stop = async () => {
    try {
      if (child.exitCode === null && child.signalCode === null) await markEnd(options)
    } finally {
      await endProcess(child, 'SIGINT')
    }
    const count = (pattern: RegExp) => Number(pattern.exec(said())?.[1] ?? Number.NaN)
    return { captured: count(/(\d+) packets? captured/), dropped: count(/(\d+) packets? dropped by kernel/) }
  }
  return { file: options.file, stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}

/** Sends a last packet on the interface and waits until it is in the file. */
async function markEnd(options: CaptureOptions): Promise<void> {
  const mark = `end of capture ${randomUUID()}`
  const from = (await stat(options.file)).size
  await options.namespace.exec('perl', ['-MSocket', '-e', BROADCAST, options.interface, String(END_PORT), mark])
  await using file = await open(options.file)
  const start = performance.now()
  for (;;) {
    const bytes = Buffer.alloc((await file.stat()).size - from)
    await file.read(bytes, 0, bytes.length, from)
    if (bytes.includes(mark)) return
    if (performance.now() - start > END_TIMEOUT_MS)
      throw new Error(`tcpdump on ${options.interface} did not record its last packet within ${END_TIMEOUT_MS} ms`)
    await sleep(20)
  }
}

/** A broadcast on one interface, with or without an address: 25 is SO_BINDTODEVICE, which Node cannot set. */
const BROADCAST = `
my ($interface, $port, $text) = @ARGV;
socket(my $s, PF_INET, SOCK_DGRAM, 17) or die "socket: $!";
setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1) or die "broadcast: $!";
setsockopt($s, SOL_SOCKET, 25, "$interface\\0") or die "bind to $interface: $!";
send($s, $text, 0, sockaddr_in($port, INADDR_BROADCAST)) or die "send on $interface: $!";
`

function untilItListens(child: ChildProcess): Promise<() => string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
      if (said.includes('listening on')) resolve(() => said)
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`tcpdump ended with ${code}: ${said}`)))
  })
}
