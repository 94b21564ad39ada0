import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Image, ProblemError, toProblem } from '@eims/contracts'
import t, { type Test } from 'tap'
import { find } from '../src/verbs.ts'

// One promise: `images add FILE` works wherever the file lies, on the server's own machine and on another.

const file = 'a disk image '.repeat(100_000)
const image: Image = {
  id: 'id-1',
  name: 'disk',
  architecture: 'x86_64',
  format: 'raw',
  state: 'ready',
  reason: null,
  progress: 1,
  sourceSha256: null,
  rawSize: 4096,
  rawSha256: null,
  manifestSha256: null,
  frameCount: 1,
  storedSize: 100,
  facts: null,
  warnings: [],
  createdAt: '2026-11-20T10:00:00.000Z',
}

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
const [BY_PATH, UPLOAD] = ['POST /api/v1/images', 'POST /api/v1/images/upload?name=disk']

await t.test('a server of this machine reads it itself, or else is sent the bytes', async (t) => {
  for (const inFolder of [true, false]) {
    const received: string[] = []
    const { asked, add, dir } = await bench(t, async (line, request, response) => {
      received.push(await textOf(request))
      if (line === BY_PATH && !inFolder) return reply(response, 400, elsewhere)
      return reply(response, line.startsWith('GET') ? 200 : 202, image)
    })
    t.ok(await add('--data', dir))
    t.match(received[0], `"path":"${join(dir, 'disk.raw')}"`)
    t.strictSame(asked, inFolder ? [BY_PATH, 'GET /api/v1/images/id-1'] : [BY_PATH, UPLOAD, 'GET /api/v1/images/id-1'])
    if (!inFolder) t.equal(received[1], file)
  }
})

await t.test('another server is sent the bytes at once; an answer may take its time', async (t) => {
  let received = ''
  const { asked, add, url } = await bench(t, async (line, request, response) => {
    if (line === UPLOAD) {
      received = await textOf(request)
      await sleep(100)
    }
    reply(response, 200, image)
  })
  await add('--server', url, '--key', 'k')
  t.equal(received, file)
  t.equal(asked[0], UPLOAD)
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
