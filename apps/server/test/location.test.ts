import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('what was made is where Location says, also when the reply is given again', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addProfile(site.db, 'debian')
  const ask = (method: string, path: string, body?: object, key?: string) =>
    fetch(new URL(path, site.admin), {
      method,
      headers: {
        authorization: `Bearer ${site.keys.admin}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const made: [string, object][] = [
    ['/api/v1/nodes', { name: 'one', serial: 'SN-1', uuid: 'c6c8ca43-6f0e-44e0-a3ad-e3d6a8b4b2b1' }],
    ['/api/v1/batches', { name: 'lot-7' }],
    ['/api/v1/accounts', { name: 'ops', userName: 'edge' }],
    ['/api/v1/keys', { name: 'ci', role: 'viewer' }],
    ['/api/v1/profiles', { name: 'kiosk', image: 'debian-image' }],
    ['/api/v1/nodes/one/split', { name: 'two', reason: 'two boxes', identifiers: { serial: 'SN-1' } }],
  ]
  for (const [path, body] of made) {
    const reply = await ask('POST', path, body, path)
    const { id, name } = (await reply.json()) as { id: string; name: string }
    const location = reply.headers.get('location')
    t.strictSame([reply.status, location], [201, `/api/v1/${path.split('/')[3]}/${id}`], path)
    t.match(await (await ask('GET', location!)).json(), { id, name }, path)
    if (path.includes('keys')) continue // a secret is shown once
    t.equal((await ask('POST', path, body, path)).headers.get('location'), location, `${path} again`)
  }
  t.equal((await ask('GET', '/api/v1/nodes/one')).headers.get('location'), null)

  const bytes = Buffer.alloc(4096)
  const begun = await ask('POST', '/api/v1/image-uploads', { name: 'new', size: bytes.length })
  const { id } = (await begun.json()) as { id: string }
  t.equal(begun.headers.get('location'), `/api/v1/image-uploads/${id}`)
  t.match(await (await ask('GET', begun.headers.get('location')!)).json(), { id })
  await fetch(new URL(`/api/v1/image-uploads/${id}?offset=0`, site.admin), {
    method: 'PATCH',
    headers: { authorization: `Bearer ${site.keys.admin}`, 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  const finished = await ask('POST', `/api/v1/image-uploads/${id}/finish`)
  const image = (await finished.json()) as { id: string }
  t.strictSame([finished.status, finished.headers.get('location')], [202, `/api/v1/images/${image.id}`])
  t.match(await (await ask('GET', finished.headers.get('location')!)).json(), { id: image.id, name: 'new' })
})
