import t from 'tap'
import { type AnyReason, decode, type Settings } from '../src/index.ts'
import { OPTION } from '../src/options.ts'
import { ask, question, replyBytes, SITE, text, why } from './machine.ts'
import { datagrams } from './pcap.ts'

// Promise: with boot over HTTPS on, who can have learned the site's CA gets it, who can learn it gets the iPXE that does,
// and everybody else gets plain HTTP only where the site allows that; the CA's fingerprint goes to UEFI and iPXE in every reply, and to nobody else.

const HTTPS: Partial<Settings> = { httpsScriptUrl: 'https://192.168.77.1/boot.ipxe', plainHttp: 'allowed' }
const REFUSED: Partial<Settings> = { ...HTTPS, plainHttp: 'refused' }
const httpBootUrl = 'http://192.168.77.1:7480/boot/ipxe/'
const both = SITE.scriptUrl
const https = 'https://192.168.77.1/boot.ipxe'

const BIOS = { 93: '0000' }
const WITH = { 77: text('iPXE'), 175: '130101140101' }
const WITHOUT = { 77: text('iPXE'), 175: '130101' }
const ALONE = { 77: text('iPXE'), 175: '140101' }
const OURS = { 77: text('Tinkerbell') }
const HTTP = { 60: text('HTTPClient:Arch:00016:UNDI:003001'), 93: '0010' }
const snponly = '52-54-00-aa-00-01/snponly.efi'
const undionly = '52-54-00-aa-00-01/undionly.kpxe'
const NAME = 'netboot-denied-https-only'
/** who cannot, and the name of a file that it is told */
const denied = (client: string, file = `52-54-00-aa-00-01/${NAME}`) => [file, why('https-only', { client })] as const

type Row = [
  name: string,
  options: Record<number, string>,
  chained: boolean,
  allowed: string,
  refused: string | readonly [string, AnyReason],
]
const snponlyByHttp = `${httpBootUrl}snponly.efi`
const noCaOnBios = denied('bios')
const rows: Row[] = [
  ['UEFI', {}, false, snponly, snponly],
  ['UEFI, HTTP boot', HTTP, false, snponlyByHttp, snponlyByHttp],
  ['UEFI, iPXE in a ROM', WITH, false, snponly, snponly],
  ['UEFI, iPXE in a ROM without HTTPS', WITHOUT, false, snponly, snponly],
  ['UEFI, iPXE chained', WITH, true, https, https],
  ['UEFI, iPXE chained, without HTTPS', WITHOUT, true, both, denied('ipxe-without-https')],
  ['UEFI, ours', { ...WITH, ...OURS }, true, https, https],
  ['UEFI, ours, an hour after it was chained', { ...WITH, ...OURS }, false, https, https],
  ['UEFI, ours, without HTTPS', { ...WITHOUT, ...OURS }, true, both, denied('ipxe-without-https')],
  ['BIOS', BIOS, false, undionly, noCaOnBios],
  ['BIOS, iPXE in a ROM', { ...BIOS, ...WITH }, false, both, denied('ipxe-without-ca')],
  ['BIOS, iPXE in a ROM without HTTPS', { ...BIOS, ...WITHOUT }, false, both, denied('ipxe-without-https')],
  ['BIOS, iPXE in a ROM without HTTP', { ...BIOS, ...ALONE }, false, undionly, denied('ipxe-without-ca')],
  ['BIOS, iPXE chained', { ...BIOS, ...WITH }, true, both, denied('ipxe-without-ca')],
  ['BIOS, our stick', { ...BIOS, ...WITH, ...OURS }, false, both, denied('ipxe-without-ca')],
  [
    'BIOS, HTTP boot',
    { ...HTTP, 93: '0014' },
    false,
    `${httpBootUrl}undionly.kpxe`,
    denied('bios', httpBootUrl + NAME),
  ],
  ['iPXE where we have no binary', { ...WITH, 93: '001b' }, false, both, denied('ipxe-without-ca')],
]
for (const [name, options, chainedRecently, allowed, refused] of rows) {
  const file = (settings: Partial<Settings>) => {
    const on4011 = { port: 4011, from: { address: '192.168.77.100', port: 4011 } } as const
    const circumstances = { ...on4011, settings: { ...settings, httpBootUrl }, facts: { chainedRecently } }
    const decision = ask(question({ options: { ...options, 53: '03' } }), circumstances)
    if (decision.kind !== 'reply' || decision.reason === null) return decision.kind === 'reply' && decision.file
    return [decision.file, decision.reason]
  }
  t.equal(file(HTTPS), allowed, `${name}, plain HTTP allowed`)
  t.same(file(REFUSED), refused, `${name}, plain HTTP refused`)
}

await t.test('undionly.kpxe as captured: it lists HTTPS, and does not know the CA', async (t) => {
  const asked = datagrams('seabios-ipxe-rom').filter(({ destinationPort, payload }) => {
    const packet = decode(payload)
    return destinationPort === 67 && packet.ok && packet.value.options.get(OPTION.messageType)?.[0] === 1
  })
  const rom = asked[0]?.payload
  const undionly = asked.find(({ payload }) => payload[4] !== rom?.[4])?.payload
  const chained = { settings: HTTPS, facts: { chainedRecently: true } }
  t.match(ask(rom!, { settings: HTTPS }), { step: 'script', file: both })
  t.match(ask(undionly!, chained), { step: 'script', file: both })
  t.match(ask(undionly!, { ...chained, settings: REFUSED }), { step: 'denied' })
})

await t.test("the operator's own iPXE for BIOS may have HTTPS", async (t) => {
  const settings = { ...REFUSED, bootFiles: [{ architecture: 0, file: 'own.kpxe' }] }
  t.match(ask(question({ options: BIOS }), { settings }), { step: 'firmware', file: '52-54-00-aa-00-01/own.kpxe' })
  t.match(ask(question({ options: { ...BIOS, ...WITH } }), { settings }), { step: 'chain' }, 'not the one in the ROM')
  const chained = { settings, facts: { chainedRecently: true } }
  t.match(ask(question({ options: { ...BIOS, ...WITH } }), chained), { step: 'script', file: https })
})

await t.test('fingerprint', async (t) => {
  const trust = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
  const carried = (options: Record<number, string>) => {
    const decision = ask(question({ options }), { settings: { trust, httpBootUrl } })
    if (decision.kind !== 'reply') return decision.reason
    replyBytes(decision)
    return Buffer.from(decision.message.options.get(175) ?? []).toString('hex')
  }
  // iPXE reads sub-option 90 of option 175 (src/net/rootcert: `trust`), 32 bytes a root certificate
  const expected = `5a20${Buffer.from(trust).toString('hex')}ff`
  t.equal(carried({}), expected, 'UEFI, in the offer')
  t.equal(carried({ 93: '000b' }), expected, 'arm64')
  t.equal(carried(WITHOUT), expected, 'iPXE')
  t.equal(carried(HTTP), expected, 'HTTP boot')
  t.equal(carried(BIOS), '', 'not a BIOS ROM')
  const offer = ask(question(), { settings: { trust: null } })
  t.equal(offer.kind === 'reply' && offer.message.options.has(175), false)
})
