import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { getuid } from 'node:process'
import t, { type Test } from 'tap'
import { decode, encode, type Packet, type Problem, type Sighting, startDhcpProxy } from '../src/index.ts'
import { MAC, question, SITE, text } from './machine.ts'

// Promise: a machine behind a real relay agent gets our OFFER through it, with what its switch had put into option 82
// as the last option, as the relay wants it back.

const INSIDE = 'EIMS_TEST_BEHIND_RELAY'
if (process.env[INSIDE] === undefined) {
  const asRoot = getuid?.() === 0 ? [] : ['--map-root-user']
  const script = new URL('behind-relay.sh', import.meta.url).pathname
  const again = ['--net', ...asRoot, script, process.execPath, ...process.execArgv, import.meta.filename]
  await t.spawn('unshare', again, { env: { ...process.env, [INSIDE]: '1' } }, 'behind a relay')
} else {
  await t.test('a machine on a far LAN', (t) => behind(t))
}

async function behind(t: Test): Promise<void> {
  const seen: Sighting[] = []
  const problems: Problem[] = []
  await using _proxy = await startDhcpProxy({
    sockets: { dhcp: { fd: 20 }, pxe: { fd: 21 } },
    settings: () => SITE,
    chainedRecently: () => false,
    onSeen: (sighting) => seen.push(sighting),
    onProblem: (problem) => problems.push(problem),
  })
  const machine = createSocket('udp4')
  t.teardown(() => machine.close())
  const listening = once(machine, 'listening')
  machine.bind({ fd: 22, exclusive: true })
  await listening
  machine.setBroadcast(true)
  const ask = async (options: Record<number, string>): Promise<Packet> => {
    machine.send(encode(question({ options })), 67, '255.255.255.255')
    const [bytes] = (await once(machine, 'message', { signal: AbortSignal.timeout(30_000) })) as [Buffer]
    const decoded = decode(bytes)
    if (!decoded.ok) throw new Error(decoded.reason)
    return decoded.value
  }

  const offer = await ask({ 93: '0000', 82: '0104000a0001' })
  t.match(offer, { op: 2, siaddr: '192.168.77.1', giaddr: '10.1.2.3', file: '52-54-00-aa-00-01/undionly.kpxe' })
  t.equal([...offer.options.keys()].at(-1), 82, 'option 82 is the last')
  t.equal(Buffer.from(offer.options.get(82)!).toString('hex'), '0104000a0001')

  const script = await ask({ 77: text('Tinkerbell'), 175: '130101' })
  t.match(script, { file: SITE.scriptUrl, giaddr: '10.1.2.3' })

  t.match(seen, [
    { mac: MAC, giaddr: '10.1.2.3', step: 'firmware' },
    { mac: MAC, giaddr: '10.1.2.3', step: 'script' },
  ])
  t.same(problems, [])
}
