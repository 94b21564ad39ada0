import { type Event, told as inWords, PublicProfile } from '@eims/contracts'
import { audit, createImage, failImage, getProfile, replaceProfile } from '@eims/registry'
import t from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { type EventClient, followEvents, standing } from './support/event-stream.ts'
import { addProfile, openSite, type Site } from './support/site.ts'

// One promise: what people change of anything is on the stream by its name, told to those who may read it.

const { fresh } = await startDatabases(t)
const follow = async (site: Site, query = '', key = site.keys.admin, lastId?: string) => {
  const headers = { authorization: `Bearer ${key}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) }
  return followEvents(t, `${site.admin}/api/v1/events${query}`, headers)
}
const told = ({ events }: EventClient) => events.map(({ kind, data }) => `${kind} ${String(data.name)}`)
const ended = (client: EventClient, name = 'the-end') =>
  client.until(({ events }) => events.some(({ data }) => data.name === name))

/** One of each, and a last one to wait for. */
async function everyChange({ api, db }: Site) {
  await api('patchSite', { body: { name: 'hall', httpProxy: 'http://user:secret@proxy:3128' } })
  await api('addBatch', { body: { name: 'lot' } })
  await api('putBatch', { params: { id: 'lot' }, body: { name: 'lot-2', note: 'a secret' } })
  await api('deleteBatch', { params: { id: 'lot-2' } })
  await addProfile(db, 'spare')
  await api('addProfile', { body: { name: 'os', image: 'spare-image' } })
  await api('putProfile', {
    params: { id: 'os' },
    body: { name: 'os', image: 'spare-image', cloudConfig: '#cloud-config\nruncmd: [secret]\n' },
  })
  await api('deleteProfile', { params: { id: 'os' } })
  await api('deleteProfile', { params: { id: 'spare' } })
  await api('deleteImage', { params: { id: 'spare-image' } })
  await failImage(
    db,
    (await createImage(db, { name: 'bad', architecture: 'x86_64', format: 'raw' })).id,
    inWords('broken'),
  )
  const passwordHash = `$6$secret$${'x'.repeat(86)}`
  await api('addAccount', { body: { name: 'ops', userName: 'edge', passwordHash } })
  await api('putAccount', { params: { id: 'ops' }, body: { name: 'ops', userName: 'edge2' } })
  await api('deleteAccount', { params: { id: 'ops' } })
  await api('addKey', { body: { name: 'ci', role: 'viewer' } })
  await api('deleteKey', { params: { id: 'ci' } })
  await api('addBatch', { body: { name: 'the-end' } })
}
const changes = [
  'site.changed hall',
  'batch.created lot',
  'batch.changed lot-2',
  'batch.deleted lot-2',
  'image.created spare-image',
  'image.ready spare-image',
  'profile.created os',
  'profile.changed os',
  'profile.deleted os',
  'profile.deleted spare',
  'image.deleted spare-image',
  'image.created bad',
  'image.failed bad',
  'account.created ops',
  'account.changed ops',
  'account.deleted ops',
  'key.created ci',
  'key.revoked ci',
  'batch.created the-end',
]

await t.test('each by its name, in order, with nothing of what was changed', async (t) => {
  const site = await openSite(t, await fresh(t))
  const client = await follow(site)
  await standing(site.feed)
  await everyChange(site)
  await ended(client)
  t.strictSame(told(client), changes)
  for (const { data, nodeId, message } of client.events) {
    t.strictSame(Object.keys(data).sort(), ['id', 'name'])
    t.equal(nodeId, null)
    t.match(message, data.name)
  }
  t.match(client.events[0], { message: 'Site hall changed by admin' })
  t.notMatch(JSON.stringify(client.events), /secret|proxy/)
  const [batch] = (await site.api('listBatches', {})).items
  t.equal(client.events.at(-1)?.data.id, batch?.id)
})

await t.test('keys are told to those who may read them', async (t) => {
  const site = await openSite(t, await fresh(t))
  const [viewer, operator] = [
    await follow(site, '', site.keys.viewer),
    await follow(site, '?kind=batch.*,site.changed', site.keys.operator),
  ]
  await standing(site.feed)
  await everyChange(site)
  await Promise.all([ended(viewer), ended(operator)])
  t.strictSame(
    told(viewer),
    changes.filter((each) => !each.startsWith('key.')),
  )
  t.strictSame(
    told(operator),
    changes.filter((each) => /^(batch|site)/.test(each)),
  )
  const asked = await fetch(`${site.admin}/api/v1/events?kind=run.*,key.*`, {
    headers: { authorization: `Bearer ${site.keys.operator}` },
  })
  t.equal(asked.status, 403)
  t.match(await asked.json(), { code: 'forbidden', fields: [{ path: 'query.kind' }] })
})

await t.test('after a break from where it ended, on another server of the site too', async (t) => {
  const registry = await fresh(t)
  const [one, two] = [await openSite(t, registry), await openSite(t, registry, 'server-2')]
  await one.api('addBatch', { body: { name: 'first' } })
  const client = await follow(one, '?after=0')
  await ended(client, 'first')
  client.end()
  await client.ended
  await two.api('addBatch', { body: { name: 'second' } })
  await one.api('addNode', { body: { name: 'machine', serial: 'SN-1' } })
  await two.api('addProfile', { body: { name: 'os', image: (await addProfile(two.db)).image } })
  await one.api('addBatch', { body: { name: 'the-end' } })
  const again = await follow(two, '', two.keys.viewer, client.lastId!)
  await ended(again)
  t.strictSame(
    again.events.map(({ kind }) => kind),
    ['batch.created', 'node.registered', 'image.created', 'image.ready', 'profile.created', 'batch.created'],
  )
})

await t.test('a change that is taken back is not told, and one that is told is on record', async (t) => {
  const registry = await fresh(t)
  const site = await openSite(t, registry)
  await addProfile(site.db)
  const client = await follow(site)
  await standing(site.feed)
  await registry
    .transaction(async (tx) => {
      const { image } = await getProfile(tx, 'debian')
      const after = await replaceProfile(tx, 'debian', {
        ...PublicProfile.parse(await getProfile(tx, 'debian')),
        image,
      })
      await audit(tx, { actor: 'admin', action: 'profile.replace', of: after, after: {} })
      throw new Error('taken back')
    })
    .catch(() => {})
  await site.api('addBatch', { body: { name: 'the-end' } })
  await ended(client)
  t.strictSame(told(client), ['batch.created the-end'])
})

await t.test('an import is one event, whatever it did, and each machine still has its own', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addBatch', { body: { name: 'other' } })
  const known = await site.api('addNode', { body: { name: 'known', serial: 'SN-0' } })
  const all = await follow(site)
  const [ofNode, imports, ofOther] = [
    await follow(site, `?node=${known.id}`),
    await follow(site, '?kind=import.*'),
    await follow(site, '?batch=other'),
  ]
  await standing(site.feed)
  const rows = Array.from({ length: 500 }, (_, i) => `SN-${i},lot,r${i}\n`)
  const report = await importCsv(site, `Serial,Batch,Product\n${rows.join('')}`, { onExisting: 'update' })
  t.match(report, { created: 499, updated: 1 })
  await importCsv(site, `Serial,Batch,Product\n${rows.join('')}`, { onExisting: 'update' })
  await site.api('putBatch', { params: { id: 'other' }, body: { name: 'the-end' } })
  await Promise.all([ended(all), ended(ofOther)])
  const done: Partial<Event> = {
    kind: 'import.done',
    nodeId: null,
    message: 'operator imported 500 machines: 499 registered, 1 changed; new batch: lot',
    data: { id: report.id, created: 499, updated: 1, newBatches: ['lot'] },
  }
  t.match(all.events, [done, { kind: 'batch.changed' }])
  t.equal(all.events.length, 2, 'what changes nothing is not told')
  t.match(imports.events, [done])
  await ofNode.until(({ events }) => events.length > 0)
  t.match(ofNode.events, [{ nodeId: known.id, message: 'Changed by operator, by import' }])
  t.equal(ofOther.events.length, 1, 'the import had nothing for that batch')
  const ofNewLot = await follow(site, '?batch=lot&after=0')
  await ofNewLot.until(({ events }) => events.length >= 2)
  t.match(ofNewLot.events, [{ kind: 'node.registered', nodeId: known.id }, done], 'but for this one')
  const { events } = await site.api('nodeTimeline', { params: { id: 'known' } })
  t.equal(events.length, 2)
})

await t.test('a batch’s stream tells of the batch itself', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { id } = await site.api('addBatch', { body: { name: 'lot' } })
  const client = await follow(site, '?batch=lot&after=0')
  await site.api('addBatch', { body: { name: 'another' } })
  await site.api('putBatch', { params: { id }, body: { name: 'lot', expected: 7 } })
  await site.api('deleteBatch', { params: { id } })
  await client.until(({ events }) => events.length >= 3)
  t.strictSame(told(client), ['batch.created lot', 'batch.changed lot', 'batch.deleted lot'])
})
