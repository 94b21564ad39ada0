import { request } from 'node:http'
import { patchSite } from '@eims/registry'
import t from 'tap'
import { isOurHost } from '../src/http/hosts.ts'
import { makeAuthority, makeLeaf } from '../src/tls/sign.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// One promise: administrators are answered by names of ours, so that no page in a browser can ask us in its own name.

await t.test('what is a name of ours', async (t) => {
  const ca = await makeAuthority('the site', Date.now())
  const { certificate } = await makeLeaf(ca, { hosts: ['eims-1', 'localhost'], addresses: ['192.0.2.1'] }, Date.now())
  const known = { certificate: () => certificate, further: () => ['proxy.example.org', '198.51.100.7'] }
  const rows: [host: string, plain: boolean, tls: boolean][] = [
    ['localhost', true, true],
    ['LOCALHOST', true, true],
    ['127.0.0.1', true, true],
    ['[::1]', true, true],
    ['proxy.example.org', true, true],
    ['198.51.100.7', true, true],
    ['eims-1', false, true],
    ['192.0.2.1', false, true],
    ['192.0.2.2', false, false],
    ['evil.example', false, false],
    ['localhost.evil.example', false, false],
    ['', false, false],
  ]
  for (const [host, plain, tls] of rows) {
    t.equal(isOurHost(host, false, known), plain, `${host} by plain HTTP`)
    t.equal(isOurHost(host, true, known), tls, `${host} over TLS`)
  }
})

const { fresh } = await startDatabases(t)

await t.test('a page whose name leads to us gets nothing, not even with a key', async (t) => {
  const site = await openSite(t, await fresh(t))
  const ask = (base: string, path: string, host: string) =>
    new Promise<[number, string]>((resolve, reject) => {
      const headers = { host, authorization: `Bearer ${site.keys.admin}` }
      request(new URL(path, base), { headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => {
          text += part
        })
        response.on('end', () => resolve([response.statusCode!, (JSON.parse(text) as { code?: string }).code ?? '']))
      })
        .on('error', reject)
        .end()
    })
  t.strictSame(await ask(site.admin, '/api/v1/site', 'evil.example:7481'), [421, 'wrong-host'])
  t.strictSame(await ask(site.admin, '/healthz', 'evil.example'), [421, 'wrong-host'])
  t.strictSame(await ask(site.admin, '/api/v1/site', 'localhost:1234'), [200, ''], 'any port: ssh -L')
  await patchSite(site.db, { adminHosts: ['proxy.example.org'] })
  await site.api('patchSite', { body: { name: 'hall-1' } })
  t.strictSame(await ask(site.admin, '/api/v1/site', 'proxy.example.org'), [200, ''])
  t.strictSame(await ask(site.open, '/healthz', 'evil.example'), [200, ''], 'machines are never asked')
  await t.rejects(site.api('patchSite', { body: { adminHosts: ['a b'] } }), { code: 'invalid-input' })
})
