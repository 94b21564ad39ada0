import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Route, routes } from '@eims/contracts'
import { until } from '@eims/lab'
import { eventsBetween, fillIdentifiers } from '@eims/registry'
import t from 'tap'
import { aTemplate } from './support/a-template.ts'
import { addonArchive, anObject } from './support/addon-archive.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, finishRun } from './support/machine.ts'
import { sampleDisk } from './support/sample-disk.ts'
import { addDefaultProfile, addProfile, openSite, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)

const theImport = '01890000-0000-7000-8000-000000000001'
const theUndone = '01890000-0000-7000-8000-000000000002'
const anImage = sampleDisk()

/** What must be there before, and a change that is carried out. A changing route that is missing here fails the test. */
interface Change {
  before?: (site: Site) => Promise<unknown>
  id?: string
  query?: string
  body?: object | string | Buffer
  type?: string
}

const node = (site: Site, name: string) => site.api('addNode', { body: { name, serial: `SN-${name}` } })
/** Its run is under way. */
const running = async (site: Site, name: string) => {
  await node(site, name)
  await (await bootAgent(site.open, { serial: `SN-${name}` })).action()
}
const batch = (name: string) => (site: Site) => site.api('addBatch', { body: { name } })
const account = (name: string) => (site: Site) => site.api('addAccount', { body: { name, userName: 'edge' } })
const template = aTemplate()
const secret = (name: string) => (site: Site) => site.api('addSecret', { body: { name, values: { key: 'value' } } })
const workflow = (name: string) => (site: Site) => site.api('addWorkflow', { body: { name, text: template } })
const archive = async (site: Site, name: string) => {
  const bytes = addonArchive({ 'manifests/a.yaml': anObject(name) })
  const { id } = await site.api('beginUpload', { body: { name, size: bytes.length, format: 'addons' } })
  await site.api('sendUpload', { params: { id }, query: { offset: 0 } }, { rawBody: new Uint8Array(bytes) })
  await site.api('finishUpload', { params: { id } })
  await site.jobs.inTurn(async () => {})
}
const addon = (name: string) => async (site: Site) => {
  await archive(site, `of-${name}`)
  await site.api('addAddon', { body: { name, image: `of-${name}` } })
}
const webhook = (name: string) => (site: Site) =>
  site.api('addWebhook', { body: { name, url: 'http://127.0.0.1:9/', enabled: false } })
const mac = (last: string) => `52:54:00:aa:00:${last}`
const isId = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

async function* untilStopped(signal: AbortSignal): AsyncGenerator<Buffer, void> {
  yield Buffer.alloc(1)
  await once(signal, 'abort')
  signal.throwIfAborted()
}

/** In one site, one after the other; `debian` is its default profile. */
const changes: Record<string, Change> = {
  patchSite: { body: { ntpServers: ['ntp.example.org'] } },
  addImage: { body: { name: 'added', path: 'DISK' } },
  patchImage: { before: (site) => addProfile(site.db, 'old'), id: 'old-image', body: { k3sVersion: 'none' } },
  uploadImage: { query: '?name=uploaded', body: anImage, type: 'application/octet-stream' },
  finishUpload: {
    before: async (site) => {
      const { id } = await site.api('beginUpload', { body: { name: 'resumed', size: anImage.length } })
      await site.api('sendUpload', { params: { id }, query: { offset: 0 } }, { rawBody: new Uint8Array(anImage) })
      changes.finishUpload!.id = id
    },
  },
  deleteImage: {
    before: async (site) => {
      await addProfile(site.db, 'spare')
      await site.api('deleteProfile', { params: { id: 'spare' } })
    },
    id: 'spare-image',
  },
  cancelImage: {
    before: (site) => site.jobs.start({ name: 'slow', architecture: 'x86_64' }, untilStopped),
    id: 'slow',
  },
  // the other images have been converted then
  pruneImages: { before: (site) => site.jobs.inTurn(async () => {}), body: { dryRun: false } },
  addProfile: { body: { name: 'two', image: 'debian-image' } },
  putProfile: { id: 'debian', body: { name: 'debian', image: 'debian-image', kernelArgs: 'quiet' } },
  deleteProfile: { before: (site) => addProfile(site.db, 'gone'), id: 'gone' },
  addWorkflow: { body: { name: 'flow', text: template } },
  putWorkflow: { before: workflow('flow1'), id: 'flow1', body: { name: 'flow2', text: template } },
  deleteWorkflow: { before: workflow('flow3'), id: 'flow3' },
  addAddon: { before: (site) => archive(site, 'of-set'), body: { name: 'set', image: 'of-set' } },
  putAddon: { before: addon('set1'), id: 'set1', body: { name: 'set2', image: 'of-set1' } },
  deleteAddon: { before: addon('set3'), id: 'set3' },
  addBatch: { body: { name: 'lot' } },
  putBatch: { before: batch('lot1'), id: 'lot1', body: { name: 'lot2' } },
  deleteBatch: { before: batch('lot3'), id: 'lot3' },
  addAccount: { body: { name: 'ops', userName: 'edge' } },
  putAccount: { before: account('ops1'), id: 'ops1', body: { name: 'ops1', userName: 'edge2' } },
  deleteAccount: { before: account('ops3'), id: 'ops3' },
  addSecret: { body: { name: 'tls', values: { key: 'value' } } },
  patchSecret: { before: secret('tls1'), id: 'tls1', body: { values: { key: 'another' } } },
  deleteSecret: { before: secret('tls3'), id: 'tls3' },
  addNode: { body: { name: 'added', serial: 'SN-1' } },
  patchNode: { before: (site) => node(site, 'patched'), id: 'patched', body: { metadata: { rack: '7' } } },
  deleteNode: { before: (site) => node(site, 'deleted'), id: 'deleted' },
  provisionNode: { before: (site) => node(site, 'provisioned'), id: 'provisioned' },
  reprovisionNode: {
    before: async (site) => site.api('provisionNode', { params: { id: (await node(site, 'again')).id } }),
    id: 'again',
    body: { reason: 'another OS' },
  },
  retryNode: {
    before: async (site) => {
      await running(site, 'retried')
      await site.api('cancelNode', { params: { id: 'retried' } })
    },
    id: 'retried',
    body: { from: 'start' },
  },
  cancelNode: { before: (site) => running(site, 'cancelled'), id: 'cancelled' },
  pauseNode: { before: (site) => running(site, 'paused'), id: 'paused' },
  resumeNode: {
    before: async (site) => {
      await running(site, 'resumed')
      await site.api('pauseNode', { params: { id: 'resumed' } })
    },
    id: 'resumed',
  },
  adoptUnit: { body: { name: 'at-its-site', serial: 'SN-at-its-site' } },
  adoptNode: {
    before: async (site) => {
      await site.api('patchSite', { body: { unknownPolicy: 'hold' } })
      await bootAgent(site.open, { serial: 'SN-adopted' })
    },
    id: 'SN-adopted',
    body: {},
  },
  holdNode: { before: (site) => node(site, 'held'), id: 'held', body: { reason: 'waits for a part' } },
  releaseNode: {
    before: async (site) =>
      site.api('holdNode', { params: { id: (await node(site, 'released')).id }, body: { reason: 'for a while' } }),
    id: 'released',
  },
  forgetNode: {
    before: async (site) => {
      const { id } = await node(site, 'forgotten')
      await fillIdentifiers(site.db, id, { macs: [mac('0f')] }, 'machine')
    },
    id: 'forgotten',
  },
  mergeNode: {
    before: async (site) => {
      await node(site, 'merged')
      await site.api('addNode', { body: { name: 'other', macs: [mac('01')] } })
    },
    id: 'merged',
    body: { from: 'other', reason: 'one machine' },
  },
  claimNode: {
    before: (site) => node(site, 'claimed'),
    id: 'claimed',
    body: { mac: mac('03'), reason: 'the one on the left' },
  },
  splitNode: {
    before: (site) => site.api('addNode', { body: { name: 'split', serial: 'SN-split', macs: [mac('02')] } }),
    id: 'split',
    body: { identifiers: { macs: [mac('02')] }, reason: 'two machines' },
  },
  bulkNodes: {
    before: (site) => node(site, 'of-many'),
    body: { select: { filter: 'name = of-many' }, action: 'hold', reason: 'all of them' },
  },
  applyNodes: { body: { nodes: [{ name: 'applied', serial: 'SN-applied' }] } },
  cancelImport: {
    before: async (site) => {
      const rawBody = new ReadableStream({ start: (body) => body.enqueue(Buffer.from('Serial\n')) })
      const query = { id: theImport }
      site.api('importNodes', { query }, { rawBody, contentType: 'text/csv' }).catch(() => {})
      await until(async () => (await site.api('getImport', { params: query }).catch(() => null))?.bytes)
    },
    id: theImport,
  },
  importNodes: { body: 'Serial\nSN-imported\n', type: 'text/csv' },
  addWebhook: { body: { name: 'hook', url: 'http://127.0.0.1:9/' } },
  patchWebhook: { before: webhook('hook1'), id: 'hook1', body: { kinds: ['run.*'] } },
  deleteWebhook: { before: webhook('hook2'), id: 'hook2' },
  testWebhook: { before: webhook('hook3'), id: 'hook3' },
  undoImport: {
    before: (site) =>
      site.api(
        'importNodes',
        { query: { id: theUndone } },
        { rawBody: new Blob(['Serial\nSN-undone\n']), contentType: 'text/csv' },
      ),
    id: theUndone,
  },
  addKey: { body: { name: 'ci', role: 'viewer' } },
  deleteKey: { id: 'viewer' },
}

/** Replaces the whole registry, its audit log too, and writes into the new one: looked at in its own test. */
const ELSEWHERE = new Set(['restoreBackup'])
/** They only show what a template, or a config-file, comes to. */
const ONLY_LOOKS = new Set(['checkWorkflow', 'renderWorkflow', 'checkConfig'])
/** Nothing of the site's is changed by it; that a browser signed in is on record all the same (session.test.ts). */
const SIGNS_IN = new Set(['signIn', 'signOut'])
/** A file on its way is nothing of the registry's until it is finished. */
const ON_ITS_WAY = new Set(['beginUpload', 'sendUpload', 'deleteUpload'])

const changing = (Object.entries(routes) as [string, Route][]).filter(
  ([name, { listener, method }]) =>
    listener === 'admin' &&
    method !== 'GET' &&
    ![ELSEWHERE, ON_ITS_WAY, ONLY_LOOKS, SIGNS_IN].some((set) => set.has(name)),
)

await t.test('every change by REST is in the audit log, with who, and on the event stream', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const disk = join(site.dataDir, 'disk.raw')
  writeFileSync(disk, anImage)
  const newest = async () => Number((await site.api('listAudit', { query: { pageSize: 1 } })).items[0]?.id ?? 0)
  for (const [name, route] of changing) {
    const change = changes[name]
    if (!change) {
      t.fail(`${name} changes something; say here how, so that its audit is looked at`)
      continue
    }
    await change.before?.(site)
    const last = await newest()
    const lastEvent = (await site.db.event.aggregate({ _max: { id: true } }))._max.id ?? 0n
    const { body } = change
    const response = await fetch(
      new URL(`${route.path.replace(':id', change.id ?? '')}${change.query ?? ''}`, site.admin),
      {
        method: route.method,
        headers: {
          authorization: `Bearer ${site.keys.admin}`,
          ...(body === undefined ? {} : { 'content-type': change.type ?? 'application/json' }),
        },
        ...(body === undefined
          ? {}
          : {
              body:
                typeof body === 'string' || Buffer.isBuffer(body)
                  ? (body as string)
                  : JSON.stringify(body).replace('DISK', disk),
            }),
      },
    )
    t.equal(response.status, route.status ?? 200, `${name}: ${response.ok ? '' : await response.text()}`)
    const { items } = await site.api('listAudit', { query: { filter: 'actor = admin' } })
    const after = items.filter(({ id }) => Number(id) > last)
    t.ok(after.length > 0, `${name} is audited`)
    t.ok(
      after.every((entry) => entry.before !== null || entry.after !== null),
      `${name}: before, after or both`,
    )
    const told = await eventsBetween(site.db, { after: lastEvent, upTo: 2n ** 62n, limit: 10 }, {})
    t.ok(
      told.some(({ kind }) => !/^(dhcp|tftp|boot|agent)\./.test(kind)),
      `${name} is told: ${told.map(({ kind }) => kind).join(' ')}`,
    )
    for (const entry of after) {
      t.match(entry, { actor: 'admin', action: /^[a-z]+\.[a-z-]+$/, subject: isId }, name)
      t.equal(entry.subjectName === null, entry.action === 'node.import', `${name}: ${entry.subjectName}`)
    }
  }
})

await t.test('one query tells a node’s whole story, whatever it was called', async (t) => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  const { api } = site
  const machine = { serial: 'SN-1', mac: mac('04') }
  const params = { id: 'SN-1' }
  const { id } = await node(site, '1')
  await api('holdNode', { params, body: { reason: 'waits for a part' } })
  await api('releaseNode', { params })
  await api('provisionNode', { params })
  await (await bootAgent(site.open, machine)).action()
  await api('cancelNode', { params })
  await api('patchNode', { params, body: { name: 'till-1' } })
  await api('retryNode', { params, body: { from: 'start' } })
  await finishRun(await bootAgent(site.open, machine))
  await api('reprovisionNode', { params, body: { reason: 'another OS' } })
  await api('addNode', { body: { name: 'other', macs: [mac('01')] } })
  await api('mergeNode', { params, body: { from: 'other', reason: 'one machine' } })
  await api('splitNode', { params, body: { identifiers: { macs: [mac('01')] }, reason: 'two machines' } })
  await api('deleteNode', { params })
  const { items } = await api('listAudit', { query: { filter: `subject = ${id}`, orderBy: 'id' } })
  t.strictSame(
    items.map(({ action, subjectName }) => [action, subjectName]),
    [
      ...['create', 'hold', 'release', 'provision', 'cancel'].map((what) => [`node.${what}`, '1']),
      ...['patch', 'retry', 'reprovision', 'merge', 'split', 'delete'].map((what) => [`node.${what}`, 'till-1']),
    ],
  )
  const named = await api('listAudit', { query: { filter: 'subjectName = till-1 AND action = node.delete' } })
  t.match(named.items, [{ subject: id }], 'and of one that is gone, its last name tells the id')
})
