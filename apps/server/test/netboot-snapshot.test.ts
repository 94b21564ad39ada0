import { setImmediate as turn } from 'node:timers/promises'
import type { Site } from '@eims/contracts'
import { until } from '@eims/lab'
import type { NetbootException, StoredNode } from '@eims/registry'
import { pino } from 'pino'
import t from 'tap'
import { watchSite } from '../src/netboot/site-snapshot.ts'
import { startDatabases } from './support/databases.ts'
import { openSite } from './support/site.ts'

const log = pino({ level: 'silent' })
const mac = '52:54:00:aa:00:01'
const denied: NetbootException = {
  name: 'a',
  state: 'ONBOARDED',
  netbootPolicy: 'denied',
  bootFile: null,
  secureBoot: null,
  manufacturer: null,
  product: null,
  macs: [mac],
  uuids: [],
}
const known = (exceptions: NetbootException[], userClass = 'Tinkerbell') => ({
  site: { userClass } as Site,
  exceptions,
})

await t.test('what another server of the site changed counts soon', async (t) => {
  let now = known([])
  await using snapshot = await watchSite({ load: async () => now, everyMs: 10, log })
  t.equal(snapshot.gate.of(mac), null)
  now = known([denied], 'Other')
  await until(() => snapshot.gate.of(mac))
  t.match(snapshot.gate.of(mac), { kind: 'refused', reason: { code: 'netboot-denied' } })
  t.equal(snapshot.site().userClass, 'Other')
})

await t.test('while the database is away the last one stays', async (t) => {
  let answer: () => Promise<ReturnType<typeof known>> = async () => known([denied])
  await using snapshot = await watchSite({ load: () => answer(), everyMs: 10, log })
  let refused = 0
  answer = () => Promise.reject(new Error(`connection refused ${++refused}`))
  await snapshot.reload()
  await until(() => refused > 3)
  t.match(snapshot.gate.of(mac), { kind: 'refused', reason: { code: 'netboot-denied' } })
  answer = async () => known([])
  await until(() => snapshot.gate.of(mac) === null)
  t.pass('and afterwards it goes on')
  await t.rejects(watchSite({ load: () => Promise.reject(new Error('no database')), log }), /no database/)
})

await t.test('a reading that began before a change does not hide it', async (t) => {
  const [slow, quick] = [Promise.withResolvers<ReturnType<typeof known>>(), known([denied])]
  const readings = [Promise.resolve(known([])), slow.promise, Promise.resolve(quick)]
  await using snapshot = await watchSite({
    load: () => readings.shift() ?? Promise.resolve(quick),
    everyMs: 60_000,
    log,
  })
  const [before, after] = [snapshot.reload(), snapshot.reload()]
  // The second reading has its answer at once: had it begun, it would have ended by the next turn.
  await turn()
  slow.resolve(known([]))
  await before
  await after
  t.match(snapshot.gate.of(mac), { kind: 'refused', reason: { code: 'netboot-denied' } })
})

await t.test('those who come during a reading share the next one', async (t) => {
  const readings: PromiseWithResolvers<ReturnType<typeof known>>[] = []
  const load = () => {
    readings.push(Promise.withResolvers())
    return readings.at(-1)!.promise
  }
  const started = watchSite({ load, everyMs: 60_000, log })
  readings[0]!.resolve(known([]))
  await using snapshot = await started
  const all = Array.from({ length: 16 }, () => snapshot.reload())
  t.equal(readings.length, 2)
  readings[1]!.resolve(known([]))
  await all[0]
  await turn()
  t.equal(readings.length, 3)
  readings[2]!.resolve(known([denied]))
  await Promise.all(all)
  t.equal(readings.length, 3)
  t.match(snapshot.gate.of(mac), { kind: 'refused' })
})

await t.test('a node that was added is read when it is, or was, answered otherwise, and only then', async (t) => {
  let loads = 0
  const siteOf = (bootFiles: object[], secureBootModels: object[]) =>
    ({ bootFiles, secureBootModels }) as unknown as Site
  let now = { ...known([denied]), site: siteOf([], []) }
  const load = async () => {
    loads++
    return now
  }
  await using snapshot = await watchSite({ load, everyMs: 60_000, log })
  const plain = {
    netbootPolicy: 'allowed',
    state: 'REGISTERED',
    bootFile: null,
    secureBoot: null,
    product: 'NUC',
    macs: [],
    uuid: null,
  }
  const isRead = async (node: object) => {
    const before = loads
    await snapshot.reload({ ...plain, ...node } as unknown as StoredNode)
    return loads > before
  }
  t.notOk(await isRead({ macs: ['52:54:00:aa:00:02'], uuid: '00112233-4455-6677-8899-aabbccddeeff' }))
  t.ok(await isRead({ netbootPolicy: 'local' }))
  t.ok(await isRead({ state: 'UNTRUSTED' }))
  t.ok(await isRead({ bootFile: 'ipxe.efi' }))
  t.ok(await isRead({ secureBoot: 'on' }))
  t.ok(await isRead({ macs: ['52:54:00:aa:00:02', mac] }), 'it was another one before')
  now = { ...known([]), site: siteOf([{ product: 'nuc*', file: 'a' }], []) }
  await snapshot.reload()
  t.ok(await isRead({}), 'the site has a file for products')
  t.notOk(await isRead({ product: null }))
  now = { ...known([]), site: siteOf([], [{ product: 'nuc*', secureBoot: 'on' }]) }
  await snapshot.reload()
  t.ok(await isRead({}), 'or a word about Secure Boot')
})

const { fresh } = await startDatabases(t)

await t.test('a change here counts before its reply, on nodes and on the site', async (t) => {
  const site = await openSite(t, await fresh(t))
  await site.api('addNode', { body: { name: 'pos-17', macs: [mac], netbootPolicy: 'denied', product: 'NUC 13' } })
  t.match(site.gate.of(mac), { kind: 'refused', reason: { code: 'netboot-denied' } })
  await site.api('patchNode', { params: { id: 'pos-17' }, body: { netbootPolicy: 'local' } })
  t.match(site.gate.of(mac), { kind: 'local-disk', reason: { code: 'netboot-local' } })
  await site.api('patchNode', { params: { id: 'pos-17' }, body: { netbootPolicy: 'allowed' } })
  t.equal(site.gate.find(mac), null)
  await site.api('patchSite', { body: { bootFiles: [{ product: 'nuc *', file: 'ipxe-amd64.efi' }] } })
  t.match(site.gate.find(mac), { name: 'pos-17', netbootPolicy: 'allowed' })
  t.equal(site.gate.of(mac), null)
  await site.db.node.updateMany({ data: { state: 'UNTRUSTED' } })
  await site.api('patchSite', { body: { bootFiles: [] } })
  t.match(site.gate.of(mac), { kind: 'refused', reason: { code: 'untrusted' } }, 'also without a word of its own')
  await site.api('deleteNode', { params: { id: 'pos-17' } })
  t.equal(site.gate.find(mac), null)
})
