import { PAGE_HEADER } from '@eims/contracts'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { openSite, type Site } from './support/site.ts'

// One promise: the key of a screen on the wall opens what the screen shows, for weeks, and nothing else.

const { fresh } = await startDatabases(t)

const signedIn = async (site: Site, key: string) => {
  const reply = await fetch(`${site.admin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [PAGE_HEADER]: '1' },
    body: JSON.stringify({ key }),
  })
  return (reply.headers.get('set-cookie') ?? '').split(';')[0]!
}
const session = (site: Site, cookie: string) => fetch(`${site.admin}/api/v1/session`, { headers: { cookie } })

await t.test('every route that there is', async (t) => {
  const site = await openSite(t, await fresh(t))
  const opened: string[] = []
  let refused = 0
  for (const { method, url, config } of site.app.served) {
    if (config?.listener !== 'admin' || config.role === 'anyone') continue
    for (const each of [method].flat()) {
      if (each === 'HEAD') continue
      const reply = await fetch(new URL(url.replace(/:\w+|\*/g, 'x'), site.admin), {
        method: each,
        headers: { authorization: `Bearer ${site.keys.board}` },
      })
      const { code } = reply.status === 204 ? { code: '' } : ((await reply.json()) as { code?: string })
      if (reply.status === 403) {
        t.equal(code, 'forbidden', `${each} ${url}`)
        refused++
      } else opened.push(`${each} ${url}`)
    }
  }
  t.strictSame(opened.sort(), ['DELETE /api/v1/session', 'GET /api/v1/board', 'GET /api/v1/session'])
  t.ok(refused > 80, `${refused} routes are shut`)
  for (const role of ['viewer', 'operator', 'admin'] as const)
    t.match(await site.client(site.admin, site.keys[role])('getBoard', {}), { batches: [] }, role)
  await t.rejects(site.client(site.admin)('getBoard', {}), { code: 'unauthenticated' })
})

await t.test('it stays signed in while it asks, and a month after', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { id, key } = await site.api('addKey', { body: { name: 'screen 1', role: 'board' } })
  const cookie = await signedIn(site, key)
  const later = (days: number) => site.db.$executeRaw`
    update browser_session set used_at = used_at - make_interval(days => ${days}::int),
                               created_at = created_at - make_interval(days => ${days}::int)`
  for (let weeks = 0; weeks < 8; weeks++) {
    await later(29)
    const reply = await session(site, cookie)
    t.match(await reply.json(), { name: 'screen 1', role: 'board' })
    const [renewed = '', ...attributes] = (reply.headers.get('set-cookie') ?? '').split('; ')
    t.equal(renewed, cookie, 'the same cookie, kept longer')
    t.match(attributes, ['Path=/', /^Max-Age=\d+$/, 'HttpOnly', 'SameSite=Strict'])
  }
  const [, age = ''] = /Max-Age=(\d+)/.exec((await session(site, cookie)).headers.get('set-cookie') ?? '') ?? []
  t.ok(Number(age) > 29 * 86_400 && Number(age) <= 30 * 86_400, age)
  await later(31)
  t.equal((await session(site, cookie)).status, 401, 'nobody switched it on for a month')
  const again = await signedIn(site, key)
  await site.api('deleteKey', { params: { id } })
  t.equal((await session(site, again)).status, 401, 'it ends with its key')
  const viewer = await signedIn(site, site.keys.viewer)
  await later(2)
  t.equal((await session(site, viewer)).status, 401, 'others end as before')
})
