import t from 'tap'
import { packet } from './captures.ts'
import { ask, type Circumstances, replyBytes, SITE, text, why } from './machine.ts'

// Promise: of several numbers in option 93 the one that the file is chosen for also decides the form of the reply.

const at4011 = { port: 4011, from: { address: '192.168.77.100', port: 4011 } } as const

/** A question of firmware that lists these numbers, four hex digits each. */
const asks = (archs: string, type: '01' | '03' = '01') =>
  packet(`
    01010600 d4a087ae 0000 8000
    00000000 00000000 00000000 00000000
    525400aa0001 00*10  00*64  00*128
    63825363
    3501 ${type}
    5d${(archs.length / 2).toString(16).padStart(2, '0')} ${archs}
    3c09 505845436c69656e74
    ff
  `)

/** A reply: option 53, the file and what comes after option 60, both in hex. */
const reply = (type: '02' | '05', file: string, more = '') =>
  packet(`
    02010600 d4a087ae 0000 8000
    00000000 00000000 c0a84d01 00000000
    525400aa0001 00*10  00*64  ${file} 00*${128 - file.length / 2}
    63825363
    3501 ${type}
    3604 c0a84d01
    3c09 505845436c69656e74
    ${more}
    ff
  `)

const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/(00)*$/, '')
const answer = (datagram: Uint8Array, circumstances: Circumstances = {}) =>
  hex(replyBytes(ask(datagram, circumstances)))

/** What a BIOS ROM wants besides: PXE_DISCOVERY_CONTROL 8. */
const AT_ONCE = '2b04 060108ff'
const uefiOffer = hex(reply('02', ''))
const inFolder = (name: string) => text(`52-54-00-aa-00-01/${name}`)

await t.test('an offer', async (t) => {
  const bios = hex(reply('02', inFolder('undionly.kpxe'), AT_ONCE))
  const offers: [archs: string, name: string, offer: string][] = [
    ['00100007', 'UEFI HTTP before UEFI, asking for PXE', uefiOffer],
    ['00070010', 'UEFI before UEFI HTTP', uefiOffer],
    ['0013000b', 'the same on arm64', uefiOffer],
    ['00060007', '32-bit before 64-bit UEFI', uefiOffer],
    ['01090007', 'a number that nobody knows before UEFI', uefiOffer],
    ['00010007', 'a deprecated one before UEFI', uefiOffer],
    ['00070000', 'UEFI before BIOS', uefiOffer],
    ['00140007', 'BIOS HTTP before UEFI', uefiOffer],
    ['00140000', 'BIOS HTTP before BIOS', bios],
    ['00060000', '32-bit UEFI before BIOS', bios],
    ['00000007', 'BIOS before UEFI', bios],
  ]
  for (const [archs, name, offer] of offers) t.equal(answer(asks(archs)), offer, name)
})

await t.test('the answer on 4011', async (t) => {
  const ack = hex(reply('05', inFolder('snponly.efi')))
  t.equal(answer(asks('00100007', '03'), at4011), ack)
  t.equal(answer(asks('00140007', '03'), at4011), ack)
})

await t.test('a rule, the node’s own file, and a denial go by the same number', async (t) => {
  const bootFiles = [{ architecture: 6, file: 'ia32.efi' }]
  const ruled = { settings: { bootFiles } }
  t.equal(answer(asks('00000006'), ruled), hex(reply('02', inFolder('undionly.kpxe'), AT_ONCE)))
  t.equal(answer(asks('00060000'), ruled), uefiOffer, 'the rule’s number comes first')
  t.equal(
    answer(asks('00060000', '03'), { ...ruled, ...at4011 }),
    hex(reply('05', inFolder('ia32.efi'))),
    'and with its file',
  )
  const anyNumber = { settings: { bootFiles: [{ vendorClass: 'PXEClient', file: 'any.efi' }] } }
  t.equal(answer(asks('01090007'), anyNumber), uefiOffer, 'a number that nobody knows says nothing of the form')
  t.equal(answer(asks('00100007'), { facts: { bootFile: 'own.efi' } }), uefiOffer)
  t.equal(
    answer(asks('00140000'), { facts: { bootFile: 'own.kpxe' } }),
    hex(reply('02', inFolder('own.kpxe'), AT_ONCE)),
  )
  const gate = { policy: 'denied', reason: why('sold'), slug: 'sold' } as const
  t.equal(answer(asks('00100007'), { facts: { gate } }), uefiOffer)
  t.equal(
    answer(asks('00060000'), { facts: { gate } }),
    hex(reply('02', inFolder('netboot-denied-sold'), AT_ONCE)),
    'a BIOS is told at once',
  )
})

await t.test('the CA’s fingerprint goes to 64-bit UEFI', async (t) => {
  const settings = { ...SITE, httpsScriptUrl: 'https://192.168.77.1/boot.ipxe', trust: new Uint8Array(32).fill(7) }
  const trusting = hex(reply('02', '', `af23 5a20 ${'07'.repeat(32)} ff`))
  t.equal(answer(asks('00100007'), { settings }), trusting)
  t.equal(answer(asks('00060007'), { settings }), trusting)
  const file = [{ architecture: 6, file: 'ia32.efi' }]
  t.equal(answer(asks('00060007'), { settings: { ...settings, bootFiles: file } }), uefiOffer, 'and not to 32-bit')
})

await t.test('a number for HTTP boot alone serves no PXE', async (t) => {
  const notServed = (number: number, architecture: string) => ({
    kind: 'ignore',
    reason: why('architecture-not-served', { number, architecture, fault: 'for-http-boot' }),
  })
  t.strictSame(ask(asks('0010')), notServed(16, 'x64 UEFI HTTP'))
  t.strictSame(ask(asks('0014')), notServed(20, 'x86 BIOS HTTP'))
})
