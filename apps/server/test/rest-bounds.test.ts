import { connect } from 'node:net'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite } from './support/site.ts'

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
  await t.rejects(site.api('patchSite', { body: {} }, { headers: { 'if-match': 'x'.repeat(1025) } }), {
    code: 'invalid-input',
    fields: [{ path: 'headers.if-match', message: /1024/ }],
  })
})

await t.test('times have a beginning and an end', async (t) => {
  const site = await openSite(t, await fresh(t))
  for (const time of [
    '0000-01-01',
    '2026-02-30',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '2026-13-01T00:00:00Z',
  ])
    await t.rejects(
      site.api('listNodes', { query: { filter: `createdAt < ${time}` } }),
      { code: 'invalid-input', message: /must be a date or time/ },
      time,
    )
  for (const time of ['0001-01-01T00:00:00Z', '2028-02-29', '9999-12-31T23:59:59.999Z'])
    t.match(await site.api('listNodes', { query: { filter: `createdAt < ${time}` } }), { items: [] }, time)
  const key = { name: 'ci', role: 'viewer' } as const
  for (const expiresAt of ['0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '9999-12-31T23:59:59-14:00'])
    await t.rejects(
      site.api('addKey', { body: { ...key, expiresAt } }),
      { code: 'invalid-input', fields: [{ path: 'body.expiresAt', message: /between 1970 and 9999/ }] },
      expiresAt,
    )
  t.match(await site.api('addKey', { body: { ...key, expiresAt: '9999-12-31T23:59:59Z' } }), { name: 'ci' })
})

await t.test('who is not let in is told how to come in', async (t) => {
  const site = await openSite(t, await fresh(t))
  for (const url of [`${site.admin}/api/v1/site`, `${site.open}/agent/v1/next`]) {
    const reply = await fetch(url, { method: url.includes('agent') ? 'POST' : 'GET' })
    t.match([reply.status, reply.headers.get('www-authenticate')], [401, 'Bearer'])
  }
})

await t.test('an upload that is refused at once is read on, for who reads the reply only after it', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  const id = '00000000-0000-4000-8000-000000000001'
  await site.api('importNodes', { query: { id } }, { rawBody: 'Serial\nSN-1\n', contentType: 'text/csv' })
  const { hostname, port } = new URL(site.admin)
  for (const [path, type] of [
    ['images/upload?name=debian-image', 'application/octet-stream'],
    ['images/upload?name=other&format=gz', 'application/octet-stream'],
    [`imports?id=${id}`, 'text/csv'],
  ] as const) {
    const bytes = 24 * 1024 * 1024
    const socket = connect(Number(port), hostname)
    const ended = new Promise((resolve) => socket.once('close', resolve))
    const said = new Promise<string>((resolve) => socket.once('data', (part) => resolve(String(part))))
    socket.on('error', () => {})
    socket.write(
      `POST /api/v1/${path} HTTP/1.1\r\nHost: localhost\r\nauthorization: Bearer ${site.keys.admin}\r\n` +
        `content-type: ${type}\r\nconnection: close\r\ncontent-length: ${bytes}\r\n\r\n`,
    )
    const fault = await new Promise((resolve) => socket.write(Buffer.alloc(bytes), (error) => resolve(error ?? null)))
    t.equal(fault, null, path)
    t.match(await said, /^HTTP\/1\.1 (409|422) /, path)
    await ended
  }
})
