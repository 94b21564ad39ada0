import t from 'tap'
import { CAPTURES, packet } from './captures.ts'
import { ask, replyBytes, why } from './machine.ts'

// Promise: what firmware took in QEMU and went on from is what it is sent, byte for byte.

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const address = { address: '192.168.77.102', port: 4011 }

await t.test("OVMF's own PXE client is pointed to port 4011 and told the file there", async (t) => {
  const offer = ask(CAPTURES.edk2Discover)
  t.equal(hex(replyBytes(offer)), hex(CAPTURES.edk2Offer))
  t.match(offer, { step: 'ask-4011', to: { address: '255.255.255.255', port: 68 } })

  t.match(ask(CAPTURES.edk2RequestSite), {
    kind: 'ignore',
    reason: why('dhcp-other-server', { server: '192.168.77.2' }),
  })

  const ack = ask(CAPTURES.edk2Request4011, { port: 4011, from: address })
  t.equal(hex(replyBytes(ack)), hex(CAPTURES.edk2Ack4011))
  t.match(ack, { step: 'firmware', file: '52-54-00-aa-00-01/snponly.efi', to: address })
})

await t.test('iPXE takes file and script out of the offer', async (t) => {
  t.equal(hex(replyBytes(ask(CAPTURES.tinkerbellDiscover))), hex(CAPTURES.tinkerbellOffer))
  t.equal(hex(replyBytes(ask(CAPTURES.biosRomDiscover))), hex(CAPTURES.biosRomOffer))
  t.match(ask(CAPTURES.uefiRomDiscover), { step: 'script' })
  t.match(ask(CAPTURES.snponlyDiscover), { step: 'script' })
})

await t.test('an iPXE ROM under the policy `always` loads undionly.kpxe, which gets the script', async (t) => {
  const always = { settings: { chainRomIpxe: 'always' } } as const
  const rom = Uint8Array.from(CAPTURES.biosRomDiscover)
  rom.set([0x50, 0x83, 0xcf, 0x37], 4) // the transaction of the captured offer
  t.equal(hex(replyBytes(ask(rom, always))), hex(CAPTURES.biosChainOffer))
  t.match(ask(CAPTURES.undionlyDiscover, { ...always, facts: { chainedRecently: true } }), { step: 'script' })
})

// Written by hand after the PXE 2.1 specification and what Intel's Boot Agent is known to send: 548 bytes, no
// option 97 content. What such a ROM does with the reply was not tried.
const intelDiscover = packet(`
  01010600 aa000102 0004 8000
  00000000 00000000 00000000 00000000
  001b21aa0001 00*10  00*64  00*128
  63825363
  3501 01
  3902 04ec
  3719 0102030506070b0c0d0f1011122b363c438081828384858687
  6100
  5d02 0000
  5e03 010201
  3c20 505845436c69656e743a417263683a30303030303a554e44493a303032303031
  ff 00*184
`)

await t.test('a BIOS boot ROM that is no iPXE gets the file in the offer, with PXE_DISCOVERY_CONTROL 8', async (t) => {
  const expected = `
    02010600 aa000102 0000 8000
    00000000 00000000 c0a84d01 00000000
    001b21aa0001 00*10  00*64  30302d31622d32312d61612d30302d30312f756e64696f6e6c792e6b707865 00*97
    63825363
    3501 02
    3604 c0a84d01
    3c09 505845436c69656e74
    2b04 060108ff
    6100
    ff 00*31
  `
  t.equal(hex(replyBytes(ask(intelDiscover))), hex(packet(expected)))

  const request = Uint8Array.from(intelDiscover)
  request[242] = 3
  const ack = ask(request, { port: 4011, from: { address: '192.168.77.103', port: 68 } })
  const asAck = packet(expected.replace('3501 02', '3501 05'))
  t.equal(hex(replyBytes(ack)), hex(asAck), 'and the same as ACK when it asks on 4011 all the same')
  t.match(ack, { to: { address: '192.168.77.103', port: 68 } })
})
