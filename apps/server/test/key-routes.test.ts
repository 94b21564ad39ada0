import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('a key is made, shown once, used, listed and revoked', async (t) => {
  const site = await openSite(t, await fresh(t))
  const soon = new Date(Date.now() + 3600_000).toISOString()
  const made = await site.api('addKey', { body: { name: 'ci', role: 'operator', expiresAt: soon } })
  t.match(made, {
    name: 'ci',
    role: 'operator',
    local: false,
    expiresAt: soon,
    revokedAt: null,
    usedAt: null,
    key: /^eims_/,
  })
  const ci = site.client(site.admin, made.key)
  await ci('addNode', { body: { name: 'one', serial: 'SN-1' } })
  const listed = await site.api('listKeys', { query: { filter: 'role = operator AND name = ci' } })
  t.match(listed, { total: 1, items: [{ id: made.id, name: 'ci', usedAt: String }] })
  t.notOk(JSON.stringify(listed).includes(made.key))
  await site.api('deleteKey', { params: { id: 'ci' } })
  await t.rejects(ci('getSite', {}), { code: 'unauthenticated' })
  t.match(await site.api('getKey', { params: { id: made.id } }), { revokedAt: String })
  await t.rejects(
    site.api('getKey', { params: { id: 'ci' } }),
    { code: 'not-found' },
    'by name only while it is in force',
  )
  await site.api('deleteKey', { params: { id: made.id } })
  const { items } = await site.api('listAudit', { query: { filter: `subject = ${made.id}`, orderBy: 'id' } })
  t.match(items, [
    { actor: 'admin', action: 'key.add', after: { name: 'ci', role: 'operator' } },
    { actor: 'admin', action: 'key.revoke', before: { name: 'ci' } },
  ])
  t.equal(items.length, 2, 'once, though it was revoked twice')
  t.notOk(JSON.stringify(items).includes(made.key))
  t.match(await site.api('addKey', { body: { name: 'CI', role: 'viewer' } }), { name: 'CI' }, 'the name is free again')
})

await t.test('the last administrator’s key stays', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addKey', {
    body: { name: 'for a day', role: 'admin', expiresAt: new Date(Date.now() + 86_400_000).toISOString() },
  })
  await t.rejects(site.api('deleteKey', { params: { id: 'admin' } }), { code: 'in-use', message: /last administrator/ })
  const two = await site.api('addKey', { body: { name: 'two', role: 'admin' } })
  const both = await Promise.allSettled(['admin', two.id].map((id) => site.api('deleteKey', { params: { id } })))
  t.equal(both.filter(({ status }) => status === 'fulfilled').length, 1, 'of two at the same time one is revoked')
})

await t.test('what is no key', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addKey', { body: { name: 'ci', role: 'viewer' } })
  const bad: [object, string, string][] = [
    [{ name: 'Ci', role: 'viewer' }, 'already-exists', ''],
    [{ name: '', role: 'viewer' }, 'invalid-input', 'body.name'],
    [{ name: 'x'.repeat(64), role: 'viewer' }, 'invalid-input', 'body.name'],
    [{ name: 'a\nb', role: 'viewer' }, 'invalid-input', 'body.name'],
    [{ name: 'x', role: 'root' }, 'invalid-input', 'body.role'],
    [{ name: 'x', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }, 'invalid-input', 'body.expiresAt'],
    [{ name: 'x', role: 'viewer', expiresAt: 'tomorrow' }, 'invalid-input', 'body.expiresAt'],
    [{ name: 'x', role: 'viewer', key: 'mine' }, 'invalid-input', 'body'],
  ]
  for (const [body, code, path] of bad)
    await t.rejects(
      site.api('addKey', { body: body as never }),
      { code, ...(path ? { fields: [{ path }] } : {}) },
      JSON.stringify(body),
    )
  await t.rejects(site.api('deleteKey', { params: { id: 'nobody' } }), { code: 'not-found' })
})
