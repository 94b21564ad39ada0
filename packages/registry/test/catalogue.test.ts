import { Image, NodeInput, Profile, ProfileInput, Site, told } from '@eims/contracts'
import t from 'tap'
import {
  audit,
  createImage,
  createNode,
  createProfile,
  defaultProfile,
  deleteImage,
  deleteProfile,
  effectiveProfile,
  ensureSite,
  failImage,
  failInterruptedImages,
  finishImage,
  getImage,
  getProfile,
  getSite,
  listImages,
  listLogs,
  listProfiles,
  liveServers,
  patchNode,
  patchSite,
  registerServer,
  removeServer,
  replaceProfile,
  setImageProgress,
  siteSigningKey,
  touchServer,
  writeChanges,
} from '../src/index.ts'
import { addProfile, startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const digest = 'a'.repeat(64)
const made = {
  sourceSha256: digest,
  rawSize: 5_000_000_000,
  rawSha256: digest,
  manifestSha256: digest,
  frameCount: 3,
  storedSize: 100,
}

await t.test('an image is converted, ready, and kept while a profile uses it', async (t) => {
  const { db, siteId } = await fresh(t)
  const { id } = await createImage(db, { name: 'debian', architecture: 'x86_64', format: 'qcow2' })
  await t.rejects(createImage(db, { name: 'debian', architecture: 'x86_64', format: 'raw' }), {
    code: 'already-exists',
  })
  await setImageProgress(db, id, 0.5)
  t.match(Image.parse(await getImage(db, 'debian')), { state: 'converting', progress: 0.5, rawSize: null })
  t.match(Image.parse(await finishImage(db, id, made)), { state: 'ready', progress: 1, rawSize: 5_000_000_000 })
  await failImage(db, id, told('too late'))
  t.match(await getImage(db, id), { state: 'ready' })
  await createProfile(db, siteId, ProfileInput.parse({ name: 'p', image: 'debian' }))
  await t.rejects(deleteImage(db, 'debian'), { code: 'in-use', message: 'Image debian is used by profile p.' })
  await deleteProfile(db, 'p')
  await deleteImage(db, 'debian')
  await t.rejects(getImage(db, id), { code: 'not-found' })
  await t.rejects(finishImage(db, id, made), { code: 'not-found' })
})

await t.test('a server that starts again fails its own unfinished conversions only', async (t) => {
  const { db } = await fresh(t)
  for (const [name, serverId] of [
    ['mine', 's1'],
    ['other', 's2'],
    ['nobody', undefined],
  ] as const)
    await createImage(db, { name, architecture: 'x86_64', format: 'raw', serverId })
  t.same(await failInterruptedImages(db, 's1'), ['mine'])
  t.match(await getImage(db, 'mine'), { state: 'failed', reason: { code: 'conversion-interrupted' } })
  t.match(await getImage(db, 'other'), { state: 'converting' })
  t.same(await failInterruptedImages(db), ['nobody'])
})

await t.test('a profile with all its parts comes back as it went in', async (t) => {
  const { db, siteId } = await fresh(t)
  await createImage(db, { name: 'debian', architecture: 'x86_64', format: 'raw' })
  await createImage(db, { name: 'arm', architecture: 'arm64', format: 'raw' })
  const input = ProfileInput.parse({
    name: 'p',
    image: 'debian',
    finish: 'hold',
    overwrite: false,
    disk: { match: '/dev/nvme*', prefer: 'smallest' },
    account: { userName: 'admin', sshKeys: [], passwordHash: '$6$salt$hash' },
    cloudConfig: '#cloud-config\n',
    bootOrder: 'network',
    growRoot: false,
    kernelArgs: 'quiet',
    phoneHomeTimeout: 60,
  })
  const profile = await createProfile(db, siteId, input)
  t.match(Profile.parse(profile), { ...input, isDefault: false })
  await t.rejects(createProfile(db, siteId, input), {
    code: 'already-exists',
    message: 'There is a profile called p already.',
  })
  await t.rejects(createProfile(db, siteId, { ...input, image: 'nope' }), {
    code: 'invalid-input',
    fields: [{ path: 'body.image' }],
  })
  await t.rejects(createProfile(db, siteId, { ...input, image: 'arm' }), {
    code: 'invalid-input',
    fields: [{ path: 'body.architecture' }],
  })
  const replaced = await replaceProfile(db, 'p', ProfileInput.parse({ name: 'p2', image: 'debian' }))
  t.equal(replaced.id, profile.id)
  t.notOk('disk' in replaced || 'account' in replaced || 'cloudConfig' in replaced, 'what is left out is gone')
  await createProfile(db, siteId, { ...input, name: 'p3' })
  await t.rejects(replaceProfile(db, 'p3', ProfileInput.parse({ name: 'p2', image: 'debian' })), {
    code: 'already-exists',
  })
  const first = await listProfiles(db, { pageSize: 1 })
  const second = await listProfiles(db, { pageSize: 1, pageToken: first.nextPageToken! })
  t.same(
    [...first.items, ...second.items].map((each) => each.name),
    ['p2', 'p3'],
  )
  t.equal(second.nextPageToken, null)
  t.same(
    (await listImages(db, { pageSize: 10 })).items.map((each) => each.name),
    ['debian', 'arm'],
  )
})

await t.test('a profile that is replaced keeps the password hash of its account, which no reply shows', async (t) => {
  const { db, siteId } = await fresh(t)
  await createImage(db, { name: 'debian', architecture: 'x86_64', format: 'raw' })
  const input = (account: object) => ProfileInput.parse({ name: 'p', image: 'debian', account })
  await createProfile(db, siteId, input({ userName: 'edge', passwordHash: '$6$salt$old' }))
  const put = async (account: object) => (await replaceProfile(db, 'p', input(account))).account
  t.match(await put({ userName: 'edge' }), { userName: 'edge', passwordHash: '$6$salt$old' })
  t.match(await put({ userName: 'edge', passwordHash: '$6$salt$new' }), { passwordHash: '$6$salt$new' })
  t.same(await put({ userName: 'another' }), { userName: 'another', sshKeys: [] })
  t.same(await put({ userName: 'another' }), { userName: 'another', sshKeys: [] })
})

await t.test("a node is imaged with its own profile, else with the site's default", async (t) => {
  const { db, siteId } = await fresh(t)
  const [a, b] = [await addProfile(db, siteId, 'a'), await addProfile(db, siteId, 'b')]
  const node = await createNode(db, {
    input: NodeInput.parse({ serial: 'SN-1' }),
    registered: true,
    actor: 'ann',
    siteId,
  })
  t.equal(await effectiveProfile(db, node.id), null)
  t.equal(await defaultProfile(db), null)
  t.match(await patchSite(db, { defaultProfile: 'a' }), { defaultProfile: 'a' })
  t.match(await effectiveProfile(db, node.id), {
    profile: { id: a.id, isDefault: true },
    image: { name: 'a-image', state: 'ready' },
  })
  t.match(await defaultProfile(db), { profile: { id: a.id } })
  await patchNode(db, node.id, { profile: 'b' }, 'ann')
  t.match(await effectiveProfile(db, node.id), { profile: { id: b.id } })
  await t.rejects(deleteProfile(db, 'a'), { code: 'in-use', message: /default/ })
  await t.rejects(deleteProfile(db, 'b'), { code: 'in-use', message: 'Profile b is used by node node-sn-1.' })
  await patchNode(db, node.id, { profile: null }, 'ann')
  await deleteProfile(db, 'b')
  await patchSite(db, { defaultProfile: null })
  await deleteProfile(db, 'a')
  await t.rejects(getProfile(db, 'a'), { code: 'not-found' })
})

await t.test('the site is made once, with a key that no reply holds', async (t) => {
  const { db } = await fresh(t)
  const sites = await Promise.all([ensureSite(db), ensureSite(db), ensureSite(db)])
  t.equal(new Set(sites.map((site) => site.id)).size, 1)
  const key = await siteSigningKey(db)
  t.equal(key.length, 32)
  await ensureSite(db)
  t.same(await siteSigningKey(db), key)
  t.notOk('signingKey' in (await getSite(db)))
  const patch = {
    unknownPolicy: 'hold',
    autoProvision: false,
    httpProxy: 'http://proxy:3128',
    ntpServers: ['ntp.example'],
  } as const
  t.match(Site.parse(await patchSite(db, { ...patch, ntpServers: ['ntp.example'] })), patch)
  t.match(await patchSite(db, { unknownPolicy: null }), { unknownPolicy: null, autoProvision: false })
  await t.rejects(patchSite(db, { defaultProfile: 'nope' }), {
    code: 'invalid-input',
    fields: [{ path: 'body.defaultProfile' }],
  })
})

await t.test('log lines keep their order, page by page', async (t) => {
  const { db } = await fresh(t)
  const line = (i: number) =>
    ({
      nodeId: 'n',
      runId: 'r',
      actionId: 'write',
      attempt: 1,
      at: '2026-11-20T10:00:00.000Z',
      stream: 'agent',
      text: `line ${i}\0`,
    }) as const
  await writeChanges(db, { logs: Array.from({ length: 5 }, (_, i) => line(i)) })
  await writeChanges(db, { logs: [] })
  await writeChanges(db, { logs: [line(5)] })
  const first = await listLogs(db, 'n', { pageSize: 4 })
  const second = await listLogs(db, 'n', { pageSize: 4, pageToken: first.nextPageToken! })
  t.same(
    [...first.items, ...second.items].map((each) => each.text),
    [0, 1, 2, 3, 4, 5].map((i) => `line ${i}\uFFFD`),
  )
  t.match(first.items[0], { at: '2026-11-20T10:00:00.000Z', runId: 'r', action: 'write', attempt: 1, stream: 'agent' })
  t.same(await listLogs(db, 'another', { pageSize: 4 }), { items: [], nextPageToken: null, total: 0 })
})

await t.test('servers and the audit log', async (t) => {
  const { db } = await fresh(t)
  const server = { id: 's1', name: 'bench', urls: ['http://192.168.77.1:7480'], version: '0.1.0' }
  await registerServer(db, server)
  await registerServer(db, { ...server, name: 'bench-2' })
  t.strictSame([await touchServer(db, server), await touchServer(db, { ...server, id: 's2' })], [true, false])
  t.same(await liveServers(db, 60), [{ id: 's1', name: 'bench-2', urls: server.urls }])
  await db.$executeRaw`update server set seen_at = seen_at - interval '61 seconds'`
  t.same(await liveServers(db, 60), [])
  await removeServer(db, 's1')
  t.equal(await db.server.count(), 0)
  await audit(db, {
    actor: 'ann',
    action: 'node.reprovision',
    of: { id: 'n', name: 'one' },
    reason: 'wrong image',
    after: { a: [1] },
  })
  t.match(await db.audit.findMany(), [
    { actor: 'ann', subject: 'n', subjectName: 'one', reason: 'wrong image', before: null, after: { a: [1] } },
  ])
})

await t.test('of a name that nothing has the one that was meant is said', async (t) => {
  const { db } = await fresh(t)
  const { id: siteId } = await ensureSite(db)
  await addProfile(db, siteId, 'kiosk')
  await t.rejects(getProfile(db, 'kiosc'), {
    code: 'not-found',
    message: 'There is no profile kiosc; did you mean kiosk?',
  })
  await t.rejects(getProfile(db, 'something'), { message: 'There is no profile something.' })
  const node = (profile: string) =>
    createNode(db, { input: NodeInput.parse({ serial: 'SN-1', profile }), registered: true, actor: 'ann', siteId })
  await t.rejects(node('Kiosk'), {
    code: 'invalid-input',
    message: 'body.profile names the profile Kiosk, which does not exist; did you mean kiosk?',
    fields: [{ path: 'body.profile' }],
  })
  await t.rejects(patchSite(db, { defaultProfile: 'kios' }), { message: /which does not exist; did you mean kiosk\?$/ })
})
