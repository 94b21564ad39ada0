import t from 'tap'
import { methodsAt } from '../src/http/methods.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('another method than those of an address is refused with what there is', async (t) => {
  const site = await openSite(t, await fresh(t))
  const ask = async (base: string, method: string, path: string) => {
    const response = await fetch(new URL(path, base), { method })
    const text = await response.text()
    return { status: response.status, allow: response.headers.get('allow'), code: text && JSON.parse(text).code }
  }
  const code = 'method-not-allowed'
  t.strictSame(await ask(site.admin, 'PATCH', '/api/v1/nodes'), {
    status: 405,
    allow: 'GET, HEAD, OPTIONS, POST',
    code,
  })
  t.strictSame(await ask(site.admin, 'OPTIONS', '/api/v1/site?a=b'), {
    status: 204,
    allow: 'GET, HEAD, OPTIONS, PATCH',
    code: '',
  })
  t.strictSame(await ask(site.open, 'OPTIONS', '/boot.ipxe'), { status: 204, allow: 'GET, OPTIONS', code: '' })
  t.match(await ask(site.open, 'OPTIONS', '/api/v1/nodes'), { status: 404, allow: null })
  t.strictSame(await ask(site.admin, 'PUT', '/api/v1/nodes/bulk'), {
    status: 405,
    allow: 'DELETE, GET, HEAD, OPTIONS, PATCH, POST',
    code,
  })
  t.strictSame(await ask(site.open, 'POST', '/boot.ipxe'), { status: 405, allow: 'GET, OPTIONS', code })
  t.strictSame(await ask(site.open, 'HEAD', '/boot.ipxe'), { status: 405, allow: 'GET, OPTIONS', code: '' })
  t.strictSame(await ask(site.open, 'GET', '/agent/v1/next'), { status: 405, allow: 'OPTIONS, POST', code })
  t.match(await ask(site.open, 'PUT', '/api/v1/nodes'), { status: 404, allow: null }, 'another listener’s is not told')
  t.match(await ask(site.admin, 'PUT', '/api/v1/nothing'), { status: 404, allow: null, code: 'not-found' })
  t.match(await ask(site.open, 'GET', `/blobs/${'c'.repeat(64)}`), { status: 404, allow: null, code: 'not-found' })
})

await t.test('methods of a path', async (t) => {
  const of = (method: string | string[], url: string, listener?: 'open' | 'admin') => ({
    method,
    url,
    config: listener ? { listener } : {},
  })
  const served = [of('GET', '/a/:id', 'admin'), of(['PUT', 'DELETE'], '/a/b.c'), of('GET', '/d/*', 'open')]
  t.strictSame(methodsAt(served, '/a/b.c', 'admin'), ['DELETE', 'GET', 'PUT'])
  t.strictSame(methodsAt(served, '/a/b.c', 'open'), ['DELETE', 'PUT'])
  t.strictSame(methodsAt(served, '/a/bxc', 'open'), [])
  t.strictSame(methodsAt(served, '/a/', 'admin'), [])
  t.strictSame(methodsAt(served, '/d/e/f', 'open'), ['GET'])
  t.strictSame(methodsAt(served, '/d/e/f', 'admin'), [])
  t.strictSame(methodsAt(served, '/d/e/f', null), ['GET'], 'a request that a test made up')
})
