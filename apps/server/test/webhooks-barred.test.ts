import dns from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { appendEvents } from '@eims/registry'
import t from 'tap'
import { barredAddresses } from '../src/images/barred-addresses.ts'
import { startDatabases } from './support/databases.ts'
import { openReceiver } from './support/receiver.ts'
import { openSite } from './support/site.ts'

// One promise: whatever a URL or a DNS answer says, nothing is sent to loopback, this server's links or metadata services.

const { fresh } = await startDatabases(t)
const rule = { barred: barredAddresses(), retry: () => 10 }
const reason = 'nothing is sent to such an address: loopback, a link of this server, a metadata service or a group'

await t.test('a URL that says so itself is refused', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', rule)
  const { id } = await site.api('addWebhook', { body: { name: 'hook', url: 'http://192.168.77.9/', enabled: false } })
  for (const url of [
    'http://127.0.0.1:7481/',
    'http://localhost/',
    'http://2130706433/',
    'https://[::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:127.0.0.1]/',
    'http://0/',
  ]) {
    const refused = { code: 'invalid-input', fields: [{ path: 'body.url' }] }
    await t.rejects(site.api('addWebhook', { body: { name: 'x', url } }), refused, url)
    await t.rejects(site.api('patchWebhook', { params: { id }, body: { url } }), refused, url)
  }
})

await t.test('a name that leads there is not connected to', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', rule)
  const receiver = await openReceiver(t)
  const { lookup } = dns
  dns.lookup = ((_name: string, _options: object, done: (...answer: unknown[]) => void) =>
    setImmediate(() => done(null, [{ address: '127.0.0.1', family: 4 }]))) as never
  t.teardown(() => {
    dns.lookup = lookup
  })
  const url = receiver.url.replace('127.0.0.1', 'hooks.example')
  await site.api('addWebhook', { body: { name: 'hook', url, kinds: ['node.changed'] } })
  t.match(await site.api('testWebhook', { params: { id: 'hook' } }), { delivered: false, status: null, reason })
  await appendEvents(site.db, [{ kind: 'node.changed', message: 'one' }])
  while ((await site.api('getWebhook', { params: { id: 'hook' } })).lastFailure !== reason);
  t.strictSame(receiver.deliveries, [])
})

await t.test('nor is the target of a redirect', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1')
  const receiver = await openReceiver(t)
  const redirecting = createServer((_request, response) => response.writeHead(307, { location: receiver.url }).end())
  await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve))
  t.teardown(() => redirecting.close())
  const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`
  await site.api('addWebhook', { body: { name: 'hook', url, enabled: false } })
  t.match(await site.api('testWebhook', { params: { id: 'hook' } }), { delivered: false, status: 307 })
  t.strictSame(receiver.deliveries, [])
})
