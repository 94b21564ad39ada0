import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { until } from '@eims/lab'
import { createImage, failImage } from '@eims/registry'
import t from 'tap'
import { barredAddresses } from '../src/images/barred-addresses.ts'
import { aTemplate } from './support/a-template.ts'
import { startDatabases } from './support/databases.ts'
import { fileServer } from './support/file-server.ts'
import { MiB, sampleDisk } from './support/sample-disk.ts'
import { addProfile, DIGEST, openSite, settled } from './support/site.ts'

const { fresh } = await startDatabases(t)
const params = { id: 'flow' }

await t.test('a template is kept as it was given, replaced, and removed when no profile uses it', async (t) => {
  const { api, db } = await openSite(t, await fresh(t))
  const text = aTemplate()
  const made = await api('addWorkflow', { body: { name: 'flow', text, note: 'from the publisher' } })
  t.match(made, { name: 'flow', text, report: null, reports: 'none', note: 'from the publisher', profiles: [] })
  await t.rejects(api('addWorkflow', { body: { name: 'flow', text } }), { code: 'already-exists' })
  await addProfile(db, 'kiosk')
  const profile = { name: 'kiosk', image: 'kiosk-image', workflow: { workflow: 'flow' } }
  await api('putProfile', { params: { id: 'kiosk' }, body: profile })
  await t.rejects(api('deleteWorkflow', { params }), { code: 'in-use', message: /profile kiosk/ })

  const seeded = await api('putWorkflow', { params, body: { name: 'flow2', text: aTemplate('other'), report: 'seed' } })
  t.match(seeded, { id: made.id, name: 'flow2', report: 'seed', reports: 'seed', note: null, profiles: ['kiosk'] })
  t.match((await api('getProfile', { params: { id: 'kiosk' } })).workflow, { workflow: 'flow2', params: {} })
  const { items } = await api('listWorkflows', { query: {} })
  t.match(items, [{ name: 'flow2', reports: 'seed' }])
  t.notMatch(JSON.stringify(items), 'global_timeout', 'a list does without the text')
  const entries = JSON.stringify((await api('listAudit', { query: { filter: 'action = workflow.replace' } })).items)
  t.match(entries, createHash('sha256').update(aTemplate('other')).digest('hex'))
  t.notMatch(entries, 'global_timeout', 'so does the audit log')

  await api('putProfile', { params: { id: 'kiosk' }, body: { ...profile, workflow: null } })
  await api('deleteWorkflow', { params: { id: 'flow2' } })
  await t.rejects(api('getWorkflow', { params }), { code: 'not-found' })
})

await t.test('what is wrong with a template is told all at once, by line and column, and it is not kept', async (t) => {
  const { api } = await openSite(t, await fresh(t))
  const text = aTemplate('debian', { path: 'etc/rack' }).replace('actions/image2disk', 'actions/image3disk')
  const mistakes = [
    { line: 11, column: 16, path: 'tasks[0].actions[0].image', sentence: /image3disk/ },
    { line: 24, path: 'tasks[0].actions[1].environment.DEST_PATH' },
  ]
  const checked = await api('checkWorkflow', { body: { text } })
  t.match(checked, { workflows: [], mistakes: [mistakes[0]], node: null })
  const refused: { fields?: { path: string; message: string }[] } = await api('addWorkflow', {
    body: { name: 'flow', text },
  }).catch((error) => error)
  t.match(refused, { code: 'invalid-input', fields: [{ path: 'body.text:11:16', message: /image3disk/ }] })
  t.equal((await api('listWorkflows', { query: {} })).total, 0)
  await t.rejects(api('addWorkflow', { body: { name: 'flow', text: 'x'.repeat(256 * 1024 + 1) } }), {
    code: 'invalid-input',
    message: 'body.text has more than 262144 bytes',
  })

  const asks = aTemplate('debian', { contents: '{{ .params.channel }}' })
  await t.rejects(api('addWorkflow', { body: { name: 'flow', text: asks } }), { message: /there is no channel/ })
  t.match(await api('addWorkflow', { body: { name: 'flow', text: asks, params: { channel: 'stable' } } }), {
    text: asks,
  })
})

await t.test(
  'a rendered template shows its plan, what it takes of the store, and what stands for something',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    const { api, db } = site
    const url = 'https://images.example/debian.raw.gz'
    const text = aTemplate('debian', {
      url: `${url}?token=x`,
      sha256: DIGEST,
      contents: '{{ .node.name }} {{ .channel }}',
    })
    const ask = { channel: 'stable' }
    await api('addWorkflow', { body: { name: 'flow', text, fetch: false, params: ask } })
    const missing = await api('renderWorkflow', { params, body: { params: ask } })
    t.match(missing, {
      node: null,
      mistakes: [],
      workflows: [
        {
          name: 'debian',
          report: 'none',
          images: [
            {
              kind: 'disk',
              url,
              sha256: DIGEST,
              image: null,
              why: `workflow flow takes ${url}, which is not in the store`,
              remedy: `./eims images add ${url} --sha256 ${DIGEST} --name debian`,
              line: 15,
            },
          ],
        },
      ],
    })
    t.match(
      missing.standIns.find(({ value }) => value === '/dev/chosen'),
      { why: 'the disk that choose-disk chooses' },
    )
    t.notMatch(JSON.stringify(missing), 'token=x', 'what opens a URL is not shown')

    await addProfile(db, 'kiosk', { workflow: { workflow: 'flow', params: { channel: 'edge' } } })
    await api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'kiosk' } })
    await api('patchSite', { body: { httpProxy: 'http://ann:secret@proxy.example:3128' } })
    const viewer = site.client(site.admin, site.keys.viewer)
    const shown = await viewer('renderWorkflow', { params, body: { node: 'SN-1' } })
    const [plan] = shown.workflows
    t.match(shown, { node: 'one', mistakes: [] })
    t.match(
      plan?.actions.map(({ uses, with: said }) => [uses, said]),
      [
        [{ builtin: 'inventory' }, {}],
        [{ builtin: 'choose-disk' }, {}],
        [{ builtin: 'write-image' }, {}],
        [{ builtin: 'write-file' }, { contents: 'one edge', partition: 1 }],
        [{ builtin: 'reboot' }, { how: 'reboot' }],
      ],
    )
    t.match(plan?.sources['step-4.contents'], { line: 25 })
    t.match(plan?.images, [{ image: 'kiosk-image', why: null, remedy: null }], 'the profile’s own is the same file')
    await t.rejects(viewer('renderWorkflow', { params, body: { node: 'two' } }), { code: 'not-found' })
    const proxy = aTemplate('debian', { contents: '{{ .site.httpProxy }}' })
    const leak = await api('checkWorkflow', { body: { text: proxy } })
    t.notMatch(JSON.stringify(leak), 'secret')
    t.match(leak.workflows[0]?.actions[3]?.with.contents, /proxy\.example:3128/)
  },
)

await t.test(
  'images with a checksum are fetched when the template is added, and found again by their URL',
  async (t) => {
    const site = await openSite(t, await fresh(t))
    const { api } = site
    const file = gzipSync(sampleDisk(5 * MiB))
    const sha256 = createHash('sha256').update(file).digest('hex')
    const server = await fileServer(t, (_request, reply) => reply.end(file))
    const url = `${server.url}/debian-13.raw.gz`
    const add = (name: string, more: object) =>
      api('addWorkflow', { body: { name, text: aTemplate('debian', { url: `${url}?token=secret`, sha256 }), ...more } })
    await add('left', { fetch: false })
    await add('flow', {})
    const { id } = await until(async () => (await api('listImages', { query: {} })).items[0])
    t.match(await settled(site, id), { name: 'debian-13', state: 'ready', sourceUrl: url, sourceSha256: sha256 })
    t.match((await api('renderWorkflow', { params, body: {} })).workflows[0]?.images, [{ image: 'debian-13' }])
    await add('again', {})
    await api('addWorkflow', {
      body: { name: 'made-up', text: aTemplate('debian', { url: '{{ .image.url }}', sha256 }) },
    })
    await site.jobs.inTurn(async () => {})
    t.strictSame(server.asked, ['GET /debian-13.raw.gz?token=secret'], 'once, and no sample’s')
    const audits = (await api('listAudit', { query: { filter: 'action = image.add' } })).items
    t.match(audits, [{ actor: 'admin', after: { url } }])
  },
)

await t.test(
  'an image that failed keeps its name and its place, whatever is fetched under the same name',
  async (t) => {
    const file = gzipSync(sampleDisk(5 * MiB))
    const sha256 = createHash('sha256').update(file).digest('hex')
    const server = await fileServer(t, (_request, reply) => reply.end(file))
    const site = await openSite(t, await fresh(t))
    const failed = await createImage(site.db, { name: 'debian', architecture: 'x86_64', format: 'raw' })
    await failImage(site.db, failed.id, { code: 'told', slots: { text: 'no disk' } })
    await site.engine.fetchImages?.([{ url: `${server.url}/debian.raw.gz`, sha256, architecture: 'x86_64' }])
    t.match(await site.api('getImage', { params: { id: 'debian' } }), {
      id: failed.id,
      state: 'failed',
      sourceUrl: null,
    })
    const { id } = await site.api('getImage', { params: { id: `debian-${sha256.slice(0, 8)}` } })
    t.match(await settled(site, id), { state: 'ready', sourceUrl: `${server.url}/debian.raw.gz` })
  },
)

await t.test('no template makes the server fetch from where no image is fetched', async (t) => {
  const site = await openSite(t, await fresh(t), 'server-1', { barred: barredAddresses() })
  const server = await fileServer(t, (_request, reply) => reply.end('secret'))
  const url = `${server.url}/debian.raw.gz`
  await site.api('addWorkflow', { body: { name: 'flow', text: aTemplate('debian', { url, sha256: DIGEST }) } })
  await site.engine.fetchImages?.([{ url, sha256: DIGEST, architecture: 'x86_64' }])
  t.equal((await site.api('listImages', { query: {} })).total, 0)
  t.strictSame(server.asked, [])
})

await t.test('two templates are rendered at a time; who asks for more is told to come again', async (t) => {
  const { api } = await openSite(t, await fresh(t))
  const asked = await Promise.allSettled(
    Array.from({ length: 12 }, () => api('checkWorkflow', { body: { text: aTemplate() } })),
  )
  const refused = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  t.ok(refused.length > 0 && refused.length < 12)
  for (const each of refused) t.match(each, { code: 'busy' })
  t.match(await api('checkWorkflow', { body: { text: aTemplate() } }), { mistakes: [] })
})
