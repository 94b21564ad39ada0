import { NodeInput } from '@eims/contracts'
import t from 'tap'
import {
  bindAgentKey,
  createBootSession,
  createInstance,
  createKey,
  createNode,
  createPhoneHomeToken,
  dropExpiredSessions,
  endOtherSessions,
  ensureFirstKey,
  findBootSession,
  findBootSessionByToken,
  findKey,
  hashSecret,
  replaceLocalKey,
  revokeKey,
  usePhoneHomeToken,
  writeChanges,
} from '../src/index.ts'
import { addProfile, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)

await t.test('a key is found by its text until it is revoked, and only its hash is kept', async (t) => {
  const { db } = await fresh(t)
  const { id, key } = await createKey(db, { name: 'ann', role: 'operator' })
  t.same(await findKey(db, key), { id, name: 'ann', role: 'operator' })
  t.same(await findKey(db, key), { id, name: 'ann', role: 'operator' }, 'again')
  t.equal(await findKey(db, `${key}x`), null)
  const [row] = await db.credential.findMany()
  t.equal(row!.hash, hashSecret(key))
  t.notMatch(JSON.stringify(row), key)
  await revokeKey(db, id)
  t.equal(await findKey(db, key), null)
  await t.rejects(revokeKey(db, 'no-such'), { code: 'not-found' })
})

await t.test('the first key is made once, by one of several servers that start together', async (t) => {
  const { db } = await fresh(t)
  const made = await Promise.all([1, 2, 3, 4].map(() => ensureFirstKey(db)))
  const [key] = made.filter((each) => each !== null)
  t.equal(made.filter((each) => each !== null).length, 1)
  t.match(await findKey(db, key!), { role: 'admin' })
  await revokeKey(db, (await findKey(db, key!))!.id)
  t.equal(await ensureFirstKey(db), null, 'not even when it was revoked')
})

await t.test('a phone-home token opens its instance once, and says so when it comes again', async (t) => {
  const { db } = await fresh(t)
  const former = await createPhoneHomeToken(db, 'instance-1')
  const token = await createPhoneHomeToken(db, 'instance-1')
  t.equal(await usePhoneHomeToken(db, former), null)
  const both = await Promise.all([usePhoneHomeToken(db, token), usePhoneHomeToken(db, token)])
  t.equal(both.filter((each) => each?.again === false).length, 1, 'of two at once, one is first')
  t.same(await usePhoneHomeToken(db, token), { instanceId: 'instance-1', again: true })
  t.equal(await findKey(db, token), null, 'it is no key')
  const { key } = await createKey(db, { name: 'ann', role: 'admin' })
  t.equal(await usePhoneHomeToken(db, key), null, 'and a key is no token')
})

await t.test('a boot session belongs to the first agent that asks', async (t) => {
  const { db, siteId } = await fresh(t)
  const node = await createNode(db, {
    input: NodeInput.parse({ serial: 'SN-1' }),
    registered: true,
    actor: 'ann',
    siteId,
  })
  const profile = await addProfile(db, siteId)
  await createInstance(db, { nodeId: node.id, profileId: profile.id })
  const identity = { serial: 'SN-1', macs: ['52:54:00:aa:00:01'] }
  const made = await createBootSession(db, {
    tokenHash: hashSecret('token'),
    nodeId: null,
    identity,
    bootMac: '52:54:00:aa:00:01',
    architecture: 'x86_64',
    firmware: 'uefi',
    ttlSeconds: 600,
  })
  t.match(made, { identity, nodeId: null, expired: false, agentKeyHash: null, onboardedAt: null })
  t.equal(made.expiresAt - made.createdAt, 600_000, '600 s')
  const found = await findBootSessionByToken(db, hashSecret('token'))
  t.same(found, made)
  t.equal(await findBootSessionByToken(db, hashSecret('other')), null)
  const agents = await Promise.all(
    ['a', 'b', 'c'].map((key) => bindAgentKey(db, made.id, key.repeat(64), { nodeId: node.id, identity })),
  )
  t.same(agents.toSorted(), ['bound', 'other', 'other'])
  const winner = 'abc'[agents.indexOf('bound')]!
  t.equal(await bindAgentKey(db, made.id, winner.repeat(64), { nodeId: node.id, identity }), 'same')
  t.equal(await bindAgentKey(db, made.id, 'd'.repeat(64), { nodeId: node.id, identity }), 'other')
  t.match(await findBootSession(db, made.id), { nodeId: node.id, agentKeyHash: winner.repeat(64), onboardedAt: Number })
  await writeChanges(db, { session: made.id })
})

await t.test('a machine that onboards anew ends the older sessions of its node', async (t) => {
  const { db, siteId } = await fresh(t)
  const input = NodeInput.parse({ serial: 'SN-1' })
  const { id: nodeId } = await createNode(db, { input, registered: true, actor: 'ann', siteId })
  const identity = { serial: 'SN-1', macs: [] }
  const make = async (token: string) => {
    const rest = { nodeId, identity, bootMac: null, architecture: null, firmware: null, ttlSeconds: 600 }
    const { id } = await createBootSession(db, { tokenHash: hashSecret(token), ...rest })
    await bindAgentKey(db, id, 'a'.repeat(64), { nodeId, identity })
    return id
  }
  const [older, newer] = [await make('older'), await make('newer')]
  await endOtherSessions(db, nodeId, newer)
  t.match(await findBootSession(db, older), { agentKeyHash: null })
  t.equal(await findBootSessionByToken(db, hashSecret('older')), null)
  t.match(await findBootSessionByToken(db, hashSecret('newer')), { id: newer, agentKeyHash: 'a'.repeat(64) })
})

await t.test('sessions that nobody took are forgotten when their token is over', async (t) => {
  const { db } = await fresh(t)
  const make = (token: string, ttlSeconds: number) =>
    createBootSession(db, {
      tokenHash: hashSecret(token),
      nodeId: null,
      identity: { macs: [] },
      bootMac: null,
      architecture: null,
      firmware: null,
      ttlSeconds,
    })
  await make('over', -1)
  const valid = await make('valid', 60)
  t.equal((await findBootSessionByToken(db, hashSecret('over')))?.expired, true)
  t.equal(await dropExpiredSessions(db), 1)
  t.match(await findBootSession(db, valid.id), { expired: false })
})

await t.test('every server of a fleet has a key for its own machine, which is not the first key', async (t) => {
  const { db } = await fresh(t)
  // Both are called debian, as freshly installed boxes are.
  const local = (id: string) => replaceLocalKey(db, { id, hostname: 'debian' })
  const former = await local('server-1')
  const [one, two] = [await local('server-1'), await local('server-2')]
  t.equal(await findKey(db, former.key), null)
  t.match(await findKey(db, one.key), { name: 'root on debian', role: 'admin' })
  t.match(await findKey(db, two.key), { name: 'root on debian', role: 'admin' })
  t.type(await ensureFirstKey(db), 'string')
})

await t.test('boot scripts asked for without end leave a bounded number of sessions', async (t) => {
  const { db } = await fresh(t)
  const ask = (tokenHash: string, bootMac: string) =>
    createBootSession(db, {
      tokenHash,
      nodeId: null,
      identity: { macs: [bootMac] },
      bootMac,
      architecture: 'x86_64',
      firmware: 'uefi',
      ttlSeconds: 3600,
    })
  const tokens = async () => (await db.bootSession.findMany({ orderBy: { createdAt: 'asc' } })).map((s) => s.tokenHash)
  const taken = await ask('taken', 'm1')
  await bindAgentKey(db, taken.id, 'agent', { nodeId: null, identity: { macs: ['m1'] } })
  await ask('old', 'm1')
  await ask('other', 'm2')
  await db.$executeRaw`update boot_session set created_at = created_at - interval '3 minutes'`
  await ask('former', 'm1')
  await ask('new', 'm1')
  t.same(await tokens(), ['taken', 'other', 'former', 'new'], 'what may still be fetched stays')
  t.equal(await dropExpiredSessions(db, 2), 1)
  t.same(await tokens(), ['taken', 'former', 'new'], 'the oldest that waits goes')
})

await t.test(
  'a machine that boots without end leaves a bounded number of sessions, as a node and as none',
  async (t) => {
    const { db, siteId } = await fresh(t)
    const { id } = await createNode(db, {
      input: NodeInput.parse({ serial: 'SN-1' }),
      registered: false,
      actor: 'eims',
      siteId,
    })
    const boot = async (token: string, nodeId: string | null) => {
      const session = await createBootSession(db, {
        tokenHash: token,
        nodeId,
        identity: { macs: [] },
        bootMac: null,
        architecture: 'x86_64',
        firmware: 'uefi',
        ttlSeconds: 3600,
      })
      await bindAgentKey(db, session.id, token, { nodeId, identity: { macs: [] } })
      if (nodeId) await endOtherSessions(db, nodeId, session.id)
    }
    for (let index = 0; index < 80; index++) await boot(`node ${index}`, id)
    t.equal(await db.bootSession.count(), 66, 'the one that is on, the one before it, and 64')
    for (let index = 0; index < 5; index++) await boot(`none ${index}`, null)
    t.equal(await dropExpiredSessions(db, 3), 2)
    t.strictSame(
      (await db.bootSession.findMany({ where: { nodeId: null }, orderBy: { createdAt: 'asc' } })).map(
        (s) => s.agentKeyHash,
      ),
      ['none 2', 'none 3', 'none 4'],
    )
  },
)
