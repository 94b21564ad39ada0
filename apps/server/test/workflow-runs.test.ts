import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { ProfileInput } from '@eims/contracts'
import { until, waitingForLocks } from '@eims/lab'
import { createImage, failImage, finishImage } from '@eims/registry'
import t, { type Test } from 'tap'
import { aTemplate } from './support/a-template.ts'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { bootAgent, finishRun } from './support/machine.ts'
import { MiB, sampleDisk } from './support/sample-disk.ts'
import { addProfile, DIGEST, openSite, type Site, settled } from './support/site.ts'

const { fresh } = await startDatabases(t)
const url = 'https://images.example/debian.raw.gz'
const machine = { serial: 'SN-1', mac: '52:54:00:aa:00:01' }
const params = { id: 'one' }

/** A node whose profile names a workflow of this text. */
async function withWorkflow(t: Test, text: string, more: Partial<ProfileInput> = {}, body: object = {}) {
  const site = await openSite(t, await fresh(t))
  await site.api('addWorkflow', { body: { name: 'flow', text, ...body } })
  await addProfile(site.db, 'kiosk', { workflow: { workflow: 'flow', params: {} }, ...more })
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'kiosk' } })
  return site
}

const waiting = async ({ api }: Site) => (await api('getNode', { params })).waiting
const explained = async ({ api }: Site) => JSON.stringify(await api('diagnosis', { query: { node: 'one' } }))

async function imageFrom({ db }: Site, name: string, sourceUrl: string, sourceSha256 = DIGEST) {
  const { id } = await createImage(db, { name, architecture: 'x86_64', format: 'gz', sourceUrl })
  const sizes = { rawSize: 8192, frameCount: 2, storedSize: 100 }
  return {
    id,
    finish: () => finishImage(db, id, { sourceSha256, rawSha256: DIGEST, manifestSha256: 'b'.repeat(64), ...sizes }),
  }
}

await t.test(
  'a run of a template writes the image that was published where it says, and ends without a report',
  async (t) => {
    const site = await withWorkflow(
      t,
      aTemplate('debian', { url: `${url}?token=x`, sha256: DIGEST }),
      {},
      { fetch: false },
    )
    await (await imageFrom(site, 'debian-13', url)).finish()
    const agent = await bootAgent(site.open, machine)
    const reply = await agent.action()
    t.equal(reply.action.name, 'inventory')
    const actions = await site.db.action.findMany({ orderBy: { position: 'asc' } })
    const of = (index: number) => (actions[index]?.definition as unknown as { with: object } | undefined)?.with
    t.match(of(1), { imageSize: 8192, rule: {} })
    t.match(of(2), { manifestSha256: 'b'.repeat(64), rawSize: 8192, frames: 2 })
    t.match(of(3), { contents: 'one', partition: 1 })
    await agent.end(reply)
    t.strictSame(await finishRun(agent), ['choose-disk', 'stream image', 'name the rack', 'reboot'])
    t.match(await site.api('getNode', { params }), {
      installed: { image: 'debian-13', profile: 'kiosk' },
      instance: { state: 'PROVISIONED', status: { reason: { code: 'written-reports-nothing' } } },
    })
  },
)

await t.test(
  'a template that is to report gets our seed; which disk is the node’s, the profile’s, or the template’s word',
  async (t) => {
    const text = aTemplate('debian', { url })
      .replaceAll('{{ index .Hardware.Disks 0 }}', '/dev/nvme0n1')
      .replace('{{ formatPartition (index .Hardware.Disks 0) 1 }}', '/dev/nvme0n1p1')
    const site = await withWorkflow(t, text, {}, { report: 'seed', fetch: false })
    await (await imageFrom(site, 'debian-13', url)).finish()
    await (await bootAgent(site.open, machine)).action()
    const ruleOf = async (node: string) =>
      (await site.db.action.findMany({ where: { run: { node: { name: node } } }, orderBy: { position: 'asc' } })).map(
        ({ definition }) => definition as unknown as { uses: { builtin: string }; with: Record<string, unknown> },
      )
    const actions = await ruleOf('one')
    t.strictSame(actions[1]?.with.rule, { match: '/dev/nvme0n1' })
    const seed = actions.find(({ uses }) => uses.builtin === 'seed')
    t.match(seed?.with.userData, /eims-home_/)
    await site.api('addNode', { body: { name: 'two', serial: 'SN-2', profile: 'kiosk', disk: { match: 'sdb' } } })
    await (await bootAgent(site.open, { serial: 'SN-2' })).action()
    t.strictSame((await ruleOf('two'))[1]?.with.rule, { match: 'sdb' })
    const rendered = async (node: string) =>
      (await site.api('renderWorkflow', { params: { id: 'flow' }, body: { node } })).disk
    t.equal(await rendered('one'), null)
    t.strictSame(await rendered('two'), { rule: { match: 'sdb' }, of: 'node' }, 'and so it is shown')
  },
)

await t.test('a machine waits for an image that is missing, and goes on when it is there', async (t) => {
  const site = await withWorkflow(t, aTemplate('debian', { url }))
  const agent = await bootAgent(site.open, machine)
  const missing = `workflow flow takes ${url}, which is not in the store`
  t.match(await agent.next(), { kind: 'wait', reason: { code: 'workflow-image-missing', text: missing } })
  t.match(await waiting(site), { code: 'workflow-image-missing', slots: { workflow: 'flow', url } })
  t.match(await explained(site), `./eims images add ${url} --sha256 HEX --name debian`)
  t.equal(await site.db.run.count(), 0, 'no run is made, and none fails')
  t.equal((await site.api('getNode', { params })).instance, null)

  const other = await imageFrom(site, 'begun', url)
  t.match(await agent.next(), { reason: { code: 'workflow-image-converting', slots: { image: 'begun' } } })
  await failImage(site.db, other.id, { code: 'told', slots: { text: 'the disk is full' } })
  t.match(await agent.next(), { reason: { code: 'workflow-image-failed', text: /the disk is full/ } })
  await (await imageFrom(site, 'debian-13', url)).finish()
  t.match(await agent.next(), { kind: 'action', action: { name: 'inventory' } })
  t.equal(await waiting(site), null)
})

await t.test('an image of another checksum than the template has is not written', async (t) => {
  const site = await withWorkflow(t, aTemplate('debian', { url, sha256: 'c'.repeat(64) }), {}, { fetch: false })
  await (await imageFrom(site, 'debian-13', url)).finish()
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), {
    reason: { code: 'workflow-image-other', slots: { image: 'debian-13', wanted: 'c'.repeat(64), has: DIGEST } },
  })
})

await t.test('of a URL with a query and no checksum nobody knows which file it is', async (t) => {
  const site = await withWorkflow(t, aTemplate('debian', { url: `${url}?file=b` }), {}, { fetch: false })
  await (await imageFrom(site, 'debian-13', url)).finish()
  t.match(await (await bootAgent(site.open, machine)).next(), { reason: { code: 'workflow-image-unsure' } })
  t.match(await explained(site), /Write the SHA256/)
})

await t.test(
  'mistakes that only this machine makes hold it, and are tried again when the template is mended',
  async (t) => {
    const asks = aTemplate('debian', { url, contents: '{{ .params.channel }}' })
    const site = await withWorkflow(t, asks, {}, { params: { channel: 'x' } })
    await (await imageFrom(site, 'debian-13', url)).finish()
    const agent = await bootAgent(site.open, machine)
    t.match(await agent.next(), {
      kind: 'wait',
      reason: {
        code: 'workflow-mistakes',
        slots: { node: 'one', place: 'line 24, column 25' },
        text: /there is no channel/,
      },
    })
    t.match(await explained(site), './eims workflows render flow --node one')
    await site.api('putWorkflow', {
      params: { id: 'flow' },
      body: { name: 'flow', text: aTemplate('debian', { url }) },
    })
    t.equal(await waiting(site), null, 'nobody knows better until it is tried')
    t.match(await agent.next(), { kind: 'action' })
  },
)

await t.test('an image that only a machine’s own values name is fetched when its run is to be made', async (t) => {
  const file = gzipSync(sampleDisk(5 * MiB))
  const sha256 = createHash('sha256').update(file).digest('hex')
  const server = await fileServer(t, (_request, reply) => reply.end(file))
  const text = aTemplate('debian', { url: '{{ .params.base }}/debian.raw.gz', sha256 })
  const workflow = { workflow: 'flow', params: { base: server.url } }
  const site = await withWorkflow(t, text, { workflow }, { params: { base: 'http://images.example' } })
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'wait' })
  const { id } = await until(async () =>
    (await site.api('listImages', { query: { filter: 'name = debian' } })).items.at(0),
  )
  t.match(await settled(site, id), { state: 'ready', sourceUrl: `${server.url}/debian.raw.gz` })
  t.match(await agent.next(), { kind: 'action' })
  t.match((await site.api('listAudit', { query: { filter: 'action = image.add' } })).items, [{ actor: 'eims' }])
})

await t.test('a template that takes the profile’s image by its name gets it, wherever that came from', async (t) => {
  const text = aTemplate('edge', { url: '{{ .image.url }}', sha256: '{{ .image.sha256 }}' })
  const site = await withWorkflow(t, text)
  const agent = await bootAgent(site.open, machine)
  t.match(await agent.next(), { kind: 'action' })
  const [write] = await site.db.action.findMany({ where: { name: 'stream image' } })
  t.match(write?.definition, { with: { manifestSha256: DIGEST } })
})

await t.test('an image that is removed while a run of it is made is waited for', async (t) => {
  const site = await withWorkflow(t, aTemplate('debian', { url }), {}, { fetch: false })
  const { id, finish } = await imageFrom(site, 'debian-13', url)
  await finish()
  let booting: ReturnType<typeof bootAgent> | undefined
  await site.engine.registry.transaction(async (tx) => {
    await tx.image.deleteMany({ where: { id } })
    booting = bootAgent(site.open, machine)
    await waitingForLocks(site.db, 1)
  })
  t.match(await (await booting)?.next(), {
    kind: 'wait',
    reason: { code: 'workflow-image-missing', slots: { url } },
  })
  t.equal(await site.db.run.count(), 0)
})

await t.test('why there is no plan does not tell the password of the site’s proxy', async (t) => {
  const text = aTemplate('debian', { url }).replace('actions/image2disk', 'actions/{{ .site.httpProxy }}')
  const site = await withWorkflow(t, aTemplate('debian', { url }), {}, { fetch: false })
  await site.api('patchSite', { body: { httpProxy: 'http://us:s%40cret-1@proxy.example:3128' } })
  await site.db.workflow.updateMany({ data: { text } })
  const agent = await bootAgent(site.open, machine)
  const reply = await agent.next()
  t.match(reply, { kind: 'wait', reason: { code: 'workflow-mistakes', text: /us:\*\*\*@proxy/ } })
  const events = await site.db.event.findMany()
  t.notMatch(JSON.stringify([reply, await waiting(site), events.map(({ data }) => data)]), /cret-1/)
})

await t.test('a template’s own seed holds ours, too, where it is a cloud-config; else it stays as it is', async (t) => {
  const own = (userData: string) => `name: own
global_timeout: 900
tasks:
- name: os
  worker: "{{.device_1}}"
  actions:
  - name: image
    image: image2disk
    environment: { IMG_URL: "${url}" }
  - name: seed
    image: cidataio
    environment: { USER_DATA: ${JSON.stringify(userData)}, META_DATA: "local-hostname: theirs" }
  - name: end
    image: reboot
`
  const seedOf = async (text: string) => {
    const site = await withWorkflow(t, text, {}, { fetch: false })
    await (await imageFrom(site, 'debian-13', url)).finish()
    await (await bootAgent(site.open, machine)).action()
    t.match(await site.db.run.findMany(), [{ timeout: 900 }], 'what the template gives for all of it')
    const actions = await site.db.action.findMany({ where: { name: 'seed' } })
    return (actions[0]!.definition as unknown as { with: Record<string, unknown> }).with
  }
  const both = await seedOf(own('#cloud-config\nruncmd: [touch /theirs]\n'))
  t.match(both, {
    userData: /touch \/theirs(?:.|\n)*eims-home_|eims-home_(?:.|\n)*touch \/theirs/,
    metaData: /instance-id/,
  })
  t.match(await seedOf(own('version: v1alpha1\nmachine: {}\n')), {
    userData: 'version: v1alpha1\nmachine: {}\n',
    metaData: 'local-hostname: theirs',
    reports: false,
  })
  const wrong = await withWorkflow(t, own('#cloud-config\nruncmd: [\n'), {}, { fetch: false })
  await (await imageFrom(wrong, 'debian-13', url)).finish()
  await (await bootAgent(wrong.open, machine)).next()
  t.match(await waiting(wrong), { code: 'workflow-mistakes', slots: { sentence: /^the cloud-config / } })
})
