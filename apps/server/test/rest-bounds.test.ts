import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('bodies, headers and queries have an end', async (t) => {
  const site = await openSite(t, await fresh(t))
  const ask = async (path: string, headers: Record<string, string> = {}, body?: string) => {
    const response = await fetch(new URL(path, site.admin), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${site.keys.admin}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    return { status: response.status, problem: text.startsWith('{') ? JSON.parse(text) : null }
  }
  t.match(await ask('/api/v1/nodes', { 'x-large': 'x'.repeat(17_000) }), { status: 431 })
  t.match(await ask('/api/v1/nodes', {}, `{"name":"${'x'.repeat(1024 * 1024)}"}`), {
    status: 413,
    problem: { code: 'too-large' },
  })
  t.match(await ask('/api/v1/nodes/bulk', {}, `"${'x'.repeat(2 * 1024 * 1024)}"`), {
    status: 413,
    problem: { code: 'too-large' },
  })
  const lists = ['nodes', 'images', 'profiles', 'batches', 'accounts', 'keys', 'audit']
  const bad: [string, string][] = [
    ['pageSize=0', 'query.pageSize'],
    ['pageSize=1001', 'query.pageSize'],
    [`filter=${'x'.repeat(2001)}`, 'query.filter'],
    ['filter=nonsense%20%3D%201', 'query.filter'],
    [`orderBy=${'x'.repeat(201)}`, 'query.orderBy'],
    ['orderBy=nonsense', 'query.orderBy'],
    [`pageToken=${'x'.repeat(2049)}`, 'query.pageToken'],
    ['pageToken=AAAA', 'query.pageToken'],
  ]
  for (const list of lists)
    for (const [query, path] of bad)
      t.match(
        await ask(`/api/v1/${list}?${query}`),
        { status: 400, problem: { code: 'invalid-input', fields: [{ path }], remedy: String } },
        `${list} ${query.slice(0, 40)}`,
      )
  t.match(await ask('/api/v1/nodes', { 'if-match': 'x'.repeat(10_000) }), { status: 200 }, 'means nothing there')
})
