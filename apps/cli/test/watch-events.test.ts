import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProblemError, toProblem } from '@eims/contracts'
import { until } from '@eims/lab'
import t, { type Test } from 'tap'

// One promise: --watch reads again when the event stream says so, seldom else, and by itself when there is no stream.

const main = resolve(import.meta.dirname, '../src/main.ts')

/** A server with one batch, that counts how often it is read. */
async function bench(t: Test) {
  const streams = new Set<ServerResponse>()
  const bench = {
    expected: 1,
    reads: 0,
    /** of the streams */
    asked: [] as URL[],
    refuses: false,
    eventId: 0,
    baseUrl: '',
    tell(kind = 'batch.changed') {
      const id = String(++bench.eventId)
      const at = new Date().toISOString()
      const none = { nodeId: null, mac: null, runId: null }
      const event = { id, kind, at, lastAt: at, count: 1, ...none, message: 'changed', data: {} }
      for (const stream of streams) stream.write(`id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(event)}\n\n`)
    },
    /** and lets nobody in again */
    breakStreams() {
      bench.refuses = true
      for (const stream of streams) stream.destroy()
      streams.clear()
    },
  }
  const server = createServer((request, response) => {
    const url = new URL(request.url!, bench.baseUrl)
    if (url.pathname === '/api/v1/events') {
      bench.asked.push(url)
      if (bench.refuses)
        return response.writeHead(429).end(JSON.stringify(toProblem(new ProblemError('too-many-streams', 'full'))))
      streams.add(response)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return response.write(': alive\n\n')
    }
    bench.reads++
    const counts = {
      expected: bench.expected,
      registered: 0,
      seen: 0,
      running: 0,
      passed: 0,
      failed: 0,
      missing: 1,
      alike: 0,
    }
    const item = {
      id: 'b1',
      name: 'lot',
      expected: bench.expected,
      note: null,
      config: null,
      configSha256: null,
      createdAt: '2026-11-20T10:00:00.000Z',
      pace: { lastHour: 0, left: 1, expectedEnd: null },
    }
    return response.writeHead(200).end(JSON.stringify({ ...item, counts }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  bench.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  return bench
}

/** `eims batches show lot --watch --json`: what it says, until it is stopped. */
function watching(t: Test, { baseUrl }: { baseUrl: string }) {
  const args = ['batches', 'show', 'lot', '--watch', '--json', '--server', baseUrl, '--key', 'k']
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said = { lines: [] as number[], errors: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trim().split('\n')) said.lines.push(JSON.parse(line).counts.expected)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.errors += text))
  return { said, child }
}

/** How many milliseconds it takes until it is so. */
async function took(condition: () => boolean): Promise<number> {
  const began = performance.now()
  await until(condition)
  return performance.now() - began
}

// The command is a process of its own and goes by its own clock, so these waits are real; how long each is said to be is
// in watch-pace.test.ts. What is asserted of times here holds on a busy machine, too: it only tells one pace from another.
const AT_REST_MS = 10_000

await t.test('with the stream: at once when told, not much oftener than twice a second, seldom else', async (t) => {
  const server = await bench(t)
  const { said, child } = watching(t, server)
  await until(() => said.lines.length === 1 && server.asked.length === 1)
  t.match(server.asked[0]!.searchParams.get('kind'), /(^|,)batch\.\*(,|$)/)
  await sleep(1000)
  const before = server.reads
  t.ok(before <= 2, 'once, and once more when the stream stands')
  await sleep(4500)
  t.equal(server.reads, before, 'nothing was told, so nothing is asked')

  server.expected = 2
  server.tell()
  t.ok((await took(() => said.lines.length === 2)) < AT_REST_MS, 'told, read and shown')
  const [many, began] = [server.reads, performance.now()]
  for (let i = 0; i < 100; i++) {
    server.expected = 3 + i
    server.tell()
    await sleep(20)
  }
  await until(() => said.lines.at(-1) === 102)
  const halfSeconds = (performance.now() - began) / 500
  t.ok(server.reads - many <= halfSeconds + 2, `100 events: read ${server.reads - many} times in ${halfSeconds / 2} s`)
  t.equal(said.errors, '')
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  t.equal(code, 130, 'and it ends at once')
})

await t.test('without: every other second, and nothing is said', async (t) => {
  const server = await bench(t)
  const { said } = watching(t, server)
  await until(() => said.lines.length === 1 && server.asked.length === 1)
  await sleep(1000)
  server.breakStreams()
  const [before, began] = [server.reads, performance.now()]
  server.expected = 2
  t.ok((await took(() => said.lines.length === 2)) < AT_REST_MS, 'seen without being told')
  await until(() => server.reads >= before + 3)
  const each = (performance.now() - began) / 3
  t.ok(each > 1000 && each < AT_REST_MS, `read every ${Math.round(each)} ms`)
  t.equal(said.errors, '')
  server.refuses = false
  await until(() => server.asked.length >= 3)
  server.expected = 3
  await sleep(300)
  server.tell()
  await until(() => said.lines.at(-1) === 3)
  t.equal(said.errors, '', 'it listens again')
})
