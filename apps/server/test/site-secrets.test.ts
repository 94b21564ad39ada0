import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('the proxy’s password is for administrators', async (t) => {
  const site = await openSite(t, await fresh(t))
  const httpProxy = 'http://user:s3cret@proxy.example:3128'
  const hidden = 'http://user:***@proxy.example:3128'
  t.equal((await site.api('patchSite', { body: { httpProxy } })).httpProxy, httpProxy)
  t.equal((await site.api('getSite', {})).httpProxy, httpProxy)
  for (const role of ['viewer', 'operator'] as const) {
    const reply = await fetch(new URL('/api/v1/site', site.admin), {
      headers: { authorization: `Bearer ${site.keys[role]}` },
    })
    const text = await reply.text()
    t.match(JSON.parse(text), { httpProxy: hidden }, role)
    t.notMatch(text, /s3cret/)
  }
  await t.rejects(site.api('patchSite', { body: { httpProxy: hidden, noProxy: 'lan' } }), {
    code: 'invalid-input',
    fields: [{ path: 'body.httpProxy', message: /\*\*\* for a password.*leave the field out/ }],
  })
  const after = await site.api('patchSite', { body: { noProxy: 'lan' } })
  t.match(after, { httpProxy, noProxy: 'lan' }, 'what is left out stays')
  const { items } = await site.api('listAudit', { query: { filter: 'action = site.change' } })
  t.equal(items.length, 2)
  t.match(items[0], { after: { httpProxy: hidden } })
  t.notMatch(JSON.stringify(items), /s3cret/)
})
