import { bootArchitecture, type Sighting, startDhcpProxy } from '@eims/dhcp-proxy'
import { createEventSink, type Db } from '@eims/registry'

/*
 * Our side of the bench, in a namespace of its own: node ours.ts ADDRESS PER_CLIENT. The service's timeline is on, all
 * of it but the database, which answers at once: every sighting is made an event, merged, batched and written as one
 * statement. The rate limit is on too, with a bound that the load stays below.
 */

const [, , address = '', perClient = ''] = process.argv

let ids = 0n
let rows = 0
const db = {
  $queryRaw: async (_sql: unknown, json: string) => {
    const batch = JSON.parse(json) as unknown[]
    rows += batch.length
    return batch.map(() => ({ id: ids++ }))
  },
} as unknown as Db
const sink = createEventSink({ db, now: Date.now })

const settings = {
  serverAddress: address,
  scriptUrl: `http://${address}:7480/boot.ipxe`,
  userClass: 'Tinkerbell',
  chainRomIpxe: 'auto',
} as const
const known = { gate: { policy: 'allowed' }, bootFile: null } as const
const proxy = await startDhcpProxy({
  sockets: { dhcp: { address: '0.0.0.0', port: 67 }, pxe: { address: '0.0.0.0', port: 4011 } },
  settings: () => settings,
  chainedRecently: () => false,
  factsOf: () => known,
  onSeen: (sighting) => sink.record(eventOf(sighting)),
  onProblem: (problem) => console.error(problem.message),
  maxPerClientPerSecond: Number(perClient),
})
console.log('ready')

process.on('SIGTERM', async () => {
  await sink.flush()
  console.log(JSON.stringify({ ...proxy.counters(), rowsWritten: rows, eventsDropped: sink.dropped }))
  process.exit()
})

/** As apps/server/src/lan/dhcp.ts does it. */
function eventOf(sighting: Sighting) {
  const { mac, archs, userClass, messageType, port, step, file } = sighting
  const firmware = archs.map((arch) => bootArchitecture(arch)?.name ?? `architecture ${arch}`).join(', ')
  return {
    kind: messageType === 'discover' ? ('dhcp.discover' as const) : ('dhcp.request' as const),
    mac,
    message: `${messageType.toUpperCase()} on port ${port} from ${userClass ?? firmware}: ${step === 'ask-4011' ? 'offered to answer on port 4011' : `sent the ${step} ${file}`}`,
    data: sighting,
  }
}
