import { BlockList } from 'node:net'
import { until as untilIt } from '@eims/lab'
import { appendEvents, noteDropped } from '@eims/registry'
import { pino } from 'pino'
import { Webhook as Independent } from 'standardwebhooks'
import t from 'tap'
import { backOff } from '../src/webhooks/back-off.ts'
import { Deliveries } from '../src/webhooks/deliveries.ts'
import { signed } from '../src/webhooks/sign.ts'
import { startDatabases } from './support/databases.ts'
import { openReceiver, type Receiver } from './support/receiver.ts'
import { openSite, type Site } from './support/site.ts'

// One promise: whoever is to be told of events is told of each, in order and signed, whatever the receiver does meanwhile.

const { fresh } = await startDatabases(t)
const soon = { retry: () => 10 }

const add = (site: Site, { url }: Pick<Receiver, 'url'>, name = 'hook', kinds = ['node.changed']) =>
  site.api('addWebhook', { body: { name, url, kinds } })
const happens = (site: Site, ...messages: string[]) =>
  appendEvents(
    site.db,
    messages.map((message) => ({ kind: 'node.changed' as const, message })),
  )
const messages = ({ deliveries }: Receiver) => deliveries.map(({ event }) => event.message)
const show = (site: Site, id = 'hook') => site.api('getWebhook', { params: { id } })
/** Resolves when the registry says so of a webhook. */
const until = (site: Site, holds: (webhook: Awaited<ReturnType<typeof show>>) => boolean, id = 'hook') =>
  untilIt(async () => {
    const webhook = await show(site, id)
    return holds(webhook) && webhook
  })

await t.test('the signature is the one of the specification', (t) => {
  const told = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1614265330_123, body: '{"test": 2432232314}' }
  t.strictSame(signed('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', told), {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
  t.end()
})

await t.test('each event of its kinds comes once, in order, signed, as the event stream has it', async (t) => {
  const site = await openSite(t, await fresh(t))
  const receiver = await openReceiver(t)
  await happens(site, 'long ago')
  const made = await add(site, receiver)
  t.match(made, { name: 'hook', enabled: true, backlog: 0, lastSuccessAt: null, secret: /^whsec_[A-Za-z0-9+/]{43}=$/ })
  await happens(site, 'one')
  await site.api('addBatch', { body: { name: 'lot-7' } })
  await happens(site, ...Array.from({ length: 120 }, (_, index) => `more ${index}`))
  await receiver.until(121)
  t.strictSame(messages(receiver), ['one', ...Array.from({ length: 120 }, (_, index) => `more ${index}`)])
  t.equal(receiver.atOnce, 1, 'one request at a time')
  const independent = new Independent(made.secret)
  for (const { headers, body, event } of receiver.deliveries) {
    t.strictSame(independent.verify(body, headers), event)
    t.match(headers, { 'content-type': 'application/json', 'webhook-id': `event_${event.id}_${Date.parse(event.at)}` })
  }
  t.throws(() => independent.verify(`${receiver.deliveries[0]!.body} `, receiver.deliveries[0]!.headers))
  const [first] = await site.db.$queryRaw<{ id: bigint; at: Date }[]>`select id, at from event where message = 'one'`
  t.strictSame(receiver.deliveries[0]!.event, {
    id: String(first!.id),
    kind: 'node.changed',
    at: first!.at.toISOString(),
    lastAt: first!.at.toISOString(),
    count: 1,
    nodeId: null,
    mac: null,
    runId: null,
    message: 'one',
    data: {},
  })
  t.match(await until(site, ({ backlog }) => backlog === 0), { lastSuccessAt: String, lastFailure: null, attempts: 0 })
})

await t.test('its secret is told once', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { id, secret } = await add(site, { url: 'http://127.0.0.1:9/' })
  const told = [
    await show(site),
    await site.api('listWebhooks', {}),
    await site.api('patchWebhook', { params: { id }, body: { name: 'other' } }),
    await site.api('listAudit', {}),
    await site.db.event.findMany().then((rows) => rows.map(({ data, message }) => ({ data, message }))),
  ]
  t.notOk(JSON.stringify(told).includes(secret))
  for (const role of ['viewer', 'operator'] as const)
    await t.rejects(site.client(site.admin, site.keys[role])('listWebhooks', {}), { code: 'forbidden' })
})

await t.test('one that fails is tried again with the same id, before anything else', async (t) => {
  const failed: number[] = []
  const retry = (attempts: number) => {
    failed.push(attempts)
    return 10
  }
  const site = await openSite(t, await fresh(t), 'server-1', { retry })
  const receiver = await openReceiver(t)
  const statuses = [500, 302, 200]
  receiver.answer = (response) => response.writeHead(statuses.shift() ?? 200, { location: receiver.url }).end()
  await add(site, receiver)
  await happens(site, 'one', 'two')
  await receiver.until(4)
  t.strictSame(messages(receiver), ['one', 'one', 'one', 'two'])
  t.equal(new Set(receiver.deliveries.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size, 1)
  t.strictSame(failed, [1, 2])
  t.match(await until(site, ({ cursor }) => cursor === receiver.deliveries.at(-1)!.event.id), {
    attempts: 0,
    failingSince: null,
    lastFailure: 'it answered 302, and redirects are not followed',
    lastFailureAt: String,
  })
})

await t.test('a slow receiver holds up nobody else, and what it says is not read', async (t) => {
  const site = await openSite(t, await fresh(t))
  const [slow, quick] = [await openReceiver(t), await openReceiver(t)]
  const release = Promise.withResolvers<void>()
  slow.answer = async (response) => {
    await release.promise
    response.writeHead(200)
    // without an end
    const pour = () => void (response.destroyed || (response.write('x'.repeat(65_536)) && setImmediate(pour)))
    pour()
  }
  await add(site, slow, 'slow')
  await add(site, quick, 'quick')
  await happens(site, ...Array.from({ length: 60 }, (_, index) => `${index}`))
  await quick.until(60)
  await slow.until(1)
  t.equal(slow.deliveries.length, 1)
  t.equal((await show(site, 'slow')).backlog, 60)
  release.resolve()
  await slow.until(60)
  t.equal(slow.atOnce, 1)
  t.strictSame(messages(slow), messages(quick))
})

await t.test('after a restart it goes on where it was', async (t) => {
  const registry = await fresh(t)
  const before = await openSite(t, registry, 'server-1', soon)
  const receiver = await openReceiver(t)
  await add(before, receiver)
  await happens(before, 'one')
  await until(before, ({ backlog, lastSuccessAt }) => backlog === 0 && lastSuccessAt !== null)
  await before.deliveries[Symbol.asyncDispose]()
  await happens(before, 'two', 'three')
  t.equal((await show(before)).backlog, 2)
  await registry.db.credential.deleteMany()
  await openSite(t, registry, 'server-1', soon)
  await receiver.until(3)
  t.strictSame(messages(receiver), ['one', 'two', 'three'])
})

await t.test('of two servers one delivers', async (t) => {
  const registry = await fresh(t)
  const site = await openSite(t, registry, 'server-1')
  await registry.db.credential.deleteMany()
  const other = await openSite(t, registry, 'server-2')
  const receiver = await openReceiver(t)
  await add(other, receiver)
  site.deliveries.changed()
  const all = Array.from({ length: 70 }, (_, index) => `${index}`)
  for (const message of all) await happens(other, message)
  await receiver.until(70)
  await until(other, ({ backlog }) => backlog === 0)
  t.strictSame(messages(receiver), all)
  t.equal(receiver.atOnce, 1)
})

await t.test('events that are no more are told before the next one, whatever its kinds', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', soon)
  const receiver = await openReceiver(t)
  const { cursor } = await add(site, receiver)
  await site.api('patchWebhook', { params: { id: 'hook' }, body: { enabled: false } })
  await happens(site, 'lost', 'kept')
  const lost = await site.db.event.findFirstOrThrow({ where: { message: 'lost' } })
  await site.db.event.deleteMany({ where: { id: lost.id } })
  await noteDropped(site.db, { events: 1 }, { eventsUpTo: lost.id })
  receiver.answer = (response) => response.writeHead(receiver.deliveries.length === 1 ? 503 : 200).end()
  await site.api('patchWebhook', { params: { id: 'hook' }, body: { enabled: true } })
  await receiver.until(3)
  t.match(receiver.deliveries[1]?.event, {
    kind: 'events.dropped',
    data: { after: cursor, upTo: String(lost.id) },
  })
  await happens(site, 'later')
  await receiver.until(4)
  t.strictSame(
    receiver.deliveries.map(({ event }) => (event.kind === 'events.dropped' ? 'gap' : event.message)),
    ['gap', 'gap', 'kept', 'later'],
    'once, when it was taken',
  )
})

await t.test('after three days it is given up, which is told; enabled again, it gets what it missed', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', soon)
  const receiver = await openReceiver(t)
  let works = false
  receiver.answer = (response) => response.writeHead(works ? 200 : 500).end()
  await add(site, receiver)
  await happens(site, 'one')
  const failing = await until(site, ({ attempts }) => attempts >= 2)
  t.match(failing, { enabled: true, failingSince: String, lastFailure: 'it answered 500', backlog: 1 })
  await site.db.$executeRaw`update webhook set failing_since = failing_since - interval '3 days'`
  t.match(await until(site, ({ enabled }) => !enabled), { givenUpAt: String, backlog: 1 })
  const events = await site.db.event.findMany({ where: { kind: 'webhook.disabled' } })
  t.match(events, [{ message: 'Webhook hook disabled because it failed for 3 days: it answered 500' }])
  works = true
  await happens(site, 'two')
  await site.api('patchWebhook', { params: { id: 'hook' }, body: { enabled: true } })
  const taken = await until(site, ({ backlog }) => backlog === 0)
  t.match(taken, { enabled: true, givenUpAt: null, attempts: 0, failingSince: null })
  t.strictSame(messages(receiver).slice(-2), ['one', 'two'])
})

await t.test('days on which no server ran are no failures', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', soon)
  const receiver = await openReceiver(t)
  receiver.answer = (response) => response.writeHead(500).end()
  await add(site, receiver)
  await site.db.$executeRaw`
    update webhook set attempts = 9, failing_since = clock_timestamp() - interval '4 days',
                       last_failure_at = clock_timestamp() - interval '4 days'`
  await happens(site, 'one')
  await receiver.until(3)
  const { enabled, failingSince } = await show(site)
  t.ok(enabled)
  t.ok(Date.parse(failingSince!) > Date.now() - 3_600_000)
})

await t.test('a wait after a failure is nobody’s to cut short but a person’s', async (t) => {
  const registry = await fresh(t)
  const slowly = { retry: () => 3_000_000 }
  const before = await openSite(t, registry, 'server-1', slowly)
  const [broken, good, mended] = [await openReceiver(t), await openReceiver(t), await openReceiver(t)]
  broken.answer = (response) => response.writeHead(500).end()
  await add(before, broken)
  await happens(before, 'one')
  const failed = await until(before, ({ attempts }) => attempts === 1)
  t.ok(Date.parse(failed.nextAttemptAt!) > Date.parse(failed.lastFailureAt!) + 2_900_000)
  await add(before, good, 'good')
  await happens(before, 'two')
  await good.until(1)
  await before.deliveries[Symbol.asyncDispose]()
  await registry.db.credential.deleteMany()
  const site = await openSite(t, registry, 'server-1', slowly)
  for (const [index, message] of ['three', 'four'].entries()) {
    await happens(site, message)
    await good.until(index + 2)
  }
  t.strictSame(messages(broken), ['one'])
  await site.api('patchWebhook', { params: { id: 'hook' }, body: { url: mended.url } })
  await mended.until(4)
  t.strictSame(messages(mended), ['one', 'two', 'three', 'four'])
  t.match(await until(site, ({ backlog }) => backlog === 0), { nextAttemptAt: null, attempts: 0 })
})

await t.test('what the former URL answers does not count against the new one', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', { retry: () => 3_000_000 })
  const [former, present] = [await openReceiver(t), await openReceiver(t)]
  const release = Promise.withResolvers<void>()
  former.answer = async (response) => {
    await release.promise
    response.writeHead(410).end()
  }
  await add(site, former)
  await happens(site, 'one')
  await former.until(1)
  await site.api('patchWebhook', { params: { id: 'hook' }, body: { url: present.url } })
  release.resolve()
  await present.until(1)
  t.match(await until(site, ({ backlog }) => backlog === 0), { enabled: true, lastFailure: null })
})

await t.test(
  'events that are none of its kinds are written down as passed: in time, with other kinds, at the end',
  async (t) => {
    const registry = await fresh(t)
    const site = await openSite(t, registry)
    await site.deliveries[Symbol.asyncDispose]()
    const clock = { now: 0, asked: 0 }
    const now = () => {
      clock.asked++
      return clock.now
    }
    const parts = { registry, feed: site.feed, barred: new BlockList(), log: pino({ level: 'silent' }), now }
    const deliveries = new Deliveries({ ...parts, serverId: 'server-1' })
    t.teardown(() => deliveries[Symbol.asyncDispose]())
    let horizon = 0n
    using _ = site.feed.follow((reached) => {
      horizon = reached
    })
    /** Resolves with its id when that was passed in memory. */
    const passed = async (message: string) => {
      await happens(site, message)
      const { id } = await site.db.event.findFirstOrThrow({ where: { message } })
      await untilIt(() => horizon >= id)
      // It asks at most four times in one round, and what is told meanwhile makes further ones.
      const before = clock.asked
      await untilIt(async () => {
        await happens(site, 'more')
        return clock.asked > before + 8
      })
      return id
    }
    const { cursor } = await add(site, await openReceiver(t), 'hook', ['batch.created'])
    deliveries.changed()
    const first = await passed('one')
    t.equal((await show(site)).cursor, cursor, 'not each by itself')
    clock.now = 600_000
    await passed('two')
    t.ok(await until(site, (webhook) => BigInt(webhook.cursor) > first))
    const third = await passed('three')
    t.ok(BigInt((await show(site)).cursor) < third)
    await site.api('patchWebhook', { params: { id: 'hook' }, body: { kinds: ['batch.deleted'] } })
    deliveries.changed()
    await until(site, (webhook) => BigInt(webhook.cursor) >= third)
    const fourth = await passed('four')
    t.ok(BigInt((await show(site)).cursor) < fourth)
    await deliveries[Symbol.asyncDispose]()
    t.ok(BigInt((await show(site)).cursor) >= fourth)
  },
)

await t.test('a receiver that says Gone is given up at once', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', soon)
  const receiver = await openReceiver(t)
  receiver.answer = (response) => response.writeHead(410).end()
  await add(site, receiver)
  await happens(site, 'one')
  t.match(await until(site, ({ enabled }) => !enabled), { givenUpAt: String, lastFailure: 'it answered 410' })
  t.equal(receiver.deliveries.length, 1)
})

await t.test('a test is one signed delivery, and how it went', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', soon)
  const receiver = await openReceiver(t)
  const { secret } = await site.api('addWebhook', { body: { name: 'hook', url: receiver.url, enabled: false } })
  const test = () => site.api('testWebhook', { params: { id: 'hook' } })
  t.match(await test(), { delivered: true, status: 204, reason: null })
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.deliveries
  t.match(new Independent(secret).verify(body, headers), { kind: 'webhook.tested', data: { name: 'hook' } })
  receiver.answer = (response) => response.writeHead(403).end()
  t.match(await test(), { delivered: false, status: 403, reason: 'it answered 403' })
  await site.api('patchWebhook', { params: { id: 'hook' }, body: { url: 'http://127.0.0.1:9/' } })
  t.match(await test(), { delivered: false, status: null, reason: 'it cannot be reached: ECONNREFUSED' })
})

await t.test('what is no webhook', async (t) => {
  const site = await openSite(t, await fresh(t))
  const bad: [object, string][] = [
    [{ url: 'ftp://hooks.example/' }, 'body.url'],
    [{ url: 'https://user:secret@hooks.example/' }, 'body.url'],
    [{ url: 'https://hooks.example/#part' }, 'body.url'],
    [{ url: 'https://hooks.example/', kinds: ['run.endet'] }, 'body.kinds.0'],
    [{ url: 'https://hooks.example/', kinds: ['ran.*'] }, 'body.kinds.0'],
    [{ url: 'https://hooks.example/', secret: 'mine' }, 'body'],
  ]
  for (const [body, path] of bad)
    await t.rejects(
      site.api('addWebhook', { body: { name: 'x', ...body } as never }),
      { code: 'invalid-input', fields: [{ path }] },
      JSON.stringify(body),
    )
  for (let number = 0; number < 32; number++)
    await site.api('addWebhook', { body: { name: `w${number}`, url: 'https://hooks.example/', enabled: false } })
  await t.rejects(site.api('addWebhook', { body: { name: 'x', url: 'https://hooks.example/' } }), { code: 'in-use' })
})

await t.test('the time until it is tried again grows to an hour', (t) => {
  t.strictSame(
    [1, 2, 3, 10, 11, 1000].map((attempts) => backOff(attempts, 0) / 1000),
    [5, 10, 20, 2560, 3600, 3600],
  )
  t.equal(backOff(1, 0.999_999), 3333)
  t.end()
})
