import t from 'tap'
import { packet } from './captures.ts'
import { ask, question, replyBytes, text, why } from './machine.ts'

// Promise: UEFI HTTP boot gets option 60 `HTTPClient` and the URL of its binary, in the offer already.

const http = (arch: string) => ({ 60: text('HTTPClient:Arch:00016:UNDI:003001'), 93: arch })
const settings = { httpBootUrl: 'http://192.168.77.1:7480/boot/ipxe/' }

await t.test('the offer, byte for byte', async (t) => {
  const offer = replyBytes(ask(question({ options: http('0010') }), { settings }))
  const url = text('http://192.168.77.1:7480/boot/ipxe/snponly.efi')
  const expected = packet(`
    02010600 11223344 0000 8000
    00000000 00000000 c0a84d01 00000000
    525400aa0001 00*10  00*64  ${url} 00*82
    63825363
    3501 02
    3604 c0a84d01
    3c0a 48545450436c69656e74
    432e ${url}
    6111 0011111111222233334444555555555555
    ff
  `)
  t.equal(
    Buffer.from(offer)
      .toString('hex')
      .replace(/(00)*$/, ''),
    Buffer.from(expected).toString('hex'),
  )
})

await t.test('by architecture', async (t) => {
  const narrow = (number: number, architecture: string) =>
    why('architecture-not-served', { number, architecture, fault: '32-bit' })
  const outcome = (arch: string, more: object = {}) => {
    const decision = ask(question({ options: http(arch) }), { settings: { ...settings, ...more } })
    return decision.kind === 'reply'
      ? [decision.step, decision.file?.slice(settings.httpBootUrl.length)]
      : decision.reason
  }
  t.same(outcome('0010'), ['http', 'snponly.efi'])
  t.same(outcome('0013'), ['http', 'ipxe-arm64.efi'])
  t.same(outcome('0014'), ['http', 'undionly.kpxe'])
  t.same(outcome('0007'), ['http', 'snponly.efi'], 'firmware that forgets to say the number for HTTP')
  t.same(outcome('000f'), narrow(15, 'x86 UEFI HTTP'))
  t.same(outcome('0012'), narrow(18, 'ARM 32-bit UEFI HTTP'))
  t.same(outcome('000f', { bootFiles: [{ architecture: 15, file: 'ia32.efi' }] }), ['http', 'ia32.efi'])
})

await t.test('a REQUEST that names us is acknowledged, one that names another is not', async (t) => {
  const request = (server: string) =>
    ask(question({ options: { ...http('0010'), 53: '03', 54: server } }), { settings })
  t.match(request('c0a84d01'), { kind: 'reply', step: 'http' })
  t.match(request('c0a84d02'), { kind: 'ignore' })
})
