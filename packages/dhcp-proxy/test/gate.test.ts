import t from 'tap'
import type { Gate } from '../src/boot-step.ts'
import { deniedFile, readDeniedFile } from '../src/index.ts'
import { ask, question, text, why } from './machine.ts'

// Promise: netbootPolicy is one gate before every step: `denied` names a file that says why, `local` is silence.

const SOLD = why('sold', { to: 'the vendor' })
const DENIED: Gate = { policy: 'denied', reason: SOLD, slug: 'Returned to the vendor!' }
const LOCAL: Gate = { policy: 'local', reason: SOLD }
const NAME = 'netboot-denied-returned-to-the-vendor'
const httpBootUrl = 'http://192.168.77.1:7480/boot/ipxe/'
const HTTP = { 60: text('HTTPClient:Arch:00016:UNDI:003001'), 93: '0010' }

const clients: Record<string, Record<number, string>> = {
  BIOS: { 93: '0000' },
  UEFI: {},
  iPXE: { 77: text('iPXE'), 175: '130101' },
  ours: { 77: text('Tinkerbell'), 175: '130101' },
  HTTP,
  'an architecture without a file': { 93: '0006' },
}

await t.test('denied', async (t) => {
  for (const [name, options] of Object.entries(clients)) {
    const at4011 = { port: 4011, from: { address: '192.168.77.100', port: 4011 } } as const
    const circumstances = { ...at4011, facts: { gate: DENIED }, settings: { httpBootUrl } }
    const decision = ask(question({ options: { ...options, 53: '03' } }), circumstances)
    const file = name === 'HTTP' ? `${httpBootUrl}${NAME}` : `52-54-00-aa-00-01/${NAME}`
    t.match(decision, { kind: 'reply', step: 'denied', file, reason: SOLD }, name)
    t.ok(readDeniedFile(file))
  }
  t.match(ask(question(), { facts: { gate: DENIED } }), { step: 'ask-4011', file: null }, 'UEFI is told on 4011')
  t.match(ask(question({ options: HTTP }), { facts: { gate: DENIED } }), {
    kind: 'ignore',
    reason: why('http-boot-off', { besides: SOLD }),
  })
})

await t.test('local', async (t) => {
  for (const [name, options] of Object.entries(clients)) {
    const decision = ask(question({ options }), { facts: { gate: LOCAL }, settings: { httpBootUrl } })
    t.strictSame(decision, { kind: 'ignore', reason: why('starts-from-disk', { why: SOLD }) }, name)
  }
})

await t.test('the name says why, in what every ROM can show and ask for', async (t) => {
  t.equal(deniedFile('Returned to the vendor!'), NAME)
  t.equal(deniedFile('  Größe?  '), 'netboot-denied-gr-e')
  t.equal(deniedFile('…'), 'netboot-denied')
  t.match(deniedFile('x'.repeat(5000)), /^netboot-denied-x{48}$/)
  t.equal(deniedFile('a../../etc/passwd'), 'netboot-denied-a-etc-passwd')
  for (const name of [NAME, 'netboot-denied', `52-54-00-aa-00-01/${NAME}`, `/boot/ipxe/${NAME}`]) {
    t.ok(readDeniedFile(name), name)
  }
  for (const name of ['snponly.efi', 'netboot-denied.efi', 'xnetboot-denied', `${NAME}/x`, '']) {
    t.equal(readDeniedFile(name), null, name)
  }
  t.same(readDeniedFile(`52-54-00-aa-00-01/${NAME}`), why('denied-file', { text: 'returned to the vendor' }))
  t.same(readDeniedFile('netboot-denied'), why('denied-file', { text: '' }))
})
