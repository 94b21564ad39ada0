import { type Route, routes } from '@eims/contracts'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite, rowCounts } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test(
  'a query parameter that a route does not know is refused, by name and with the one that was meant',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    const before = await rowCounts(site)
    const ask = async (method: string, path: string, type = 'application/json', body = '{}') => {
      const headers = {
        authorization: `Bearer ${site.keys.admin}`,
        ...(method === 'GET' ? {} : { 'content-type': type }),
      }
      const response = await fetch(`${site.admin}${path}`, { method, headers, ...(method === 'GET' ? {} : { body }) })
      const text = await response.text()
      return { status: response.status, ...(text.startsWith('{') ? JSON.parse(text) : { text }) }
    }
    const csv = 'Serial\nSN-1\n'
    t.match(await ask('POST', '/api/v1/imports?dryrun=true', 'text/csv', csv), {
      status: 400,
      code: 'invalid-input',
      detail: 'query.dryrun is no parameter of this route; did you mean dryRun?',
    })
    t.match(await ask('GET', '/api/v1/export.csv?bacth=lot-7'), { status: 400, detail: /did you mean batch\?$/ })
    t.match(await ask('GET', '/api/v1/nodes?colour=red'), { status: 400, detail: /it has .*filter/ })
    for (const [name, route] of Object.entries(routes) as [string, Route][]) {
      if (route.listener !== 'admin') continue
      const path = route.path.replaceAll(/:\w+/g, 'nobody')
      const { status, detail } = await ask(route.method, `${path}?zzz=1`, [route.consumes].flat()[0])
      t.match({ status, detail }, { status: 400, detail: /^query\.zzz is no parameter of this route; / }, name)
    }
    t.strictSame(await rowCounts(site), before)
  },
)

await t.test('what machines ask is read leniently', async (t) => {
  const site = await openSite(t, await fresh(t))
  for (const path of [
    '/boot.ipxe?zzz=1',
    '/boot/script?mac=52:54:00:00:00:01&zzz=1',
    '/healthz?zzz=1',
    '/ca.crt?zzz=1',
  ])
    t.not((await fetch(`${site.open}${path}`)).status, 400, path)
})
