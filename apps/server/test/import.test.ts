import { NodeInput } from '@eims/contracts'
import { createAccount, createNode, ensureSite } from '@eims/registry'
import t from 'tap'
import { codes, getText, importCsv } from './support/csv.ts'
import { startDatabases } from './support/databases.ts'
import { addProfile, openSite, rowCounts } from './support/site.ts'

const databases = await startDatabases(t)

await t.test('a file of EIM’s tool, whatever its Error column says', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addProfile(site.db, 'ubuntu')
  await addProfile(site.db, 'secure', { securityFeature: 'secure-boot-and-full-disk-encryption' })
  await createAccount(site.db, { name: 'ops', userName: 'ops', sshKeys: [] })
  const file = [
    'Serial,UUID,OSProfile,Site,Secure,RemoteUser,Metadata,Error - do not fill',
    'ABC-12.3_4/5 6,4c4c4544-0044-4210-8031-c2c04f445831,ubuntu,Default,false,ops,rack=a1&row=7,Invalid Site;',
    'XYZ98765,,secure,,true,,,',
    '',
  ].join('\r\n')
  const report = await importCsv(site, file, { file: 'machines.csv' })
  t.match(report, {
    committed: true,
    rows: 2,
    created: 2,
    failed: 0,
    problems: [],
    unknownColumns: [],
    errorFile: null,
  })
  const node = await site.api('getNode', { params: { id: 'abc-12.3_4/5 6' } })
  t.match(node, {
    name: 'node-abc-12-3-4-5-6',
    serial: 'ABC-12.3_4/5 6',
    uuid: '4c4c4544-0044-4210-8031-c2c04f445831',
    profile: 'ubuntu',
    account: 'ops',
    metadata: { rack: 'a1', row: '7' },
    registered: true,
    status: { reason: { code: 'registered', text: 'registered' } },
  })
  const { events } = await site.api('nodeTimeline', { params: { id: node.id } })
  t.match(events, [{ kind: 'node.registered', message: /^Registered as node-abc-12-3-4-5-6 by operator: serial ABC/ }])
  const [entry] = await site.db.audit.findMany({ where: { action: 'node.import' } })
  t.match(entry, {
    actor: 'operator',
    subject: report.id,
    subjectName: 'machines.csv',
    after: { sha256: report.file.sha256, counts: { created: 2 } },
  })

  const before = await rowCounts(site)
  t.match(await importCsv(site, file), { committed: true, created: 0, updated: 0, unchanged: 2, failed: 0 })
  t.same(await rowCounts(site), before, 'a second time changes nothing, and says nothing about it')
})

await t.test('every mistake of a file in one pass, and nothing written', async (t) => {
  const site = await openSite(t, await databases.fresh(t))
  await addProfile(site.db, 'ubuntu')
  const { id: siteId } = await ensureSite(site.db)
  const known = { serial: 'KNOWN-1', macs: ['52:54:00:00:00:77'], name: 'old-one' }
  await createNode(site.db, { input: NodeInput.parse(known), registered: true, actor: 'ann', siteId })
  const file = [
    'serial;mac;uuid;name;osprofile;site;secure;remoteuser;metadata;disk;batch;Colour',
    'SN-1;52:54:00:00:00:01;;one;ubuntu;;;;;;;red',
    'sn-1;;;;;;;;;;;',
    ';;;;;;;;;;;blue',
    'To be filled by O.E.M.;00:00:00:00:00:00;ffffffff-ffff-ffff-ffff-ffffffffffff;;;;;;;;;',
    '1.23457E+15;52:54:0;nonsense;bad_name!;debian;mars;perhaps;nobody;a;match=x&foo=y;-x;',
    'SN-7;;;;ubuntu;;true;;;;;',
    'KNOWN-2;52:54:00:00:00:77;;;;;;;;;;',
    'SN-9;;;old-one;;;;;;;;',
    'SN-10;52-54-00-00-00-0A 5254.0000.000b;;one;;;;;;;;',
    'KNOWN-1;;;new-name;;;;;;;;',
  ].join('\n')
  const before = await rowCounts(site)
  const report = await importCsv(site, file)
  t.match(report, { committed: false, rows: 10, failed: 9, created: 1, unknownColumns: ['Colour'] })
  t.same(codes(report), [
    '3 serial duplicate-in-file',
    '4  no-identifier',
    '5 mac placeholder',
    '5 serial placeholder',
    '5 uuid placeholder',
    '6 serial invalid-serial',
    '6 uuid invalid-uuid',
    '6 mac invalid-mac',
    '6 name invalid-name',
    '6 osprofile unknown-profile',
    '6 batch invalid-batch',
    '6 remoteuser unknown-account',
    '6 disk invalid-disk',
    '6 metadata invalid-metadata',
    '6 site other-site',
    '6 secure invalid-secure',
    '7 secure not-secure',
    '8 serial identity-conflict',
    '9 name name-taken',
    '10 name duplicate-in-file',
    '11  already-registered',
  ])
  t.match(report.problems[0], { value: 'sn-1', message: 'stands in row 2 of this file, too' })
  t.match(report.problems.at(-1), { message: /node old-one, with another name/ })
  t.same(await rowCounts(site), before)
  const { text } = await getText(site, report.errorFile!)
  const lines = text.split('\n')
  t.equal(lines[0], `${file.split('\n')[0]};Error - do not fill`)
  t.equal(lines[1], 'SN-1;52:54:00:00:00:01;;one;ubuntu;;;;;;;red;')
  t.equal(lines[2], 'sn-1;;;;;;;;;;;;serial: stands in row 2 of this file, too')
  t.equal(lines.length, 12, 'all rows, for none was imported')
})
