import { dice, until } from '@eims/lab'
import t from 'tap'
import type { Options } from '../src/packet.ts'
import { fetch } from './support/client.ts'
import { type Fate, relay } from './support/relay.ts'
import { pattern, serving } from './support/serving.ts'

const file = pattern(80_000)
const patience = { firstMs: 60, ceilingMs: 120, tries: 20 }

const lines: [what: string, options: Options][] = [
  ['without options', []],
  [
    'with blksize',
    [
      ['blksize', '1468'],
      ['tsize', '0'],
    ],
  ],
  [
    'with a window',
    [
      ['blksize', '1024'],
      ['windowsize', '8'],
    ],
  ],
]

await t.test('a line that loses, doubles and reorders delivers the file', async (t) => {
  for (const [seed, [what, options]] of lines.entries()) {
    await using tftp = await serving({ 'ipxe.efi': file }, { patience })
    const roll = dice(seed + 1)
    const fates: Fate[] = ['drop', 'drop', 'twice', 'late']
    await using line = await relay(tftp.port, () => (roll() < 0.15 ? fates[Math.floor(roll() * 4)]! : 'pass'))
    t.ok((await fetch(line.port, 'ipxe.efi', options)).equals(file), what)
    t.ok(
      line.counts.drop > 0 && line.counts.twice > 0 && line.counts.late > 0,
      `the line was bad: ${JSON.stringify(line.counts)}`,
    )
    t.ok(tftp.server.transfers <= 1, 'at most the transfer whose last ACK was lost is left')
  }
})

await t.test('doubled ACKs do not double the data (Sorcerer’s Apprentice)', async (t) => {
  for (const [what, options] of lines) {
    // A busy machine may take more than 10 ms for a window; what is tested is that the doubled ACK alone repeats nothing.
    await using tftp = await serving({ 'ipxe.efi': file }, { patience: { doubtMs: 1000 } })
    let sent = 0
    await using line = await relay(tftp.port, (towards) => {
      if (towards === 'client') sent++
      return towards === 'server' ? 'twice' : 'pass'
    })
    t.ok((await fetch(line.port, 'ipxe.efi', options)).equals(file), what)
    const blksize = Number(new Map(options).get('blksize') ?? 512)
    const once = Math.floor(file.length / blksize) + 1 + (options.length > 0 ? 1 : 0)
    t.equal(sent, once, `${what}: every packet was sent once`)
    await tftp.idle()
    t.match(tftp.events.at(-1), { kind: 'finished', retransmissions: 0, bytes: file.length })
  }
})

await t.test('the last ACK lost: the last block comes again', async (t) => {
  await using tftp = await serving({ a: pattern(3) }, { patience })
  const heard = { server: 0, client: 0 }
  await using line = await relay(tftp.port, (towards) =>
    ++heard[towards] === 2 && towards === 'server' ? 'drop' : 'pass',
  )
  t.ok((await fetch(line.port, 'a')).equals(pattern(3)))
  await until(() => heard.client >= 2)
  t.pass('DATA 1 came twice')
})

await t.test('the first block of a window lost: the window comes again at once, not after the timer', async (t) => {
  await using tftp = await serving({ 'ipxe.efi': file }, { patience: { firstMs: 30_000, ceilingMs: 30_000 } })
  for (const lost of [6, 7, 9]) {
    let sent = 0
    await using line = await relay(tftp.port, (towards) => (towards === 'client' && sent++ === lost ? 'drop' : 'pass'))
    const options: Options = [
      ['blksize', '1024'],
      ['windowsize', '4'],
    ]
    t.ok((await fetch(line.port, 'ipxe.efi', options)).equals(file), `packet ${lost} lost`)
    t.equal(line.counts.drop, 1)
  }
})
