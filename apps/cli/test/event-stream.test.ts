import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ProblemError, toProblem } from '@eims/contracts'
import t from 'tap'
import { followEvents, serverSentParser } from '../src/event-stream.ts'

const event = (id: number) => ({
  id: String(id),
  kind: 'run.ended',
  at: '2026-11-20T10:00:00.000Z',
  lastAt: '2026-11-20T10:00:00.000Z',
  count: 1,
  nodeId: null,
  mac: null,
  runId: null,
  message: `no. ${id}`,
  data: {},
})

await t.test('events come out whole, wherever the text was cut', async (t) => {
  const text =
    'retry: 2000\n\n: beat\n\nid: 7\nevent: run.ended\ndata: {"a":\ndata: 1}\n\ndata:x\r\n\r\nid: 8\r\ndata: ü: y\r\n\r\nid: 9\n'
  const wanted = [
    { id: '7', event: 'run.ended', data: '{"a":\n1}' },
    { id: '7', event: 'message', data: 'x' },
    { id: '8', event: 'message', data: 'ü: y' },
  ]
  for (let cut = 0; cut <= text.length; cut++) {
    const parse = serverSentParser()
    t.strictSame([...parse(text.slice(0, cut)), ...parse(text.slice(cut))], wanted, `cut at ${cut}`)
  }
  const byOne = serverSentParser()
  t.strictSame(
    Array.from(text).flatMap((character) => byOne(character)),
    wanted,
  )
  t.throws(() => serverSentParser()(`data: ${'x'.repeat(2 ** 21)}`), /without an end/)
})

/** A server that answers each connection in its turn. */
async function serverOf(answers: ((response: ServerResponse) => void)[]) {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    answers[asked.length - 1]?.(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  return { asked, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
const sends = (ids: number[]) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const id of ids) response.write(`id: ${id}\ndata: ${JSON.stringify(event(id))}\n\n`)
}

await t.test('a broken connection goes on where it ended', async (t) => {
  const { asked, baseUrl } = await serverOf([
    (response) => {
      sends([1, 2])(response)
      response.write(': the last word\n\n', () => response.destroy())
    },
    (response) => response.destroy(),
    (response) => response.writeHead(503).end(JSON.stringify(toProblem(new ProblemError('database-down', 'down')))),
    sends([3]),
  ])
  const stop = new AbortController()
  const seen: string[] = []
  const pauses: number[] = []
  const stream = followEvents({
    baseUrl,
    key: 'k',
    query: { kind: 'run.*' },
    signal: stop.signal,
    pause: async (milliseconds) => void pauses.push(milliseconds),
    onLost: () => {},
  })
  for await (const { id } of stream) {
    seen.push(id)
    if (id === '3') stop.abort()
  }
  t.strictSame(seen, ['1', '2', '3'], 'none lost, none twice')
  t.strictSame(asked, [undefined, '2', '2', '2'])
  t.strictSame(pauses, [1000, 2000, 5000])
})

await t.test('what is refused ends it', async (t) => {
  const { baseUrl } = await serverOf([
    (response) =>
      response.writeHead(404).end(JSON.stringify(toProblem(new ProblemError('not-found', 'There is no node x.')))),
  ])
  const options = { key: 'k', query: {}, signal: new AbortController().signal, pause: async () => {}, onLost: () => {} }
  await t.rejects(followEvents({ baseUrl, ...options }).next(), { code: 'not-found', message: 'There is no node x.' })
  await t.rejects(followEvents({ baseUrl: 'http://127.0.0.1:1', ...options }).next(), TypeError, 'nobody is there')
})
