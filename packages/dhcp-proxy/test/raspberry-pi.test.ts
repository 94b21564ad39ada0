import t from 'tap'
import { ask, question, text } from './machine.ts'

// Promise: a Raspberry Pi's ROM, which calls itself an x86 BIOS, gets the menu without which it drops an offer.

const pi = (mac: string, options: Record<number, string> = {}) =>
  question({
    chaddr: Uint8Array.from(Buffer.from(mac.padEnd(32, '0'), 'hex')),
    options: { 60: text('PXEClient:Arch:00000:UNDI:002001'), 93: '0000', ...options },
  })
const answer = (packet: ReturnType<typeof pi>) => {
  const decision = ask(packet)
  if (decision.kind !== 'reply') return decision.reason
  return [decision.file?.split('/')[1], Buffer.from(decision.message.options.get(43) ?? []).toString('hex')]
}
const MENU = `060108${`0914000011${text('Raspberry Pi Boot')}`}0a0400${text('PXE')}ff`

t.same(answer(pi('dca632000001')), ['ipxe-arm64.efi', MENU], 'Raspberry Pi 4')
t.same(answer(pi('525400000001', { 93: '0029' })), ['ipxe-arm64.efi', MENU], 'architecture 41')
t.same(answer(pi('525400000001')), ['undionly.kpxe', '060108ff'], 'a BIOS of another maker')
t.same(answer(pi('dca632000001', { 93: '000b' })), [undefined, ''], 'UEFI on a Pi is UEFI')
t.same(answer(pi('dca632000001', { 93: '000b', 77: text('Tinkerbell'), 175: '130101' })), ['', ''], 'our iPXE on a Pi')
