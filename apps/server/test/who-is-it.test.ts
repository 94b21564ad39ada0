import { MachineIdentity } from '@eims/contracts'
import { findCandidates, normaliseIdentity } from '@eims/registry'
import t, { type Test } from 'tap'
import { importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, type Machine } from './support/machine.ts'
import { addDefaultProfile, addProfile, openSite, rowCounts, type Site } from './support/site.ts'

const { fresh } = await startDatabases(t)
const uuid = '11111111-2222-3333-4444-555555555555'
const mac = '52:54:00:aa:00:01'
const open = async (t: Test): Promise<Site> => {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  return site
}
/** A boot script of eims 0.1, as iPXE puts it into a line of HTTP. */
const oldScript = async (site: Site, texts: string) =>
  (await fetch(`${site.open}/boot/script?mac=&uuid=&arch=x86_64&platform=efi&${texts}`)).text()

await t.test('a maker with & in its name boots, by new scripts and old ones', async (t) => {
  const site = await open(t)
  const manufacturer = 'Kontron S&T AG'
  await addProfile(site.db, 'kiosk')
  const body = { name: 'pos-17', serial: 'K-1', manufacturer, uuid, macs: [mac], profile: 'kiosk' }
  await site.api('addNode', { body })
  t.match(await bootScript(site.open, { serial: 'K-1', manufacturer, uuid, mac }), /installs profile kiosk/)
  t.match(await bootScript(site.open, { serial: 'K-1', manufacturer }), /installs profile kiosk/)
  t.match(await oldScript(site, 'serial=K-1&manufacturer=Kontron%20S&T%20AG&product=Box'), /installs profile kiosk/)
  await site.db.node.updateMany({ data: { netbootPolicy: 'local' } })
  t.match(
    await bootScript(site.open, { serial: 'K-1', manufacturer, uuid, mac }),
    /pos-17 is to boot its own disk\nexit 1/,
  )
})

await t.test('a serial with & never gets the decision of what stands before it', async (t) => {
  const site = await open(t)
  await site.api('addNode', { body: { name: 'first', serial: 'SN-0001', netbootPolicy: 'denied' } })
  t.match(await bootScript(site.open, { serial: 'SN-0001' }), /first may not boot/)
  t.match(await bootScript(site.open, { serial: 'SN-0001&X' }), /installs profile debian/)
  t.match(await oldScript(site, 'serial=SN-0001&X&manufacturer=&product='), /installs profile debian/)
  t.match(await oldScript(site, 'serial=SN-0001&manufacturer=&product='), /first may not boot/)
})

await t.test('any printable serial is found', async (t) => {
  const site = await open(t)
  const serial = 'AB+CD/E F%41=H#I?J'
  await site.api('addNode', { body: { name: 'odd', serial, netbootPolicy: 'denied' } })
  t.match(await bootScript(site.open, { serial }), /odd may not boot/)
  t.match(await oldScript(site, 'serial=AB+CD/E%20F%2541=H%23I?J&manufacturer=&product='), /odd may not boot/)
})

await t.test('a maker spelt in another way quarantines nobody', async (t) => {
  const site = await open(t)
  await addProfile(site.db, 'kiosk')
  const body = { serial: 'K-1', manufacturer: 'Kontron Europe', uuid, macs: [mac], profile: 'kiosk' }
  const { id } = await site.api('addNode', { body })
  const agent = await bootAgent(site.open, { serial: 'K-1', manufacturer: 'Kontron S&T AG', uuid, mac })
  t.equal(agent.nodeId, id)
  t.match(await agent.next(), { kind: 'action' })
})

await t.test('where only the serial tells and the maker is another, it waits and names the node', async (t) => {
  const site = await open(t)
  await addProfile(site.db, 'kiosk')
  const body = { name: 'pos-17', serial: 'K-1', manufacturer: 'Kontron Europe', profile: 'kiosk' }
  const { id } = await site.api('addNode', { body })
  const machine: Machine = { serial: 'K-1', manufacturer: 'Kontron S&T AG', uuid, mac }
  t.match(await bootScript(site.open, machine), /quarantined: its serial K-1 is pos-17's, .*Kontron Europe/)
  const agent = await bootAgent(site.open, machine)
  const why = {
    code: 'identity-other-maker',
    slots: { serial: 'K-1', said: 'Kontron S&T AG', claims: [{ node: 'pos-17', maker: 'Kontron Europe' }] },
  }
  t.match(await agent.next(), {
    kind: 'wait',
    reason: { code: 'quarantined', slots: { why, candidates: ['pos-17'] } },
  })
  t.match(await rowCounts(site), { node: 1, run: 0, instance: 0 })
  for (const query of [{ mac }, { node: 'pos-17' }])
    t.match((await site.api('diagnosis', { query })).remedy.slice(0, 2), [
      'If it is pos-17: ./eims nodes set pos-17 --manufacturer "Kontron S&T AG"',
      'If it is another machine: ./eims nodes add NAME --serial "K-1" --manufacturer "Kontron S&T AG"',
    ])
  await t.test('the first remedy', async (t) => {
    await site.api('patchNode', { params: { id }, body: { manufacturer: 'Kontron S&T AG' } })
    t.match(await bootScript(site.open, machine), /installs profile kiosk/)
    await site.api('patchNode', { params: { id }, body: { manufacturer: 'Kontron Europe' } })
  })
  await site.api('addNode', { body: { name: 'pos-18', serial: 'K-1', manufacturer: 'Kontron S&T AG' } })
  t.match(await bootAgent(site.open, machine), { nodeName: 'pos-18' }, 'the second')
})

await t.test('a serial that is not ASCII is the same for firmware, agent, file and REST', async (t) => {
  const site = await open(t)
  const spelt = ['ÄB-1', 'A\u0308B-1', 'äb-1', ' ÄB-1 ']
  await site.api('addNode', { body: { name: 'by-rest', serial: 'A\u0308b-1', netbootPolicy: 'denied' } })
  for (const serial of spelt) t.match(await bootScript(site.open, { serial }), /by-rest may not boot/)
  t.match(await oldScript(site, 'serial=%C4B-1&manufacturer=&product='), /by-rest may not boot/, 'Latin-1')
  t.match(await oldScript(site, 'serial=%C3%84B-1&manufacturer=&product='), /by-rest may not boot/, 'UTF-8')
  for (const text of spelt) {
    const { name, serial } = await site.api('getNode', { params: { id: text } })
    t.strictSame([name, serial], ['by-rest', 'Äb-1'])
  }

  const latin1 = Buffer.from('Serial,Name\nÖB-2,by-file\n', 'latin1')
  t.match(await importCsv(site, latin1), { created: 1 })
  t.match(await importCsv(site, 'Serial\nO\u0308b-2\n'), { created: 0 })
  const agent = await bootAgent(site.open, { serial: 'öB-2' })
  t.equal(agent.nodeName, 'by-file')
  const machine = normaliseIdentity(MachineIdentity.parse({ serial: 'ÖB-2' }))
  t.equal((await findCandidates(site.db, machine)).length, 1)
  t.match(await site.api('diagnosis', { query: { serial: 'ÖB-2' } }), { node: { name: 'by-file' } })
})

await t.test('a machine that nobody registered is called after what a host name can hold', async (t) => {
  const site = await open(t)
  t.match(await bootAgent(site.open, { serial: 'Größe-7' }), { nodeName: 'node-gro-e-7' })
  t.match(await bootAgent(site.open, { serial: '序列号', mac }), { nodeName: 'node-525400aa0001' })
})
