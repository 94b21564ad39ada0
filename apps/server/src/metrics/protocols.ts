import type { InterfaceCounters, ServerCounters } from '@eims/contracts'

/** One value of a metric, with its labels. */
export interface Sample {
  labels: Record<string, string>
  value: number
}

/** A metric of numbers that stand somewhere already, and are read when somebody asks. */
export interface Reading<Source> {
  /** a counter's name ends with `_total` (Prometheus, "Metric and label naming") */
  name: string
  help: string
  labels: readonly string[]
  read: (of: Source) => Sample[]
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll('-', '_')

/** The counters of one protocol whose names `pick` turns into labels; null: not of this metric. */
const reading = (
  name: string,
  help: string,
  protocol: 'dhcp' | 'tftp' | 'http',
  labels: readonly string[],
  pick: (counter: string) => Record<string, string> | null,
): Reading<ServerCounters> => ({
  name,
  help,
  labels: ['interface', ...labels],
  read: ({ interfaces }) =>
    interfaces.flatMap((each: InterfaceCounters) =>
      Object.entries(each[protocol]).flatMap(([counter, value]) => {
        const picked = pick(counter)
        return picked ? [{ labels: { interface: each.interface, ...picked }, value }] : []
      }),
    ),
})

/** One counter by itself. */
const single = (name: string, help: string, protocol: 'dhcp' | 'tftp', counter: string) =>
  reading(name, help, protocol, [], (each) => (each === counter ? {} : null))

const DHCP_OUTCOMES = ['malformed', 'notNetboot', 'broken', 'rateLimited', 'unanswered', 'ignored']
const TFTP_OUTCOMES = ['finished', 'aborted', 'failed', 'refused']
const TFTP_NOTES = ['repeated', 'finishedUnacknowledged', 'gaveWay', 'probed', 'malformed', 'strays']

const after = (prefix: string, counter: string): string | null =>
  counter.startsWith(prefix) && counter !== prefix ? snake(counter.slice(prefix.length)).replace(/^_/, '') : null

const isOfConnections = (counter: string) => counter.startsWith('connections.')

/** PURE: what the boot services counted, as `eims counters` shows it, by interface. */
export const protocolCounters: readonly Reading<ServerCounters>[] = [
  single('eims_dhcp_received_packets_total', 'Datagrams that came to the ProxyDHCP', 'dhcp', 'received'),
  reading(
    'eims_dhcp_packets_total',
    'Datagrams by what became of them: replied, or why not',
    'dhcp',
    ['outcome', 'reply'],
    (counter) => {
      const reply = after('replied', counter)
      if (reply) return { outcome: 'replied', reply }
      return DHCP_OUTCOMES.includes(counter) ? { outcome: snake(counter), reply: 'none' } : null
    },
  ),
  reading(
    'eims_dhcp_messages_total',
    'Datagrams by the message type of what a client asked, and by what became of them; other: no question',
    'dhcp',
    ['type', 'outcome'],
    (counter) => {
      const [type = '', outcome] = counter.split('.')
      return outcome === undefined ? null : { type, outcome: snake(outcome) }
    },
  ),
  {
    name: 'eims_dhcp_replies_total',
    help: 'Replies by their message type: an offer to a discover, an ack to a request or inform',
    labels: ['interface', 'type'],
    read: ({ interfaces }) =>
      interfaces.flatMap(({ interface: name, dhcp }) => {
        const to = (type: string) => dhcp[`${type}.replied`] ?? 0
        return [
          { labels: { interface: name, type: 'offer' }, value: to('discover') },
          { labels: { interface: name, type: 'ack' }, value: to('request') + to('inform') },
        ]
      }),
  },
  single('eims_dhcp_send_failures_total', 'Replies that could not be sent', 'dhcp', 'sendFailed'),
  single('eims_tftp_requests_total', 'Read and write requests', 'tftp', 'requests'),
  single('eims_tftp_transfers_started_total', 'Transfers that began', 'tftp', 'started'),
  reading('eims_tftp_transfers_total', 'Requests by how they ended', 'tftp', ['outcome'], (counter) =>
    TFTP_OUTCOMES.includes(counter) ? { outcome: counter } : null,
  ),
  reading('eims_tftp_refusals_total', 'Refused requests by why', 'tftp', ['reason'], (counter) => {
    const reason = after('refused', counter)
    return reason ? { reason } : null
  }),
  reading(
    'eims_tftp_notes_total',
    'What else happened to requests, transfers and datagrams',
    'tftp',
    ['what'],
    (counter) => (TFTP_NOTES.includes(counter) ? { what: snake(counter) } : null),
  ),
  single('eims_tftp_sent_bytes_total', 'Bytes of transfers that have ended', 'tftp', 'bytes'),
  single('eims_tftp_retransmissions_total', 'Blocks sent again', 'tftp', 'retransmissions'),
  reading(
    'eims_boot_requests_total',
    'Requests of machines for boot scripts and artefacts',
    'http',
    ['what'],
    (counter) => (counter.includes('.') ? null : { what: snake(counter) }),
  ),
  reading(
    'eims_boot_requests_unserved_total',
    'Of these: refused, broken off by the machine, or told to come again later',
    'http',
    ['what', 'outcome'],
    (counter) => {
      const [what = '', outcome] = counter.split('.')
      return outcome === undefined || isOfConnections(counter) ? null : { what: snake(what), outcome: snake(outcome) }
    },
  ),
  reading(
    'eims_connections_short_total',
    'Connections of machines that gave way to another, or were refused for want of room',
    'http',
    ['outcome'],
    (counter) => (isOfConnections(counter) ? { outcome: snake(counter.slice('connections.'.length)) } : null),
  ),
]

/** PURE: how each interface stands now. */
export const interfaceGauges: readonly Reading<ServerCounters>[] = [
  {
    name: 'eims_interface_served',
    help: 'Whether machines on the LAN of an interface can reach this server (1), or it is away (0)',
    labels: ['interface'],
    read: ({ interfaces }) =>
      interfaces.map(({ interface: name, away }) => ({ labels: { interface: name }, value: away === null ? 1 : 0 })),
  },
  {
    name: 'eims_dhcp_other_servers',
    help: 'Other DHCP and ProxyDHCP servers that were heard on the LAN since the start',
    labels: ['interface'],
    read: ({ interfaces }) =>
      interfaces.map(({ interface: name, heardServers }) => ({
        labels: { interface: name },
        value: heardServers.length,
      })),
  },
]
