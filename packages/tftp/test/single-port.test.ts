import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { fetch, Peer, rrq } from './support/client.ts'
import { firewall } from './support/firewall.ts'
import { pattern, serving } from './support/serving.ts'

const run = promisify(execFile)
const file = pattern(150_000)
const atftp = ['atftp', '--option', 'blksize 1428', '--option', 'windowsize 8', '-g', '-r', 'snponly.efi', '-l']
const programs: [what: string, argv: (port: string, local: string) => string[]][] = [
  ['tftp-hpa', (port, local) => ['tftp', '-m', 'octet', '127.0.0.1', port, '-c', 'get', 'snponly.efi', local]],
  ['atftp with a window', (port, local) => [...atftp, local, '127.0.0.1', port]],
  ['curl', (port, local) => ['curl', '-sS', '-o', local, `tftp://127.0.0.1:${port}/snponly.efi`]],
  ['busybox', (port, local) => ['busybox', 'tftp', '-g', '-r', 'snponly.efi', '-l', local, '127.0.0.1', port]],
]

await t.test('through a firewall that passes answers from the asked port alone', async (t) => {
  const folder = t.testdir()
  await using tftp = await serving({ 'snponly.efi': file }, { singlePort: true })
  for (const [what, argv] of programs) {
    await using wall = await firewall(tftp.port)
    const local = join(folder, what)
    const [program, ...words] = argv(String(wall.port), local)
    await run(program!, words, { timeout: 20_000 })
    t.ok((await readFile(local)).equals(file), what)
    t.equal(wall.blocked(), 0, `${what}: everything came from the one port`)
  }
  type Client = { read(name: string, push: (data: Buffer) => void, done: () => void): Promise<void>; close(): void }
  const tftp2: (host: string, port: number) => Client = createRequire(import.meta.url)('tftp2')
  await using wall = await firewall(tftp.port)
  const client = tftp2('127.0.0.1', wall.port)
  const got: Buffer[] = []
  await client.read(
    'snponly.efi',
    (data) => void got.push(data),
    () => {},
  )
  client.close()
  t.ok(Buffer.concat(got).equals(file), 'npm tftp2')
  await tftp.idle()
  t.match(tftp.server.counters(), { started: 5, finished: 5, strays: 0, bytes: 5 * file.length, retransmissions: 0 })
})

await t.test('a port for each transfer does not get through it', async (t) => {
  await using tftp = await serving({ a: file })
  await using wall = await firewall(tftp.port)
  await using peer = await Peer.open()
  peer.send(rrq('a'), wall.port)
  t.equal(await peer.next(100), null)
  t.equal(wall.blocked(), 1)
})

await t.test('transfers are told apart by the client’s address and port', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`f${at}`, pattern(50_000 + at)]))
  await using tftp = await serving(files, { singlePort: true })
  const got = await Promise.all(Object.keys(files).map((name) => fetch(tftp.port, name, [['windowsize', '4']])))
  t.ok(got.every((bytes, at) => bytes.equals(files[`f${at}`]!)))
})

await t.test('what is not of a transfer', async (t) => {
  await using tftp = await serving({ a: pattern(600), b: pattern(3) }, { singlePort: true })
  await using peer = await Peer.open()
  peer.send({ kind: 'ack', block: 7 }, tftp.port)
  t.equal(await peer.next(100), null, 'a stray ACK is not answered: the ERROR would end what was asked for since')
  peer.send(rrq('a'), tftp.port)
  t.match(await peer.next(), { packet: { kind: 'data', block: 1 }, from: { port: tftp.port } })
  peer.send(rrq('b'), tftp.port)
  t.match((await peer.next())?.packet, { kind: 'data', block: 1, data: pattern(3) }, 'the same port asks anew: at once')
  peer.send({ kind: 'ack', block: 1 }, tftp.port)
  await tftp.idle()
  t.same(tftp.kinds(), ['started', 'aborted', 'started', 'finished'])
  peer.send(rrq('b'), tftp.port)
  t.match((await peer.next())?.packet, { kind: 'data', block: 1 }, 'and the same once more')
  peer.send({ kind: 'error', code: 0, message: 'enough' }, tftp.port)
  await tftp.idle()
  t.match(tftp.events.at(-1), {
    kind: 'aborted',
    reason: { code: 'tftp-client-error', slots: { number: 0, text: 'enough' } },
  })
  peer.send(rrq('gone'), tftp.port)
  t.match(await peer.next(), { packet: { kind: 'error', code: 1 }, from: { port: tftp.port } })
})

await t.test('close() tells the clients', async (t) => {
  const tftp = await serving({ a: file }, { singlePort: true })
  await using peer = await Peer.open()
  peer.send(rrq('a'), tftp.port)
  await peer.next()
  await tftp.server.close()
  t.match((await peer.next())?.packet, { kind: 'error', code: 0, message: /stop/ })
})
