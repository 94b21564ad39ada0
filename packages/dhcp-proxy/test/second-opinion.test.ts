import { createRequire } from 'node:module'
import t from 'tap'
import { CAPTURES } from './captures.ts'
import { ask, question, replyBytes, text } from './machine.ts'

// Promise: somebody else's parser reads our replies as we mean them. The npm package `dhcp` drops options that its
// table lacks (93, 97, 175), so this is about header, 43, 53, 54, 60, 61 and 67.

type Parsed = Record<string, unknown> & { options: Record<number, unknown> }
const protocol = createRequire(import.meta.url)('dhcp/lib/protocol.js') as { parse(bytes: Buffer): Parsed }

function parse(bytes: Uint8Array): Parsed {
  const complain = console.error
  console.error = () => {} // it prints a line for each option it does not know
  try {
    return protocol.parse(Buffer.from(bytes))
  } finally {
    console.error = complain
  }
}

await t.test('an offer with a file', async (t) => {
  t.match(parse(replyBytes(ask(CAPTURES.tinkerbellDiscover))), {
    op: 2,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: 0x04cb594b,
    flags: 0x8000,
    yiaddr: '0.0.0.0',
    siaddr: '192.168.77.1',
    chaddr: '52-54-00-AA-00-01',
    file: 'http://192.168.77.1:8080/boot.ipxe',
    magicCookie: 0x63825363,
    options: { 53: 2, 54: '192.168.77.1', 60: 'PXEClient' },
  })
})

await t.test('the ACK on 4011', async (t) => {
  const from = { address: '192.168.77.102', port: 4011 }
  t.match(parse(replyBytes(ask(CAPTURES.edk2Request4011, { port: 4011, from }))), {
    file: '52-54-00-aa-00-01/snponly.efi',
    siaddr: '192.168.77.1',
    options: { 53: 5, 54: '192.168.77.1' },
  })
})

await t.test('a file name in option 67, and option 43', async (t) => {
  const scriptUrl = `http://192.168.77.1/${'x'.repeat(150)}`
  const long = ask(question({ options: { 77: text('Tinkerbell') } }), { settings: { scriptUrl } })
  t.equal(parse(replyBytes(long)).options[67], scriptUrl)
  t.same(parse(replyBytes(ask(question({ options: { 93: '0000' } })))).options[43], [6, 1, 8, 255])
})
