import { NodeInput, ProfileInput } from '@eims/contracts'
import t from 'tap'
import {
  createImage,
  createNode,
  createProfile,
  createWorkflow,
  deleteWorkflow,
  finishImage,
  getProfile,
  getWorkflow,
  imagesFrom,
  judgeFacts,
  listProfiles,
  listWorkflows,
  patchNode,
  replaceProfile,
  replaceWorkflow,
  writeChanges,
} from '../src/index.ts'
import { startDatabases } from './fresh-database.ts'

const fresh = await startDatabases(t)
const stored = (name: string, more = {}) => ({
  name,
  text: 'name: one\ntasks: []\n',
  report: null,
  reports: 'none' as const,
  note: null,
  ...more,
})
const digest = 'a'.repeat(64)
const made = {
  sourceSha256: digest,
  rawSize: 1,
  rawSha256: digest,
  manifestSha256: digest,
  frameCount: 1,
  storedSize: 1,
}
type Database = Awaited<ReturnType<typeof fresh>>

async function withProfile({ db, siteId }: Database, workflow: unknown) {
  const { id } = await createImage(db, { name: 'debian', architecture: 'x86_64', format: 'raw' })
  await finishImage(db, id, made)
  return createProfile(db, siteId, ProfileInput.parse({ name: 'kiosk', image: 'debian', workflow }))
}

await t.test('a profile names a workflow, follows its name, and keeps it from being removed', async (t) => {
  const of = await fresh(t)
  const { db, siteId } = of
  await createWorkflow(db, siteId, stored('rootio'))
  await t.rejects(createWorkflow(db, siteId, stored('rootio')), { code: 'already-exists' })
  const profile = await withProfile(of, { workflow: 'rootio', params: { channel: 'stable' } })
  t.strictSame(profile.workflow, { workflow: 'rootio', params: { channel: 'stable' } })
  t.match(await getWorkflow(db, 'rootio'), { profiles: ['kiosk'], text: 'name: one\ntasks: []\n' })
  await t.rejects(deleteWorkflow(db, 'rootio'), { code: 'in-use', message: /kiosk/ })

  const renamed = await replaceWorkflow(db, 'rootio', stored('ubuntu', { note: 'from the publisher', reports: 'seed' }))
  t.match(renamed, { name: 'ubuntu', note: 'from the publisher', reports: 'seed' })
  t.match((await getProfile(db, 'kiosk')).workflow, { workflow: 'ubuntu' })
  const page = { pageSize: 10, filter: 'workflow = ubuntu' }
  t.match(await listProfiles(db, page), { items: [{ name: 'kiosk' }], total: 1 })
  const { items } = await listWorkflows(db, { pageSize: 10, filter: 'reports = seed' })
  t.match(items, [{ name: 'ubuntu', profiles: ['kiosk'] }])
  t.notOk('text' in items[0]!, 'a list does without the text')

  const { id: _id, isDefault: _isDefault, createdAt: _c, updatedAt: _u, ...input } = profile
  await t.rejects(replaceProfile(db, 'kiosk', { ...input, workflow: { workflow: 'ubunut', params: {} } }), {
    code: 'invalid-input',
    message: 'body.workflow.workflow names the workflow ubunut, which does not exist; did you mean ubuntu?',
  })
  await replaceProfile(db, 'kiosk', { ...input, workflow: null })
  t.equal((await getProfile(db, 'kiosk')).workflow, null)
  t.match(await deleteWorkflow(db, 'ubuntu'), { name: 'ubuntu' })
  await t.rejects(getWorkflow(db, 'ubuntu'), { code: 'not-found' })
})

await t.test('images are found by where they were published', async (t) => {
  const { db } = await fresh(t)
  const sourceUrl = 'https://images.example/debian.raw.gz'
  await createImage(db, { name: 'one', architecture: 'x86_64', format: 'gz', sourceUrl })
  await createImage(db, { name: 'other', architecture: 'x86_64', format: 'gz' })
  t.match(await imagesFrom(db, [sourceUrl, 'https://images.example/another']), [{ name: 'one', sourceUrl }])
})

await t.test('why a node got no run is kept until what that rests on changes', async (t) => {
  const of = await fresh(t)
  const { db, siteId } = of
  await createWorkflow(db, siteId, stored('rootio'))
  const profile = await withProfile(of, { workflow: 'rootio' })
  const input = NodeInput.parse({ name: 'one', serial: 'SN-1', profile: 'kiosk' })
  const { id } = await createNode(db, { input, registered: true, actor: 'ann', siteId })
  const fault = async () => (await judgeFacts(db, [id])).nodes[0]?.planFault
  const fail = async () => {
    await writeChanges(db, { node: { id, planFault: { code: 'told', slots: { text: 'no image' } } } })
    t.match(await fault(), { reason: { code: 'told' }, at: String })
  }
  const { id: _id, isDefault: _isDefault, createdAt: _c, updatedAt: _u, ...same } = profile
  const { id: image } = await createImage(db, { name: 'late', architecture: 'x86_64', format: 'raw' })
  const changes = {
    'its workflow': () => replaceWorkflow(db, 'rootio', stored('rootio')),
    'its profile': () => replaceProfile(db, 'kiosk', same),
    'an image': () => finishImage(db, image, made),
    itself: () => patchNode(db, 'one', { metadata: { rack: '7' } }, 'ann'),
    'a run': () => writeChanges(db, { node: { id, planFault: null } }),
  }
  for (const [what, change] of Object.entries(changes)) {
    await fail()
    await change()
    t.equal(await fault(), null, what)
  }
  await fail()
  await writeChanges(db, { node: { id, seen: true } })
  t.ok(await fault(), 'that it was heard changes nothing')
})
