import t from 'tap'
import { type ClientReading, decode, encode, readClient } from '../src/index.ts'
import { CAPTURES } from './captures.ts'
import { MAC, question, type Saying, text } from './machine.ts'

// Promise: a netboot client is read as it describes itself, and everybody else's DHCP is left alone.

function read(bytes: Uint8Array): ClientReading {
  const decoded = decode(bytes)
  if (!decoded.ok) throw new Error(decoded.reason)
  return readClient(decoded.value)
}

function client(saying: Saying) {
  const reading = read(encode(question(saying)))
  if (!reading.ok) throw new Error(reading.reason)
  return reading.value
}

function refusal(saying: Saying): string {
  const reading = read(encode(question(saying)))
  if (reading.ok) return 'a client'
  return `${reading.netboot ? 'netboot: ' : ''}${reading.reason}`
}

await t.test('captured machines', async (t) => {
  t.same(read(CAPTURES.edk2Request4011), {
    ok: true,
    value: {
      kind: 'pxe',
      messageType: 'request',
      mac: MAC,
      uuid: '11111111-2222-3333-4444-555555555555',
      archs: [7],
      vendorClass: 'PXEClient:Arch:00007:UNDI:003000',
      userClasses: [],
      ipxe: null,
    },
  })
  t.same(read(CAPTURES.biosRomDiscover), {
    ok: true,
    value: {
      kind: 'pxe',
      messageType: 'discover',
      mac: MAC,
      uuid: '11111111-2222-3333-4444-555555555555',
      archs: [0],
      vendorClass: 'PXEClient:Arch:00000:UNDI:002001',
      userClasses: ['iPXE'],
      ipxe: { http: true, https: false },
    },
  })
  t.match(read(CAPTURES.tinkerbellDiscover), {
    value: { archs: [7], userClasses: ['Tinkerbell'], ipxe: { http: true, https: true } },
  })
})

await t.test('user class, bare and as RFC 3004 list', async (t) => {
  const classes = (hex: string) => client({ options: { 77: hex } }).userClasses
  t.same(classes(text('iPXE')), ['iPXE'])
  t.same(classes(`04${text('iPXE')}`), ['iPXE'])
  t.same(classes(`04${text('iPXE')}0a${text('Tinkerbell')}`), ['iPXE', 'Tinkerbell'])
  t.same(classes(`05${text('iPXE')}`), [`\u0005iPXE`], 'a length that does not come out even is text')
  t.same(classes(''), [])
})

await t.test('UUID: the first three fields are little-endian on the wire', async (t) => {
  const uuid = (hex: string | null) => client({ options: { 97: hex } }).uuid
  t.equal(uuid('00 33221100 5544 7766 8899 aabbccddeeff'.replaceAll(' ', '')), '00112233-4455-6677-8899-aabbccddeeff')
  t.equal(uuid(null), null, 'Intel ROMs were seen without')
  t.equal(uuid(''), null)
  t.equal(uuid('0111111111222233334444555555555555'), null, 'another type is no UUID')
})

await t.test('iPXE and what it has', async (t) => {
  const ipxe = (options: Record<number, string>) => client({ options }).ipxe
  t.same(ipxe({ 77: text('iPXE') }), { http: false, https: false }, 'no feature list')
  t.same(ipxe({ 77: text('gPXE'), 175: '130101' }), { http: true, https: false })
  t.same(ipxe({ 175: '150101130101' }), { http: true, https: false }, 'known by option 175 alone')
  t.same(ipxe({ 175: '130100' }), { http: false, https: false }, 'the feature says no')
  t.same(ipxe({ 175: '130101140101' }), { http: true, https: true })
  t.same(ipxe({ 175: '1305' }), { http: false, https: false }, 'a broken list')
  t.equal(ipxe({ 77: text('PXE user') }), null)
})

await t.test('several architectures, and UEFI HTTP boot', async (t) => {
  t.same(client({ options: { 93: '000600070109' } }).archs, [6, 7, 265])
  t.match(client({ options: { 60: text('HTTPClient:Arch:00016'), 93: '0010' } }), { kind: 'http', archs: [16] })
})

await t.test('who is no client', async (t) => {
  const broadcastMac = Uint8Array.from(Buffer.from('ffffffffffff00000000000000000000', 'hex'))
  const cases: [Saying, string][] = [
    [{ op: 2 }, 'op is 2, not a request'],
    [{ options: { 53: null } }, 'option 53 (message type) is missing or not one byte'],
    [{ options: { 53: '0101' } }, 'option 53 (message type) is missing or not one byte'],
    [{ options: { 53: '02' } }, 'message type offer is not a question'],
    [{ options: { 53: '05' } }, 'message type ack is not a question'],
    [{ options: { 53: '07' } }, 'message type release is not a question'],
    [{ options: { 53: '63' } }, 'message type 99 is not a question'],
    [{ options: { 60: null } }, 'option 60 starts neither with PXEClient nor with HTTPClient'],
    [{ options: { 60: text('MSFT 5.0') } }, 'option 60 starts neither with PXEClient nor with HTTPClient'],
    [{ htype: 32, hlen: 0 }, 'netboot: hardware type 32 with 0 address bytes is not Ethernet'],
    [{ hlen: 8 }, 'netboot: hardware type 1 with 8 address bytes is not Ethernet'],
    [{ chaddr: new Uint8Array(16) }, "netboot: 00:00:00:00:00:00 is no machine's address"],
    [{ chaddr: broadcastMac }, "netboot: ff:ff:ff:ff:ff:ff is no machine's address"],
    [{ options: { 93: null } }, 'netboot: option 93 (architecture) is missing'],
    [{ options: { 93: '' } }, 'netboot: option 93 (architecture) has 0 bytes, not 2 for each of 1 to 32 numbers'],
    [{ options: { 93: '000700' } }, 'netboot: option 93 (architecture) has 3 bytes, not 2 for each of 1 to 32 numbers'],
    [
      { options: { 93: '0007'.repeat(33) } },
      'netboot: option 93 (architecture) has 66 bytes, not 2 for each of 1 to 32 numbers',
    ],
    [{ options: { 97: '00' } }, 'netboot: option 97 (machine identifier) has 1 bytes, not 0 or 17'],
    [{ options: { 97: '11'.repeat(16) } }, 'netboot: option 97 (machine identifier) has 16 bytes, not 0 or 17'],
  ]
  for (const [saying, reason] of cases) t.equal(refusal(saying), reason, reason)
})
