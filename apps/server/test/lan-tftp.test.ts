import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Judgement } from '@eims/contracts'
import { deniedFile } from '@eims/dhcp-proxy'
import t from 'tap'
import { openArtifacts } from '../src/artifacts.ts'
import { openFile, transferEvent } from '../src/lan/tftp.ts'

const folder = mkdtempSync(join(tmpdir(), 'eims-lan-tftp-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const [dir, own] = [join(folder, 'artifacts'), join(folder, 'own')]
mkdirSync(join(dir, 'ipxe/folder.efi'), { recursive: true })
mkdirSync(join(own, 'undionly.kpxe'), { recursive: true })
for (const name of ['snponly.efi', 'undionly.kpxe']) writeFileSync(join(dir, 'ipxe', name), `our ${name}`)
writeFileSync(join(own, 'snponly.efi'), 'a signed one')
symlinkSync(join(own, 'snponly.efi'), join(own, 'linked.efi'))
const artifacts = openArtifacts(dir, own)

const client = { address: '192.168.77.11', port: 2070 }
const mac = '52:54:00:aa:00:01'
const asked: [string | null, string][] = []
const parts = (closed: Judgement | null) => ({
  artifacts,
  generated: (name: string) => (name === 'autoexec.ipxe' ? '#!ipxe\n' : null),
  gate: (mac: string | null, address: string) => {
    asked.push([mac, address])
    return closed
  },
})
async function read(name: string, closed: Judgement | null = null) {
  const file = await openFile({ name, mac, client }, parts(closed))
  if (typeof file === 'string' || 'refused' in file) return file
  const text = Buffer.from(await file.read(0, file.size)).toString()
  await file.close?.()
  return text
}

await t.test('the operator’s own files go before ours of the same name; a folder is no file', async (t) => {
  t.equal(await read('snponly.efi'), 'a signed one')
  t.equal(await read('linked.efi'), 'a signed one')
  t.equal(await read('undionly.kpxe'), 'our undionly.kpxe')
  t.equal(await read('folder.efi'), 'not-found')
  t.equal(await read('none.efi'), 'not-found')
  t.equal(await read('../own/snponly.efi'), 'not-found')
  t.equal(await read('autoexec.ipxe'), '#!ipxe\n')
})

await t.test('a machine that is denied gets no file at all, and hears why', async (t) => {
  const reason = { code: 'netboot-denied', slots: { node: 'pos-17' } } as const
  const message = 'pos-17 may not boot from the network'
  asked.length = 0
  for (const name of ['snponly.efi', 'autoexec.ipxe', 'none.efi', deniedFile(message)])
    t.strictSame(await read(name, { kind: 'refused', reason }), { refused: reason, message }, name)
  t.strictSame(asked[0], [mac, '192.168.77.11'], 'by its MAC and by its address')
})

await t.test('one that is to boot its disk is led there by its script', async (t) => {
  const reason = { code: 'netboot-local', slots: { node: 'pos-17' } } as const
  t.equal(await read('autoexec.ipxe', { kind: 'local-disk', reason }), '#!ipxe\n')
})

await t.test('the name that says why is refused with its words, whoever asks', async (t) => {
  t.strictSame(await read(deniedFile('HTTPS only')), {
    refused: { code: 'denied-file', slots: { text: 'https only' } },
    message: 'network boot denied: https only',
  })
})

await t.test('a transfer on the timeline', async (t) => {
  const event = { name: 'snponly.efi', mac, size: 9, bytes: 9, retransmissions: 0, milliseconds: 12.4, reason: null }
  t.match(transferEvent({ ...event, kind: 'finished' }), {
    kind: 'tftp.read',
    message: 'read snponly.efi, 9 bytes in 12 ms',
  })
  const reason = { code: 'tftp-no-ack', slots: { block: 0, last: 75 } } as const
  t.match(transferEvent({ ...event, kind: 'failed', reason }), {
    kind: 'tftp.failed',
    message: 'could not read snponly.efi: no acknowledgement of the options',
    data: { reason },
  })
  t.equal(transferEvent({ ...event, kind: 'aborted' }), null)
  t.equal(transferEvent({ ...event, kind: 'finished', mac: null }), null)
})
