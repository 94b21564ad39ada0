import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, ProblemError, toProblem } from '@eims/contracts'
import t, { type Test } from 'tap'
import type { Server } from '../src/connection.ts'
import { sendImage } from '../src/send-image.ts'
import { find } from '../src/verbs.ts'
import { image } from './support/image.ts'

// One promise: `images add FILE` works wherever the file lies, on the server's own machine and on another.

const file = 'a disk image '.repeat(100_000)

type Answering = (line: string, request: IncomingMessage, response: ServerResponse) => Promise<unknown>

async function bench(t: Test, answer: Answering) {
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const line = `${request.method} ${request.url}`
    asked.push(line)
    await answer(line, request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dir = t.testdir({ 'disk.raw': file, 'local.json': JSON.stringify({ url, key: 'k' }) })
  const add = async (...more: string[]) => {
    const printed = t.capture(process.stdout, 'write', () => true)
    const { verb, rest } = find(['images', 'add', join(dir, 'disk.raw'), ...more])!
    await verb.run(rest, { HOME: dir }).finally(() => printed.restore())
    return printed().length
  }
  return { asked, add, url, dir }
}

const textOf = async (request: IncomingMessage) => {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  return text
}
const reply = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const elsewhere = toProblem(
  new ProblemError('invalid-input', 'lies in no folder', [{ path: 'body.path', message: 'lies in no folder' }]),
)
const [BY_PATH, BEGIN] = ['POST /api/v1/images', 'POST /api/v1/image-uploads']
const [GET, FINISH] = ['GET /api/v1/image-uploads/up-1', 'POST /api/v1/image-uploads/up-1/finish']
const send = (offset: number) => `PATCH /api/v1/image-uploads/up-1?offset=${offset}`
const upload = (received: number) => ({
  id: 'up-1',
  name: 'disk',
  size: file.length,
  received,
  expiresAt: '2026-11-21T10:00:00.000Z',
})

/** What a server answers that gets the whole file at once. */
function whole(line: string, response: ServerResponse) {
  if (line === BEGIN) return reply(response, 201, upload(0))
  if (line === send(0)) return reply(response, 200, upload(file.length))
  return reply(response, line.startsWith('GET') ? 200 : 202, image)
}

await t.test('a server of this machine reads it itself, or else is sent the bytes', async (t) => {
  for (const inFolder of [true, false]) {
    const received: string[] = []
    const { asked, add, dir } = await bench(t, async (line, request, response) => {
      received.push(await textOf(request))
      if (line === BY_PATH && !inFolder) return reply(response, 400, elsewhere)
      return whole(line, response)
    })
    t.ok(await add('--data', dir))
    t.match(received[0], `"path":"${join(dir, 'disk.raw')}"`)
    const sent = [BY_PATH, BEGIN, send(0), FINISH, 'GET /api/v1/images/id-1']
    t.strictSame(asked, inFolder ? [BY_PATH, 'GET /api/v1/images/id-1'] : sent)
    if (!inFolder) t.equal(received[2], file)
  }
})

await t.test('another server is sent the bytes at once', async (t) => {
  const received: string[] = []
  const { asked, add, url } = await bench(t, async (line, request, response) => {
    received.push(await textOf(request))
    whole(line, response)
  })
  await add('--server', url, '--key', 'k')
  t.strictSame(asked.slice(0, 3), [BEGIN, send(0), FINISH])
  t.match(JSON.parse(received[0]!), { name: 'disk', size: file.length, fingerprint: /^[0-9a-f]{64}$/ })
  t.equal(received[1], file)
})

await t.test('a connection that breaks is made again, and goes on where the server is', async (t) => {
  const half = file.length / 2
  let received = ''
  const { asked, add, url } = await bench(t, async (line, request, response) => {
    if (line === send(0)) {
      for await (const piece of request) {
        received += piece
        if (received.length >= half) return request.socket.destroy()
      }
    }
    if (line === GET) return reply(response, 200, upload(half))
    if (line !== send(half)) return whole(line, response)
    received = received.slice(0, half) + (await textOf(request))
    return reply(response, 200, upload(file.length))
  })
  const said = t.capture(process.stderr, 'write', () => true)
  await add('--server', url, '--key', 'k')
  said.restore()
  t.equal(received, file)
  t.strictSame(asked.slice(0, 5), [BEGIN, send(0), GET, send(half), FINISH])
  t.match(
    said()
      .map(({ args: [text] }) => text)
      .join(''),
    /the connection broke \(\w+\); trying again in 0.5 s/,
  )
})

await t.test('one that was begun goes on; one that cannot be finished says how', async (t) => {
  let [isUp, rest] = [true, '']
  const { asked, add, url, dir } = await bench(t, async (line, request, response) => {
    if (!isUp) return request.socket.destroy()
    if (line === BEGIN) return reply(response, 201, upload(file.length - 10))
    if (line === send(file.length - 10)) rest = await textOf(request)
    return line.startsWith('PATCH') ? reply(response, 200, upload(file.length)) : whole(line, response)
  })
  const said = t.capture(process.stderr, 'write', () => true)
  await add('--server', url, '--key', 'k')
  said.restore()
  t.equal(asked[1], send(file.length - 10))
  t.equal(rest, file.slice(-10))
  t.match(
    said()
      .map(({ args: [text] }) => text)
      .join(''),
    'disk: going on at 1.3 MB of 1.3 MB',
  )

  const client = createClient({ baseUrl: url, token: 'k' })
  const breaking: typeof client = async (name, input, extra) => {
    const answer = await client(name, input, extra)
    isUp = false
    return answer
  }
  const here = { client: breaking, server: { url, key: 'k' } as Server }
  const quiet = t.capture(process.stderr, 'write', () => true)
  await t.rejects(sendImage(here, { name: 'disk' }, join(dir, 'disk.raw'), [1, 1]), {
    message: /broke at 1.3 MB of 1.3 MB, and cannot be made again \(\w+\): the same command goes on there within a day/,
  })
  quiet.restore()
})

await t.test('what the server refuses is said, also when it refuses before it has read everything', async (t) => {
  const full = toProblem(new ProblemError('disk-full', 'the upload needs 64 MB'))
  const { add, url, dir } = await bench(t, async (line, request, response) => {
    if (line === BY_PATH) return reply(response, 409, toProblem(new ProblemError('already-exists', 'taken')))
    reply(response, 507, full)
    return sleep(50).then(() => request.socket.destroy())
  })
  await t.rejects(add('--server', url, '--key', 'k'), { code: 'disk-full', message: 'the upload needs 64 MB' })
  await t.rejects(add('--data', dir), { code: 'already-exists' }, 'and is not tried in the other way')
  await t.rejects(add('--server', 'http://127.0.0.1:1', '--key', 'k'), TypeError)
})

await t.test('what was sent in part is given up by the name of its image', async (t) => {
  const none = toProblem(new ProblemError('not-found', 'there is no image disk'))
  let isThere = true
  const { asked, url } = await bench(t, async (line, _, response) =>
    line.startsWith('DELETE') && isThere ? reply(response, 200, upload(500_000)) : reply(response, 404, none),
  )
  const cancel = () => find(['images', 'cancel'])!.verb.run(['disk', '--server', url, '--key', 'k'], {})
  const printed = t.capture(process.stdout, 'write', () => true)
  await cancel()
  printed.restore()
  t.strictSame(asked, ['POST /api/v1/images/disk/cancel', 'DELETE /api/v1/image-uploads/disk'])
  t.match(printed()[0]?.args[0], 'disk was given up; 500 kB of 1.3 MB had been sent')
  isThere = false
  await t.rejects(cancel(), { code: 'not-found', message: 'there is no image disk' })
})
