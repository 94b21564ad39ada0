import { problems, Role, type Route, routes } from '@eims/contracts'
import { createKey, revokeKey } from '@eims/registry'
import t from 'tap'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, newAgentKey, onboard } from './support/machine.ts'
import { addDefaultProfile, openSite, rowCounts, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const table: [string, Route][] = Object.entries(routes)
const ofAdmin = table.filter(([, { listener, role }]) => listener === 'admin' && role !== 'anyone')
/** Also those that the table does not have, such as files to download. */
const served = ({ app }: Site): [string, Route][] =>
  app.served
    .filter(({ config }) => config?.listener === 'admin' && config.role !== 'anyone')
    .map(({ method, url, config }) => {
      const known = ofAdmin.find(([, route]) => route.method === method && route.path === url)
      return (
        known ?? [`${String(method)} ${url}`, { method, path: url, role: config?.role, listener: 'admin' } as Route]
      )
    })
const pathOf = (route: Route) => route.path.replaceAll(/:\w+/g, 'nobody')

/** A call of a route that is refused at the latest for what it says. */
async function call(base: string, route: Route, key?: string, method: string = route.method) {
  const response = await fetch(new URL(pathOf(route), base), {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(route.body ? { 'content-type': 'application/json' } : {}),
    },
    ...(route.body && method !== 'HEAD' ? { body: '{"nonsense":true}' } : {}),
  })
  // A stream of events has no end of its own.
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) await response.body?.cancel()
  const text = response.bodyUsed ? '' : await response.text()
  return { status: response.status, problem: text.startsWith('{"type"') ? JSON.parse(text) : null }
}

await t.test('every admin route asks for a key of its role', async (t) => {
  const site = await openSite(t, await fresh(t))
  const before = await rowCounts(site)
  const all = served(site)
  for (const [name, route] of ofAdmin)
    t.ok(
      all.some(([, each]) => each === route),
      `${name} is served`,
    )
  for (const [name, route] of all) {
    t.ok(Role.options.includes(route.role as Role), `${name} has a role`)
    const needed = Role.options.indexOf(route.role as Role)
    const unauthenticated =
      (route.method as string) === 'HEAD' ? { status: 401 } : { status: 401, problem: { code: 'unauthenticated' } }
    t.match(await call(site.admin, route), unauthenticated, `${name} without`)
    t.match(await call(site.admin, route, 'eims_wrong'), { status: 401 }, `${name} with a wrong key`)
    for (const [rank, role] of Role.options.entries()) {
      const { status, problem } = await call(site.admin, route, site.keys[role])
      if (rank < needed)
        t.match({ status, code: problem?.code ?? 'forbidden' }, { status: 403, code: 'forbidden' }, `${name} ${role}`)
      else t.ok(![401, 403, 500].includes(status), `${name} as ${role}: ${status}`)
      // Who took a backup away stands in the audit log.
      if (name === 'makeBackup' && status === 200) before.audit = (before.audit ?? 0) + 1
    }
  }
  const changed = Object.entries(await rowCounts(site)).filter(([name, rows]) => rows !== before[name])
  t.strictSame(changed, [], 'nothing was changed on the way')
})

await t.test('admin routes are not served to machines, whatever key they have', async (t) => {
  const site = await openSite(t, await fresh(t))
  for (const [name, route] of served(site))
    for (const key of [undefined, site.keys.admin]) {
      const { status, problem } = await call(site.open, route, key)
      t.match(
        { status, code: problem?.code },
        { status: 404, ...(problem ? { code: 'not-on-this-listener' } : {}) },
        name,
      )
    }
  const documents = await fetch(`${site.open}/api/v1/openapi.json`)
  t.match(await documents.json(), { code: 'not-on-this-listener', remedy: problems['not-on-this-listener'].remedy })
})

await t.test('machines’ routes are not served to administrators, whatever key they have', async (t) => {
  const site = await openSite(t, await fresh(t))
  const machines = site.app.served.filter(({ config }) => config?.listener === 'open')
  t.ok(machines.length > 8)
  for (const { method, url } of machines)
    for (const each of [method].flat())
      for (const key of [undefined, 'eims_wrong', ...Object.values(site.keys)]) {
        const { status, problem } = await call(site.admin, { method: each, path: url } as Route, key)
        t.match(
          { status, code: problem?.code ?? null },
          { status: 404, code: each === 'HEAD' ? null : 'not-on-this-listener' },
          `${each} ${url}`,
        )
        const served = await call(site.open, { method: each, path: url } as Route, key)
        t.not(served.problem?.code, 'not-on-this-listener', `${each} ${url} is served to machines`)
      }
  for (const path of ['/healthz', '/ca.crt'])
    for (const base of [site.admin, site.open])
      t.not((await call(base, { method: 'GET', path } as Route)).problem?.code, 'not-on-this-listener', path)
})

await t.test('a revoked or expired key opens nothing', async (t) => {
  const site = await openSite(t, await fresh(t))
  const revoked = await createKey(site.db, { name: 'revoked', role: 'admin' })
  const expired = await createKey(site.db, { name: 'expired', role: 'admin' })
  await site.client(site.admin, revoked.key)('getSite', {})
  await revokeKey(site.db, revoked.id)
  await site.db.$executeRaw`
    update credential set expires_at = clock_timestamp() - interval '1 second' where id = ${expired.id}`
  for (const { key } of [revoked, expired])
    await t.rejects(site.client(site.admin, key)('getSite', {}), { code: 'unauthenticated' })
})

await t.test('an agent’s routes ask for its session', async (t) => {
  const site = await openSite(t, await fresh(t))
  const agent = await bootAgent(site.open, { serial: 'SN-1' })
  const body = { waitSeconds: 0 }
  for (const [token, code] of [
    [undefined, 'unauthenticated'],
    ['nonsense', 'session-over'],
    [agent.session.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), 'session-over'],
    [`00000000-0000-7000-8000-000000000000.${'A'.repeat(43)}`, 'session-over'],
    [site.keys.admin, 'session-over'],
    [agent.bootToken, 'session-over'],
  ] as const)
    await t.rejects(site.client(site.open, token)('next', { body }), { code }, `${token}`)
})

await t.test('a boot token opens its session for an hour, and then only for the agent that has it', async (t) => {
  const site = await openSite(t, await fresh(t))
  const [taken, free] = [{ serial: 'SN-1' }, { serial: 'SN-2' }]
  const script = await bootScript(site.open, taken)
  const parameters = await fetchSite(script)
  const key = newAgentKey()
  const { session } = await onboard(taken, parameters, { key })
  const unused = await bootScript(site.open, free)
  const other = await fetchSite(unused)
  const ends = await site.db.bootSession.findMany()
  for (const { createdAt, expiresAt } of ends) t.equal(expiresAt.getTime() - createdAt.getTime(), 3600_000)
  await site.db.$executeRaw`update boot_session set expires_at = clock_timestamp() - interval '1 second'`
  for (const each of [script, unused]) await t.rejects(fetchSite(each), /opens no session/)
  await t.rejects(onboard(free, other), { code: 'session-over' })
  t.match(await onboard(taken, parameters, { key }), { session }, 'an agent that restarts goes on')
  await sweepOnce(site.engine, 0)
  t.match(await rowCounts(site), { boot_session: 1 }, 'what nobody took is forgotten')
})

await t.test('secrets are not told again, and not kept in readable form', async (t) => {
  const site = await openSite(t, await fresh(t))
  const passwordHash = '$6$salt$verysecrethash'
  await addDefaultProfile(site.db, 'debian', { account: { userName: 'ops', sshKeys: [], passwordHash } })
  const image = 'debian-image'
  const added = await site.api('addProfile', {
    body: { name: 'two', image, account: { userName: 'ops', passwordHash } },
  })
  t.match(added, { name: 'two', account: { userName: 'ops' } })
  const { bootToken } = await fetchSite(await bootScript(site.open, { serial: 'SN-1' }))
  const agent = await bootAgent(site.open, { serial: 'SN-1' })
  await agent.action()
  const told: string[] = []
  for (const route of ofAdmin.map(([, each]) => each).filter((each) => each.method === 'GET'))
    for (const id of ['SN-1', 'debian', 'two', image]) {
      // The one has no end of its own, the other is everything there is, for an administrator.
      if (route.path === routes.streamEvents.path || route.path === routes.makeBackup.path) continue
      const url = new URL(route.path.replace(':id', id), site.admin)
      told.push(await (await fetch(url, { headers: { authorization: `Bearer ${site.keys.admin}` } })).text())
    }
  const replies = told.join('\n')
  t.match(replies, /debian/)
  for (const secret of ['verysecret', 'eims-home_', 'signingKey', 'signing_key', bootToken, agent.session, agent.key])
    t.notOk(replies.includes(secret), secret)

  const rows = await site.db.$queryRaw<{ text: string }[]>`
    select boot_session::text as text from boot_session union all select credential::text from credential
    union all select event::text from event union all select audit::text from audit`
  const kept = rows.map(({ text }) => text).join('\n')
  const secrets = ['verysecret', 'eims-home_', bootToken, agent.bootToken, agent.session, agent.key, site.keys.admin]
  for (const secret of secrets) t.notOk(kept.includes(secret), secret)
})
