import { setTimeout as sleep } from 'node:timers/promises'
import type { Site } from '@eims/contracts'
import type { NetbootException } from '@eims/registry'
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
  await sleep(100)
  t.match(snapshot.gate.of(mac), { kind: 'refused', reason: { code: 'netboot-denied' } })
  t.equal(snapshot.site().userClass, 'Other')
})

await t.test('while the database is away the last one stays', async (t) => {
  let answer: () => Promise<ReturnType<typeof known>> = async () => known([denied])
  await using snapshot = await watchSite({ load: () => answer(), everyMs: 10, log })
  answer = () => Promise.reject(new Error('connection refused'))
  await snapshot.reload()
  await sleep(50)
  t.match(snapshot.gate.of(mac), { kind: 'refused', reason: { code: 'netboot-denied' } })
  answer = async () => known([])
  await sleep(100)
  t.equal(snapshot.gate.of(mac), null, 'and afterwards it goes on')
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
  await sleep(20)
  slow.resolve(known([]))
  await before
  await after
  t.match(snapshot.gate.of(mac), { kind: 'refused', reason: { code: 'netboot-denied' } })
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
