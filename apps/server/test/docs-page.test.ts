import { readFile } from 'node:fs/promises'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const { fresh } = await startDatabases(t)

await t.test('a page to try the interface: from this server alone, for administrators only', async (t) => {
  const site = await openSite(t, await fresh(t))
  const seen = new Set<string>()
  const page = await fetch(`${site.admin}/api/docs/`)
  t.equal(page.status, 200)
  const html = await page.text()
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!)
  t.ok(files.length >= 5)
  for (const file of [...files, './json']) {
    const url = new URL(file, page.url)
    t.equal(url.origin, site.admin, `${file} is ours`)
    const reply = await fetch(url)
    t.equal(reply.status, 200, file)
    const policy = reply.headers.get('content-security-policy') ?? ''
    t.match(policy, /default-src 'none'/, file)
    t.notMatch(policy, /https?:/, file)
    seen.add(url.pathname)
    await reply.arrayBuffer()
    t.equal((await fetch(new URL(url.pathname, site.open))).status, 404, `machines do not get ${file}`)
  }
  const document = (await (await fetch(`${site.admin}/api/docs/json`)).json()) as { openapi: string; paths: object }
  const kept = JSON.parse(await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
  t.strictSame(
    Object.keys(document.paths),
    Object.keys(kept.paths),
    'the document of docs/openapi.json, and nothing of the site',
  )
})
