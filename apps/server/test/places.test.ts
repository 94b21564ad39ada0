import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { type Limits, openListener } from '../src/listen/http.ts'
import { Places } from '../src/listen/places.ts'

// Promise: whoever holds connections, of one address or of many, keeps nobody else from being answered.

const places = (limits = { connections: 4, perAddress: 3 }) => {
  const ended: string[] = []
  const full: string[] = []
  const all = new Places(limits, (what) => full.push(what))
  return { all, ended, full, enter: (address: string, name = address) => all.enter(address, () => ended.push(name)) }
}

await t.test(
  'who never sent a whole request gives way, then who waits for its next, never who is answered',
  async (t) => {
    const { all, ended, full, enter } = places()
    const [one, two, three] = [enter('a', '1'), enter('a', '2'), enter('a', '3')]
    all.begins(one)
    all.ends(one)
    all.begins(two)
    enter('a', '4')
    t.strictSame(ended, ['3'], 'the silent one')
    const five = enter('a', '5')
    t.strictSame(ended, ['3', '4'], 'the next silent one, not the idle one that is older')
    all.begins(five)
    const six = enter('a', '6')
    t.strictSame(ended, ['3', '4', '1'], 'the idle one')
    all.begins(six)
    t.equal(enter('a', '7').turnedAway, true, 'all are answered')
    t.equal(enter('b').turnedAway, false, 'another address has places of its own')
    t.strictSame(full, ['gaveWay', 'gaveWay', 'gaveWay', 'refused'])
    all.leave(three)
    t.equal(all.size, 5)
  },
)

await t.test('of a full house the address with most makes room for one with less', async (t) => {
  const { all, ended, enter } = places()
  for (const [address, name] of [
    ['a', '1'],
    ['a', '2'],
    ['a', '3'],
    ['b', '4'],
  ] as const)
    all.begins(enter(address, name))
  all.begins(enter('c'))
  t.strictSame(ended, ['1'])
  t.equal(enter('a').turnedAway, true, 'and nobody for the one with most')
  t.equal(enter('b').turnedAway, true, 'or for one that would have as many then')
})

await t.test('those that are turned away are bounded, too', async (t) => {
  const { all, ended, enter } = places({ connections: 1, perAddress: 1 })
  all.begins(enter('a'))
  for (let i = 0; i < 1000; i++) enter('a', String(i))
  t.equal(all.size, 65)
  t.equal(ended.length, 1000 - 64)
})

async function listening(t: Test, limits: Partial<Limits>) {
  const app = Fastify()
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>()
  app.get('/slow', () => answered)
  app.get('/now', async () => 'now')
  app.post('/body', async () => 'body')
  await app.ready()
  const full: string[] = []
  const place = { host: '127.0.0.1', port: 0 }
  const listener = await openListener(app, 'open', place, { limits, onFull: (what) => full.push(what) })
  t.teardown(() => listener[Symbol.asyncDispose]())
  const { port } = listener.server.address() as AddressInfo
  const get = async (path: string, localAddress = '127.0.0.1') => {
    const asked = request({ port, path, host: '127.0.0.1', localAddress, agent: false }).end()
    const [response] = await once(asked, 'response')
    return { status: response.statusCode, headers: response.headers, text: (await response.toArray()).join('') }
  }
  return { get, answer, full, server: listener.server, port }
}

await t.test('who finds all places of its address answered hears when to come again', async (t) => {
  const { get, answer, full, server } = await listening(t, { perAddress: 2 })
  const requests = () => new Promise((done) => server.once('request', done))
  const slow = []
  for (let i = 0; i < 2; i++) {
    const came = requests()
    slow.push(get('/slow'))
    await came
  }
  const refused = await get('/now')
  t.match(refused, { status: 503, headers: { 'retry-after': '5', 'content-type': 'application/problem+json' } })
  t.match(JSON.parse(refused.text), { code: 'busy', detail: /so many connections are open/, remedy: /again/ })
  t.match(await get('/now', '127.0.0.2'), { status: 200 }, 'another address is answered')
  answer('at last')
  t.match(await Promise.all(slow), [{ text: 'at last' }, { text: 'at last' }])
  t.match(await get('/now'), { status: 200, text: 'now' })
  t.strictSame(full, ['refused'])
})

await t.test('a body that does not come counts as no request, until it is there', async (t) => {
  const { get, full, port, server } = await listening(t, { perAddress: 1 })
  const came = once(server, 'request')
  const half = request({
    port,
    path: '/body',
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': 4 },
    agent: false,
  })
  const broken = once(half, 'error')
  half.flushHeaders()
  half.write('{"')
  await came
  t.match(await get('/now'), { status: 200 })
  await broken
  t.strictSame(full, ['gaveWay'])
})
