import t from 'tap'
import type { Packet } from '../src/packet.ts'
import { Peer, rrq } from './support/client.ts'
import { serving } from './support/serving.ts'

const wrq: Packet = { kind: 'wrq', filename: 'ipxe.efi', mode: 'octet', options: [] }

const rows: [
  what: string,
  asked: Packet | Uint8Array,
  code: number,
  message: RegExp,
  event: string | null,
  reason?: string,
][] = [
  ['a file that is not there', rrq('gone.efi'), 1, /not found/, 'refused', 'tftp-not-found'],
  ['a write', wrq, 2, /read-only/, 'refused', 'tftp-read-only'],
  ['a name that escapes', rrq('../../etc/shadow'), 2, /leaves its folder/, 'refused', 'tftp-name'],
  ['the same with backslashes', rrq('..\\..\\etc\\shadow'), 2, /leaves its folder/, 'refused', 'tftp-name'],
  ['a file that the owner refuses', rrq('held.efi'), 2, /machine is on hold/, 'refused', 'on-hold'],
  ['a file that cannot be opened', rrq('broken.efi'), 0, /could not open/, 'failed', 'tftp-not-opened'],
  ['mail', rrq('ipxe.efi', [], 'mail'), 4, /mode mail/, 'refused', 'tftp-mode'],
  [
    'a mode with terminal escapes',
    rrq('ipxe.efi', [], '\x1b[2J'),
    4,
    /mode \?\[2j is not served/,
    'refused',
    'tftp-mode',
  ],
  ['an option that is no number', rrq('ipxe.efi', [['blksize', 'big']]), 8, /blksize/, 'refused', 'tftp-option'],
  ['an unknown opcode', Buffer.from([0, 9, 1]), 4, /opcode 9/, null],
  ['an ACK without a transfer', { kind: 'ack', block: 1 }, 5, /unknown transfer ID/, null],
  ['DATA without a transfer', { kind: 'data', block: 1, data: Buffer.from('x') }, 5, /unknown transfer ID/, null],
]

await t.test('what cannot be served gets its ERROR, and one event with the reason', async (t) => {
  await using tftp = await serving(
    {},
    {
      open: async ({ name }) => {
        if (name === 'broken.efi') throw new Error('EIO: /srv/secret/place')
        if (name === 'held.efi') return { refused: { code: 'on-hold', slots: {} }, message: 'machine is on hold' }
        if (name === 'ipxe.efi') return { size: 9, read: async (_offset, length) => new Uint8Array(length) }
        return 'not-found'
      },
    },
  )
  for (const [what, asked, code, message, event, reason] of rows) {
    await using peer = await Peer.open()
    peer.send(asked, tftp.port)
    const heard = await peer.next()
    t.match(heard?.packet, { kind: 'error', code, message }, what)
    t.notMatch(JSON.stringify(heard?.packet), 'secret', 'the cause stays here')
    await tftp.idle()
    const told = tftp.events.splice(0)
    t.same(
      told.map(({ kind }) => kind),
      event === null ? [] : [event],
      `${what}: its event`,
    )
    if (code === 0) t.match(told[0]?.reason, { slots: { text: /EIO/ } }, 'the cause is in the event')
    t.equal(told[0]?.reason?.code, reason, 'the reason is in the event')
  }
})

await t.test('an ERROR is never answered', async (t) => {
  await using tftp = await serving({})
  await using peer = await Peer.open()
  peer.send({ kind: 'error', code: 4, message: 'what?' }, tftp.port)
  t.equal(await peer.next(200), null)
})

await t.test('netascii gets the bytes of the file unchanged', async (t) => {
  await using tftp = await serving({ 'a.txt': Buffer.from('a\nb\r\n') })
  await using peer = await Peer.open()
  peer.send(rrq('a.txt', [], 'netascii'), tftp.port)
  t.same((await peer.next())?.packet, { kind: 'data', block: 1, data: Buffer.from('a\nb\r\n') })
})

await t.test('the MAC before a name reaches the owner of the files and the events', async (t) => {
  const asked: unknown[] = []
  await using tftp = await serving(
    {},
    {
      open: async ({ name, mac }) => {
        asked.push({ name, mac })
        return 'not-found'
      },
    },
  )
  await using peer = await Peer.open()
  peer.send(rrq('/52-54-00-AA-00-01\\snponly.efi\xff'), tftp.port)
  await peer.next()
  await tftp.idle()
  const expected = { name: 'snponly.efi', mac: '52:54:00:aa:00:01' }
  t.same(asked, [expected])
  t.match(tftp.events, [{ ...expected, kind: 'refused', client: { address: '127.0.0.1', port: peer.port } }])
})
