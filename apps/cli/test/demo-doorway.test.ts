import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { endProcess } from '@eims/lab'
import t from 'tap'
import { Doorway } from '../src/demo/doorway.ts'
import { signInText, whileItStays } from '../src/demo/where-to-look.ts'

// One promise: a browser on this machine gets through the demo's door to its dashboard, and to nothing when it is closed.

const inside = resolve(import.meta.dirname, '../src/demo/doorway-inside.ts')
const folder = await mkdtemp(join(tmpdir(), 'eims-doorway-'))
t.teardown(() => rm(folder, { recursive: true }))

/** The program of the other side, before a port of this machine's. */
function before(port: number, socket = join(folder, 'door.sock')) {
  const child = spawn(process.execPath, [inside, socket, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => endProcess(child))
  return { child, socket }
}

const LONG = Buffer.alloc(3_000_000, 'long ')
const server = createServer((request, reply) => {
  if (request.url === '/events') return void reply.write('data: first\n\n')
  if (request.url === '/long') return void reply.end(LONG)
  reply.setHeader('connection', 'close')
  request.pipe(reply)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
t.teardown(() => server.closeAllConnections())
t.teardown(() => server.close())
const { port: behind } = server.address() as AddressInfo

await t.test('what is asked and answered goes through whole, and an open stream does not keep the door', async (t) => {
  const { child, socket } = before(behind)
  const door = await Doorway.open(socket, child)
  const base = `http://localhost:${door.port}`
  t.equal(await (await fetch(base, { method: 'POST', body: 'as it was sent' })).text(), 'as it was sent')
  const all = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(`${base}/long`)).arrayBuffer()))
  t.ok(all.every((each) => LONG.equals(Buffer.from(each))))
  const stream = (await fetch(`${base}/events`)).body!.getReader()
  t.equal(Buffer.from((await stream.read()).value!).toString(), 'data: first\n\n')
  const closed = stream.closed.catch((error: unknown) => error)
  await door[Symbol.asyncDispose]()
  t.ok((await closed) instanceof Error, 'whoever still listens is cut off')
  await t.rejects(fetch(base), 'and nobody else gets in')
})

await t.test('where nobody answers, a connection ends', async (t) => {
  const { port: nobody } = await freePort()
  const { child, socket } = before(nobody, join(folder, 'nobody.sock'))
  const door = await Doorway.open(socket, child)
  await t.rejects(fetch(`http://localhost:${door.port}`))
  const half = connect(door.port, '127.0.0.1')
  half.on('error', () => {})
  await once(half, 'close')
  await door[Symbol.asyncDispose]()
})

await t.test('a program inside that ends at once is no door', async (t) => {
  const { child, socket } = before(behind, join(folder, 'no-such-folder/door.sock'))
  await t.rejects(Doorway.open(socket, child), { message: 'the way to the demo’s dashboard ended with 1' })
})

await t.test('a person reads where it is, and how long', (t) => {
  const dashboard = { url: 'http://localhost:40123/', key: 'eims_abc' }
  t.equal(signInText(dashboard), '  http://localhost:40123/\n  sign in with the key eims_abc\n')
  t.equal(
    whileItStays(dashboard, false),
    `The dashboard stays open, for a browser on this machine:

  http://localhost:40123/
  sign in with the key eims_abc

From another one: ssh -L 40123:127.0.0.1:40123 THIS-MACHINE, and the same address there.
The machines are switched off. Ctrl-C clears everything away but the pictures.
`,
  )
  t.notMatch(whileItStays(dashboard, true), /switched off/)
  t.end()
})

/** A port that nobody listens at any more. */
async function freePort(): Promise<AddressInfo> {
  const short = createServer()
  short.listen(0, '127.0.0.1')
  await once(short, 'listening')
  const address = short.address() as AddressInfo
  short.close()
  await once(short, 'close')
  return address
}
