import t from 'tap'
import type { BootFileRule, Settings } from '../src/index.ts'
import { ask, type Circumstances, question, SITE, text, why } from './machine.ts'

// Promise: which file a machine gets is this table, row by row.

const UEFI = { 93: '0007' }
const BIOS = { 93: '0000' }
const IPXE = { 77: text('iPXE'), 175: '130101' }
const IPXE_NO_HTTP = { 77: text('iPXE'), 175: '150101' }
const OURS = { 77: text('Tinkerbell'), 175: '130101' }

const script = SITE.scriptUrl
const snponly = '52-54-00-aa-00-01/snponly.efi'
const undionly = '52-54-00-aa-00-01/undionly.kpxe'

type Policy = Settings['chainRomIpxe']
const rows: [
  name: string,
  options: Record<number, string>,
  Policy,
  chained: boolean,
  step: string,
  file: string | null,
][] = [
  ['UEFI', UEFI, 'auto', false, 'ask-4011', null],
  ['UEFI', UEFI, 'always', false, 'ask-4011', null],
  ['UEFI that has just fetched iPXE', UEFI, 'auto', true, 'ask-4011', null],
  ['UEFI that says EBC', { 93: '0009' }, 'auto', false, 'ask-4011', null],
  ['UEFI arm64', { 93: '000b' }, 'auto', false, 'ask-4011', null],
  ['BIOS', BIOS, 'auto', false, 'firmware', undionly],
  ['BIOS', BIOS, 'always', false, 'firmware', undionly],
  ['BIOS that has just fetched iPXE', BIOS, 'always', true, 'firmware', undionly],

  ['iPXE, UEFI', { ...UEFI, ...IPXE }, 'auto', false, 'script', script],
  ['iPXE, BIOS', { ...BIOS, ...IPXE }, 'auto', false, 'script', script],
  ['iPXE, UEFI', { ...UEFI, ...IPXE }, 'always', false, 'chain', snponly],
  ['iPXE, BIOS', { ...BIOS, ...IPXE }, 'always', false, 'chain', undionly],
  ['iPXE, chained', { ...BIOS, ...IPXE }, 'always', true, 'script', script],
  ['iPXE, chained', { ...UEFI, ...IPXE }, 'auto', true, 'script', script],
  ['iPXE by option 175 alone', { ...UEFI, 175: '130101' }, 'auto', false, 'script', script],
  ['iPXE by RFC 3004', { ...UEFI, 77: `04${text('iPXE')}`, 175: '130101' }, 'always', false, 'chain', snponly],

  ['iPXE without HTTP, UEFI', { ...UEFI, ...IPXE_NO_HTTP }, 'auto', false, 'chain', snponly],
  ['iPXE without HTTP, BIOS', { ...BIOS, ...IPXE_NO_HTTP }, 'auto', false, 'chain', undionly],
  ['iPXE without HTTP, chained', { ...BIOS, ...IPXE_NO_HTTP }, 'auto', true, 'script', script],
  ['iPXE without feature list', { ...BIOS, 77: text('iPXE') }, 'auto', false, 'chain', undionly],
  ['iPXE for which we have no binary', { 93: '001b', ...IPXE_NO_HTTP }, 'always', false, 'script', script],

  ['ours', { ...UEFI, ...OURS }, 'auto', false, 'script', script],
  ['ours', { ...BIOS, ...OURS }, 'always', false, 'script', script],
  ['ours by RFC 3004', { ...BIOS, 77: `0a${text('Tinkerbell')}` }, 'always', false, 'script', script],
  ['ours beside iPXE', { ...BIOS, 77: `04${text('iPXE')}0a${text('Tinkerbell')}` }, 'always', false, 'script', script],
  ['nearly ours', { ...BIOS, 77: text('tinkerbell') }, 'always', false, 'firmware', undionly],
]

for (const [name, options, chainRomIpxe, chainedRecently, step, file] of rows) {
  t.match(
    ask(question({ options }), { settings: { chainRomIpxe }, facts: { chainedRecently } }),
    { kind: 'reply', step, file },
    `${name}, ${chainRomIpxe}${chainedRecently ? ', fetched our binary' : ''}: ${step}`,
  )
}

await t.test('on 4011 the same steps, with the file for UEFI', async (t) => {
  const on4011 = { port: 4011, from: { address: '192.168.77.100', port: 4011 } } as const
  const file = (options: Record<number, string>, settings: Partial<Settings> = {}) => {
    const decision = ask(question({ options: { 53: '03', ...options } }), { ...on4011, settings })
    return decision.kind === 'reply' ? decision.file : decision.reason
  }
  t.equal(file(UEFI), snponly)
  t.equal(file({ 93: '000b' }), '52-54-00-aa-00-01/ipxe-arm64.efi')
  t.equal(file(BIOS), undionly)
  t.equal(file({ ...UEFI, ...IPXE }), script)
  t.equal(file({ ...UEFI, ...IPXE }, { chainRomIpxe: 'always' }), snponly)
  t.equal(file({ ...UEFI, 77: text('Site') }, { userClass: 'Site' }), script, 'the user class is a setting')
})

await t.test('binaries by architecture', async (t) => {
  const notServed = (number: number, architecture: string | null, fault: string) =>
    why('architecture-not-served', { number, architecture, fault })
  const outcome = (archs: string, bootFiles: readonly BootFileRule[] = []) => {
    const circumstances: Circumstances = {
      port: 4011,
      from: { address: '192.168.77.100', port: 4011 },
      settings: { bootFiles },
    }
    const decision = ask(question({ options: { 53: '03', 93: archs } }), circumstances)
    return decision.kind === 'reply' ? decision.file?.split('/')[1] : decision.reason
  }
  t.same(outcome('0006'), notServed(6, 'x86 UEFI', '32-bit'))
  t.same(outcome('0010'), notServed(16, 'x64 UEFI HTTP', 'for-http-boot'))
  t.same(outcome('ffff'), notServed(65535, null, 'unknown'))
  t.equal(outcome('00060007'), 'snponly.efi', 'the first of the list for which there is one')
  t.same(outcome('ffff0006'), notServed(65535, null, 'unknown'), 'else the reason of the first')
  t.equal(outcome('0007', [{ architecture: 7, file: 'signed.efi' }]), 'signed.efi', "the operator's own")
  t.equal(outcome('ffff', [{ architecture: 65535, file: 'new.efi' }]), 'new.efi', 'also for a number nobody knows')
})

await t.test('UEFI HTTP boot is known by name and left alone', async (t) => {
  t.match(ask(question({ options: { 60: text('HTTPClient:Arch:00016:UNDI:003001'), 93: '0010' } })), {
    kind: 'ignore',
    reason: why('http-boot-off', { besides: null }),
  })
})
