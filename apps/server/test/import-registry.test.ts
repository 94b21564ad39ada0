import { NodeInput } from '@eims/contracts'
import { createNode, ensureSite } from '@eims/registry'
import t from 'tap'
import { codes, getText, importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { addDefaultProfile, addProfile, openSite, rowCounts, type Site } from './support/site.ts'

const databases = await startDatabases(t)

async function add(site: Site, input: object, registered = true) {
  const { id: siteId } = await ensureSite(site.db)
  return createNode(site.db, { input: NodeInput.parse(input), registered, actor: 'ann', siteId })
}

const nodesOf = async (site: Site) => (await site.api('listNodes', { query: {} })).items

await t.test('row by row, an import judges as registering one machine does', async (t) => {
  const known = [
    {
      name: 'full',
      serial: 'S-1',
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
      macs: ['52:54:00:00:00:01'],
      manufacturer: 'Dell Inc.',
    },
    { name: 'serial', serial: 'S-2', manufacturer: 'HPE' },
    { name: 'nobody', serial: 'S-3' },
    { name: 'mac', macs: ['52:54:00:00:00:04'] },
  ]
  // serial, uuid, mac, manufacturer -> whether createNode takes it beside `known`
  const rows = [
    ['S-9', '', '', ''],
    ['s-1', '', '', ''],
    ['S-1', '', '', 'DELL'],
    ['S-1', '', '', 'HP'],
    ['S-2', '', '', 'Hewlett Packard Enterprise'],
    ['S-2', '', '', 'Lenovo'],
    ['S-2', '', '', ''],
    ['S-3', '', '', 'Lenovo'],
    ['', '33221100-5544-7766-8899-AABBCCDDEEFF', '', ''],
    ['S-8', '33221100-5544-7766-8899-AABBCCDDEEFF', '', ''],
    ['S-8', '', '52-54-00-00-00-01', ''],
    ['S-8', '', '52-54-00-00-00-04', ''],
    ['S-1', '', '52-54-00-00-00-04', ''],
    ['S-1', '99112233-4455-6677-8899-aabbccddeeff', '', ''],
    ['', '99112233-4455-6677-8899-aabbccddeeff', '52:54:00:00:00:09', ''],
  ]
  const site = await openSite(t, await databases.fresh(t))
  for (const input of known) await add(site, input)
  for (const [serial = '', uuid = '', mac = '', manufacturer = ''] of rows) {
    const text = `serial,uuid,mac,manufacturer,name\n${[serial, uuid, mac, manufacturer].join(',')},probe\n`
    const report = await importCsv(site, text, { dryRun: 'true' })
    const input = {
      name: 'probe',
      macs: mac ? [mac] : [],
      ...(serial && { serial }),
      ...(uuid && { uuid }),
      ...(manufacturer && { manufacturer }),
    }
    const taken = await site.engine.registry
      .transaction(async (tx) => {
        await createNode(tx, {
          input: NodeInput.parse(input),
          registered: true,
          actor: 'ann',
          siteId: (await ensureSite(tx)).id,
        })
        throw new Error('taken')
      })
      .catch((error: Error) => error.message === 'taken')
    t.equal(report.created === 1, taken, `${text.split('\n')[1]} ${JSON.stringify(codes(report))}`)
  }
})

await t.test('of two makers with one serial each has its own node, also within a file', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = 'serial,manufacturer\nA-1,Dell\nA-1,HP\nA-1,dell inc.\nA-1,\n'
  t.same(codes(await importCsv(site, file)), ['4 serial duplicate-in-file', '5 serial duplicate-in-file'])
  t.match(await importCsv(site, file, { mode: 'partial' }), { created: 2, failed: 2, committed: true })
  t.same(
    (await nodesOf(site)).map(({ name, manufacturer }) => [name, manufacturer]),
    [
      ['node-a-1', 'Dell'],
      ['node-a-1-2', 'HP'],
    ],
  )
  t.match(await importCsv(site, 'serial,manufacturer\nA-1,Lenovo\nA-1,HPE\n'), { created: 1, unchanged: 1 })
  await t.rejects(add(site, { serial: 'A-1', manufacturer: 'Dell' }), { code: 'already-exists' })
})

await t.test('names that are not given are made, and avoid each other, the file’s and the registry’s', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await add(site, { name: 'node-b-1', serial: 'other' })
  const long = 'L'.repeat(80)
  const file = `serial,name\nB.1,\nB_1,\nB/1,node-b-1-3\nC-1,\n${long}1,\n${long}2,\n`
  t.match(await importCsv(site, file), { created: 6, failed: 0 })
  const names = (await nodesOf(site)).map(({ name }) => name).sort()
  const stem = `node-${'l'.repeat(58)}`
  t.same(
    names,
    ['node-b-1', 'node-b-1-3', 'node-b-1-4', 'node-b-1-5', 'node-c-1', `${stem.slice(0, 55)}-2`, stem].sort(),
  )
})

await t.test('machines that appeared by themselves are taken over, with their names and what they said', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addProfile(site.db, 'ubuntu')
  const node = await add(site, { serial: 'D-1', macs: ['52:54:00:00:00:0d'], manufacturer: 'Supermicro' }, false)
  const report = await importCsv(
    site,
    'mac,uuid,osprofile,batch\n52:54:00:00:00:0d,00112233-4455-6677-8899-aabbccddeeff,ubuntu,lot-7\n',
  )
  t.match(report, { created: 1, newBatches: ['lot-7'], problems: [] })
  t.match(await nodesOf(site), [
    {
      id: node.id,
      name: node.name,
      registered: true,
      serial: 'D-1',
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
      profile: 'ubuntu',
      batch: 'lot-7',
      manufacturer: 'Supermicro',
    },
  ])
  const { events } = await site.api('nodeTimeline', { params: { id: node.id } })
  t.match(events.at(-1), {
    kind: 'node.registered',
    message: `Taken over as ${node.name} by operator: mac 52:54:00:00:00:0d, uuid 00112233-4455-6677-8899-aabbccddeeff`,
  })
})

await t.test(
  'registered machines: fail, skip or update, and nothing is said of those without a difference',
  async (t) => {
    const site = await openSite(t, await databases.fresh(t))
    await addProfile(site.db, 'a')
    await addProfile(site.db, 'b')
    await add(site, { serial: 'E-1', profile: 'a', metadata: { rack: '1', shelf: '9' } })
    await add(site, { serial: 'E-2', profile: 'b' })
    const file = 'serial,mac,osprofile,metadata,disk\nE-1,52:54:00:00:00:0e,b,rack=2,smallest\nE-2,,b,,\nE-3,,b,,\n'
    const fail = await importCsv(site, file, { mode: 'partial' })
    t.match(fail, { committed: true, created: 1, unchanged: 1, failed: 1 })
    t.match(fail.problems, [
      {
        row: 2,
        code: 'already-registered',
        message: /node node-e-1, with another profile, disk, metadata, identifiers/,
      },
    ])
    t.match(await importCsv(site, file, { onExisting: 'skip' }), {
      committed: true,
      skipped: 1,
      unchanged: 2,
      failed: 0,
    })
    const before = await rowCounts(site)
    t.match(await importCsv(site, file, { onExisting: 'update', dryRun: 'true' }), { committed: false, updated: 1 })
    t.same(await rowCounts(site), before, 'a dry run writes nothing')
    t.match(await importCsv(site, file, { onExisting: 'update' }), { committed: true, updated: 1, unchanged: 2 })
    const [node] = await nodesOf(site)
    t.match(node, {
      profile: 'b',
      macs: ['52:54:00:00:00:0e'],
      metadata: { rack: '2', shelf: '9' },
      disk: { prefer: 'smallest' },
    })
    t.match(await importCsv(site, file), { unchanged: 3, problems: [] })
  },
)

await t.test('what is said for all rows goes before their cells; a bad word of it is refused at once', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addDefaultProfile(site.db, 'a', { securityFeature: 'secure-boot-and-full-disk-encryption' })
  await addProfile(site.db, 'b')
  const file = 'serial,osprofile,site,secure,metadata\nF-1,nothing,mars,true,x=1\nF-2,,,,\n'
  const query = { profile: 'b', site: 'Default', secure: 'false', metadata: 'y=2', batch: 'lot' }
  t.match(await importCsv(site, file, query), { created: 2, newBatches: ['lot'] })
  t.match(await nodesOf(site), [
    { profile: 'b', metadata: { y: '2' }, batch: 'lot' },
    { profile: 'b', metadata: { y: '2' } },
  ])
  await t.rejects(importCsv(site, file, { profile: 'c', secure: 'maybe' }), {
    code: 'invalid-input',
    fields: [{ path: 'query.profile' }, { path: 'query.secure' }],
  })
  t.match(
    await importCsv(site, 'serial,secure\nF-3,true\n'),
    { created: 1 },
    'the site’s default profile has the feature',
  )
})

await t.test('an error file, mended, is fed in as it is; in partial mode it holds the rows that failed', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  const file = Buffer.from('serial;name;Bemerkung\r\nG-1;one;"schön; gut"\r\n;two;"a\r\nb"\r\nG-3;one;\r\n', 'latin1')
  const first = await importCsv(site, file, { mode: 'partial' })
  t.match(first, {
    created: 1,
    failed: 2,
    unknownColumns: ['Bemerkung'],
    file: { encoding: 'windows-1252', separator: ';' },
  })
  const { text } = await getText(site, first.errorFile!)
  t.equal(
    text,
    '\uFEFFserial;name;Bemerkung;Error - do not fill\r\n;two;"a\nb";needs a serial, a UUID or a MAC\r\nG-3;one;;name: stands in row 2 of this file, too\r\n',
  )
  const mended = text.replace('\r\n;two', '\r\nG-2;two').replace('G-3;one', 'G-3;three')
  t.match(await importCsv(site, mended), { created: 2, failed: 0, committed: true })
})

await t.test('an export is imported again unchanged, and elsewhere', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addProfile(site.db, 'a', { securityFeature: 'secure-boot-and-full-disk-encryption' })
  await importCsv(
    site,
    'serial,mac,osprofile,batch,metadata,disk,product\n\'=H-1,52:54:00:00:00:1a 52:54:00:00:00:1b,a,lot,"a=1,2&b=x",match=/dev/sd*&prefer=largest,"24"" thing"\nH-2,,,,,,@home\n',
  )
  await add(site, { serial: 'unregistered' }, false)
  const { text } = await getText(site, '/api/v1/export.csv')
  t.same(text.split('\n'), [
    'Serial,UUID,OSProfile,Site,Secure,RemoteUser,Metadata,MAC,Name,Batch,Manufacturer,Product,Disk,Installed,Error - do not fill',
    `'=H-1,,a,,true,,"a=1,2&b=x",52:54:00:00:00:1a;52:54:00:00:00:1b,node--h-1,lot,,"24"" thing",match=/dev/sd*&prefer=largest,,`,
    `H-2,,,,,,,,node-h-2,,,'@home,,,`,
    '',
  ])
  const before = await rowCounts(site)
  t.match(await importCsv(site, text, { onExisting: 'update' }), { unchanged: 2, failed: 0 })
  t.same(await rowCounts(site), before)
  t.equal((await getText(site, '/api/v1/export.csv?batch=lot')).text.split('\n').length, 3)
  t.equal((await getText(site, '/api/v1/export.csv?filter=serial%3DH-2')).text.split('\n').length, 3)
  t.equal((await getText(site, '/api/v1/export.csv?filter=registered%3Dfalse')).text.split('\n').length, 3)
  t.equal((await getText(site, '/api/v1/export.csv?batch=none')).status, 404)
  t.equal((await getText(site, '/api/v1/export.csv?filter=%3D')).status, 400)

  const other = await openSite(t, await databases.fresh(t))
  await addProfile(other.db, 'a', { securityFeature: 'secure-boot-and-full-disk-encryption' })
  t.match(await importCsv(other, text), { created: 2, newBatches: ['lot'] })
  t.equal((await getText(other, '/api/v1/export.csv')).text, text)
})
