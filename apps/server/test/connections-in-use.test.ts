import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { problems } from '@eims/contracts'
import Fastify from 'fastify'
import { pino } from 'pino'
import t from 'tap'
import { handleErrors } from '../src/http/errors.ts'
import { problemOf } from '../src/problem.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// Promise: a database that answers, though not all at once, is not said to be down; nor is it when a caller hangs up.

const { fresh } = await startDatabases(t)

await t.test('200 that find all connections in use hear that it is busy, and when to come again', async (t) => {
  const registry = await fresh(t)
  const site = await openSite(t, registry)
  const { promise, resolve } = Promise.withResolvers<void>()
  const all = Array.from({ length: 20 }, () => Promise.withResolvers<void>())
  const held = all.map((taken) =>
    registry.connection(() => {
      taken.resolve()
      return promise
    }, 60_000),
  )
  await Promise.all(all.map((taken) => taken.promise))
  const ask = async (path: string, method: string) => {
    const body = method === 'POST' ? { body: JSON.stringify({ name: `lot-${Math.random()}` }) } : {}
    const headers = { authorization: `Bearer ${site.keys.admin}`, 'content-type': 'application/json' }
    const response = await fetch(new URL(path, site.admin), { method, headers, ...body })
    const { code } = (await response.json()) as { code: string }
    return `${response.status} ${code} ${response.headers.get('retry-after')}`
  }
  const asked = Array.from({ length: 200 }, (_, i) => ask('/api/v1/batches', i % 2 === 0 ? 'GET' : 'POST'))
  // And one that begins a transaction at once.
  const begun = registry.transaction((tx) => tx.site.count()).catch((error: unknown) => error)
  t.strictSame([...new Set(await Promise.all(asked))], [`${problems.busy.status} busy 2`])
  t.match(problemOf(await begun), { code: 'busy' })
  resolve()
  await Promise.all(held)
  t.match(await ask('/healthz', 'GET'), '200', 'and then all goes on')
})

await t.test('a caller that hangs up in the middle of its request is no fault of ours', async (t) => {
  const lines: string[] = []
  const sink = new Writable({ write: (line, _, done) => done(void lines.push(String(line))) })
  const app = Fastify({ loggerInstance: pino({ level: 'warn' }, sink) })
  handleErrors(app as never)
  const answered = new Promise<number>((done) => app.addHook('onSend', async (_, reply) => done(reply.statusCode)))
  app.post('/body', async () => 'never')
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const headers = { 'content-type': 'application/json', 'content-length': 100 }
  const came = once(app.server, 'request')
  const half = request({ host: '127.0.0.1', port, path: '/body', method: 'POST', headers, agent: false })
  half.on('error', () => {})
  half.write('{"half')
  await came
  await new Promise(setImmediate)
  half.destroy()
  t.equal(await answered, problems['too-slow'].status)
  t.strictSame(lines, [])
})
