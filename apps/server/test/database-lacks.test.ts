import type { Db } from '@eims/registry'
import t from 'tap'
import { sweepOnce } from '../src/engine/sweep.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, finishRun } from './support/machine.ts'
import { sampleDisk } from './support/sample-disk.ts'
import { addDefaultProfile, openSite, settled } from './support/site.ts'

// One promise: what a database lacks is told as what it is, and stops nothing that needs none of it. A disk that is really
// full: full-disk.test.ts.

const { fresh } = await startDatabases(t)

/** From now on nothing can be written, for this reason; gone when it is disposed of. */
async function lacking(db: Db, state: string): Promise<AsyncDisposable> {
  await db.$executeRawUnsafe(`do $$
    declare t regclass;
    begin
      execute $f$ create function lacking() returns trigger language plpgsql as
        'begin raise exception ''the values of a row'' using errcode = ''${state}''; end' $f$;
      for t in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
        execute format('create trigger lacking before insert or update or delete on %s
          for each statement execute function lacking()', t);
      end loop;
    end $$`)
  return {
    async [Symbol.asyncDispose]() {
      await db.$executeRawUnsafe('drop function lacking() cascade')
    },
  }
}

await t.test('each lack has its code, and nothing of the database is passed on', async (t) => {
  const site = await openSite(t, await fresh(t))
  const asked = () =>
    fetch(`${site.admin}/api/v1/nodes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${site.keys.admin}`, 'content-type': 'application/json' },
      body: '{"serial":"SN-1"}',
    })
  for (const [state, status, code, detail, retryAfter] of [
    ['53100', 507, 'disk-full', /^the disk of the server or of its database is full; nothing was changed$/, null],
    ['53300', 503, 'busy', /connection/, '2'],
    ['53200', 503, 'busy', /memory/, '2'],
    ['58030', 503, 'database-down', /cannot read or write its files/, '5'],
    ['57P03', 503, 'database-down', /cannot be reached/, '5'],
    ['53400', 500, 'internal', /its log says why/, null],
  ] as const) {
    await using _ = await lacking(site.db, state)
    // The key is used for the first time: to note that fails, too.
    if (state === '53100') await t.resolves(site.api('listNodes', {}))
    else await t.rejects(site.api('listNodes', {}), { code }, state)
    const reply = await asked()
    t.equal(reply.status, status, state)
    t.equal(reply.headers.get('retry-after'), retryAfter, state)
    const problem = await reply.json()
    if (state === '53100') t.match(problem, { code, detail, remedy: /Make room/ }, state)
    else t.match(problem, { code }, state)
    t.notMatch(JSON.stringify(problem), /values of a row/)
  }
  t.equal((await asked()).status, 201)
})

await t.test('while the disk is full, what needs no room goes on, and nobody counts as silent', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api, db, engine } = site
  await addDefaultProfile(db)
  const [done, lost] = [{ serial: 'SN-done' }, { serial: 'SN-lost' }]
  await finishRun(await bootAgent(site.open, done))
  const agent = await bootAgent(site.open, lost)
  const action = await agent.action()
  const idle = await bootAgent(site.open, { serial: 'SN-idle' })
  await idle.action()
  await api('cancelNode', { params: { id: 'SN-idle' } })
  const local = await bootScript(site.open, done)
  await db.$executeRaw`update attempt set lease_until = now() - interval '1 hour'`
  await db.$executeRaw`update node set last_seen_at = now() - interval '1 hour'`
  await engine.sink.flush()
  {
    await using _ = await lacking(db, '53100')
    const script = await bootScript(site.open, { serial: 'SN-new' })
    t.match(script, /^#!ipxe\necho eims: the disk of the server is full, so nothing is installed\n.*:ask-again/s)
    t.notMatch(script, /^(kernel|initrd|sanboot)/m)
    t.equal(await bootScript(site.open, done), local)
    t.match(await idle.next(), { kind: 'done' })
    engine.listening.since = 1
    await t.rejects(agent.end(action), { code: 'disk-full' })
    t.equal(engine.listening.since, null, 'leases count from when it can be heard again')
    await db.$executeRaw`drop trigger lacking on boot_session`
    await t.rejects(sweepOnce(engine, 0), { message: /53100/ }, 'of which a sweep that fails sees to it, too')
  }
  t.match(await agent.end(action), { cancelled: false })
  await finishRun(agent)
  t.match(await api('getNode', { params: { id: 'SN-lost' } }), { instance: { state: 'PROVISIONED' } })
})

await t.test('that an image failed is noted when there is room again', async (t) => {
  const site = await openSite(t, await fresh(t))
  const gate = Promise.withResolvers<void>()
  const source = async function* () {
    await gate.promise
    yield sampleDisk()
  }
  const described = { name: 'bad', architecture: 'x86_64', sha256: 'a'.repeat(64) } as const
  const { image, done } = await site.jobs.start(described, source())
  const state = async () => (await site.api('getImage', { params: { id: image.id } })).state
  {
    await using _ = await lacking(site.db, '53100')
    gate.resolve()
    t.match(await done, { code: 'image-mismatch' })
    t.equal(await state(), 'converting')
  }
  t.match(await settled(site, image.id), { state: 'failed' })
})
