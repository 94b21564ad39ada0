import { createHash } from 'node:crypto'
import t from 'tap'
import { frontPage, frontText } from '../src/http/front-page.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

// One promise: who opens the administrator's address learns what stands there, and nothing more.

const databases = await startDatabases(t)
const html = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } }

await t.test('a browser gets a page of this server alone, whose links work', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const reply = await fetch(`${site.admin}/`, html)
  const text = await reply.text()
  t.equal(reply.status, 200)
  t.equal(reply.headers.get('content-type'), 'text/html; charset=utf-8')
  t.equal(reply.headers.get('vary'), 'accept')
  t.match(text, /<h1>eims on bench<\/h1>[\s\S]*Version 0\.1\.0\./)
  t.match(text, /It is well: the database answers[\s\S]*lo is served/)
  t.match(text, './eims login https://SERVER:7444 --ca eims-ca.crt\n', 'plain HTTP is for this machine alone')
  const policy = reply.headers.get('content-security-policy') ?? ''
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(text) ?? []
  t.match(policy, `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  t.match(policy, /^default-src 'none'; /)
  t.notMatch(policy, /unsafe|https?:/)
  t.notMatch(text, /<script|style=|src=|url\(|@import| on\w+=/)
  const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, link]) => link!)
  t.strictSame(links, ['/healthz', '/readyz', '/api/docs/', '/ca.crt'])
  for (const link of links.filter((each) => each !== '/ca.crt'))
    t.equal((await fetch(new URL(link, site.admin))).status, 200, link)
})

await t.test('a terminal gets a few lines', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const reply = await fetch(`${site.admin}/`)
  t.equal(reply.headers.get('content-type'), 'text/plain; charset=utf-8')
  const text = await reply.text()
  t.match(text, /^eims 0\.1\.0 on bench\. /)
  t.match(text, `${site.admin}/api/docs/`)
  t.ok(text.split('\n').length < 10)
})

await t.test('machines find nothing there, as before', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  for (const accept of [html, {}]) {
    const reply = await fetch(`${site.open}/`, accept)
    t.equal(reply.status, 404)
    t.match(await reply.json(), { code: 'not-found', detail: 'there is no GET /' })
  }
  t.equal((await fetch(`${site.open}/`, { method: 'OPTIONS' })).status, 404)
  const other = await fetch(`${site.admin}/nothing`, html)
  t.match(await other.json(), { code: 'not-found' })
})

await t.test('it tells what is broken', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await databases.stop()
  const reply = await fetch(`${site.admin}/`, html)
  t.equal(reply.status, 200)
  t.match(await reply.text(), /<li class="bad">the database does not answer<\/li>/)
  await databases.start()
})

await t.test('nothing that it tells becomes markup', (t) => {
  const evil = `"><script>alert('&')</script>`
  const page = frontPage({
    name: evil,
    version: evil,
    broken: [evil],
    interfaces: [{ name: evil, away: evil }],
    base: `https://${evil}`,
  })
  t.notMatch(page, /<script|alert\('/)
  t.equal(page.split('&#60;script&#62;').length - 1, 7)
  t.match(
    frontText({ name: 'bench', version: '1', broken: [], interfaces: [], base: 'https://bench:7444' }),
    ['./eims login https://bench:7444 --ca eims-ca.crt'][0]!,
  )
  t.end()
})
