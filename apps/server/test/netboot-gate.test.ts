import type { Judgement } from '@eims/contracts'
import type { NetbootException } from '@eims/registry'
import t from 'tap'
import { NetbootGate } from '../src/netboot/gate.ts'

const node = (name: string, more: Partial<NetbootException>): NetbootException => ({
  name,
  state: 'ONBOARDED',
  netbootPolicy: 'denied',
  bootFile: null,
  secureBoot: null,
  manufacturer: null,
  product: null,
  macs: [],
  uuids: [],
  ...more,
})
const [mac, otherMac] = ['52:54:00:aa:00:01', '52:54:00:aa:00:02']
const uuid = '00112233-4455-6677-8899-aabbccddeeff'
const twin = '33221100-5544-7766-8899-aabbccddeeff'
const denied: Judgement = { kind: 'refused', reason: { code: 'netboot-denied', slots: { node: 'pos-17' } } }
const local: Judgement = { kind: 'local-disk', reason: { code: 'netboot-local', slots: { node: 'pos-18' } } }
const hex = (byte: number) => (byte & 255).toString(16).padStart(2, '0')
const untrusted: Judgement = { kind: 'refused', reason: { code: 'untrusted', slots: { node: 'pos-21' } } }

await t.test('a machine is found by MAC, else by UUID in either byte order; everybody else is allowed', async (t) => {
  const gate = new NetbootGate()
  t.strictSame(gate.of(mac, uuid), null)
  gate.replace([node('pos-17', { macs: [mac] }), node('pos-18', { netbootPolicy: 'local', uuids: [uuid] })])
  t.strictSame(gate.of(mac), denied)
  t.strictSame(gate.of(mac, uuid), denied, 'its MAC counts first')
  t.strictSame(gate.of(null, uuid), local)
  t.strictSame(gate.of(otherMac, twin.toUpperCase()), local)
  t.strictSame(gate.of('52:54:00:aa:00:03', '00000000-0000-0000-0000-000000000000'), null)
  t.strictSame(gate.of(null), null)
  gate.replace([])
  t.strictSame(gate.of(mac, uuid), null)
})

await t.test('one that is not trusted is refused, whatever its policy', async (t) => {
  const gate = new NetbootGate()
  for (const netbootPolicy of ['allowed', 'local', 'denied'] as const) {
    gate.replace([node('pos-21', { state: 'UNTRUSTED', netbootPolicy, macs: [mac], uuids: [uuid] })])
    t.strictSame(gate.of(mac), untrusted, netbootPolicy)
    t.strictSame(gate.of(otherMac, twin), untrusted, netbootPolicy)
    t.equal(gate.guards, true)
  }
  gate.replace([
    node('pos-18', { netbootPolicy: 'local', macs: [mac] }),
    node('pos-21', { state: 'UNTRUSTED', netbootPolicy: 'allowed', uuids: [uuid] }),
  ])
  t.strictSame(gate.of(mac, uuid), untrusted, 'also as the stricter of two')
})

await t.test('a machine that is two nodes at once is answered as the stricter one', async (t) => {
  const gate = new NetbootGate()
  const own = node('pos-19', { netbootPolicy: 'allowed', bootFile: 'ipxe-amd64.efi', macs: [mac] })
  gate.replace([own, node('pos-17', { uuids: [uuid] })])
  t.strictSame(gate.of(mac, uuid), denied)
  t.strictSame(gate.of(mac), denied, 'from then on without its UUID as well')
  gate.replace([node('pos-18', { netbootPolicy: 'local', macs: [mac] }), node('pos-17', { uuids: [uuid] })])
  t.strictSame(gate.of(mac, uuid), denied)
  gate.replace([own, node('pos-20', { netbootPolicy: 'allowed', bootFile: 'other.efi', uuids: [uuid] })])
  t.equal(gate.find(mac, uuid)?.bootFile, 'ipxe-amd64.efi', 'of two alike the one of its MAC')
})

await t.test('a MAC that came with a UUID once is known without it, for TFTP and HTTP', async (t) => {
  const gate = new NetbootGate()
  gate.replace([node('pos-18', { netbootPolicy: 'local', uuids: [uuid] })])
  t.strictSame(gate.of(mac), null)
  gate.of(mac, twin)
  t.strictSame(gate.of(mac), local)
  for (let index = 0; index < 4096; index++) gate.of(`02:00:00:00:${hex(index >> 8)}:${hex(index)}`, uuid)
  t.strictSame(gate.of(mac), null, 'of 4096 machines, no more')
  t.strictSame(gate.of('02:00:00:00:0f:ff'), local)
})

await t.test('it says whether anybody is kept out', async (t) => {
  const gate = new NetbootGate()
  gate.replace([node('a', { netbootPolicy: 'allowed', bootFile: 'ipxe-amd64.efi', macs: [mac] })])
  t.equal(gate.guards, false)
  t.strictSame(gate.of(mac), null)
  gate.replace([node('a', {})])
  t.equal(gate.guards, true)
})
