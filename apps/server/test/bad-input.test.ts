import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@eims/contracts'
import { until } from '@eims/lab'
import t from 'tap'
import { startDatabases } from './support/databases.ts'
import { bootAgent, bootScript, fetchSite, inventory, newAgentKey } from './support/machine.ts'
import { type Bad, refusesAll } from './support/refusals.ts'
import { sampleDisk } from './support/sample-disk.ts'
import { addDefaultProfile, openSite, rowCounts } from './support/site.ts'

const { fresh } = await startDatabases(t)

const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) })

async function filled(t: Parameters<typeof openSite>[0]) {
  const site = await openSite(t, await fresh(t))
  await addDefaultProfile(site.db)
  await site.api('addNode', { body: { name: 'one', serial: 'SN-1', profile: 'debian' } })
  await site.api('addNode', { body: { name: 'two', macs: ['52:54:00:aa:00:02'] } })
  return site
}

await t.test('bodies that are none', async (t) => {
  const nodes = 'POST /api/v1/nodes'
  await refusesAll(t, await filled(t), [
    { to: nodes, raw: { type: 'application/json', text: '{"serial":' }, code: 'invalid-input', says: /not valid JSON/ },
    { to: nodes, raw: { type: 'application/json', text: '' }, code: 'invalid-input' },
    { to: nodes, raw: { type: 'application/json', text: '{"__proto__":{"a":1}}' }, code: 'invalid-input' },
    { to: nodes, raw: { type: 'application/xml', text: '<node/>' }, code: 'unsupported-media-type' },
    { to: nodes, raw: { type: 'application/octet-stream', text: '{}' }, code: 'unsupported-media-type' },
    { to: nodes, raw: { type: 'text/plain', text: '{"serial":"SN-3"}' }, code: 'unsupported-media-type' },
    { to: nodes, code: 'invalid-input' },
    { to: nodes, body: [], code: 'invalid-input' },
    { to: nodes, body: null, code: 'invalid-input' },
    { to: nodes, body: { serial: 'x'.repeat(2 ** 21) }, code: 'too-large' },
    { to: 'POST /agent/v1/onboard', body: { agentKey: 'x'.repeat(2 ** 21) }, code: 'too-large' },
    { to: 'POST /agent/v1/report', body: { message: 'x'.repeat(2 ** 23) }, code: 'unauthenticated' },
    {
      to: 'POST /api/v1/images/upload?name=new',
      raw: { type: 'application/json', text: '{}' },
      code: 'unsupported-media-type',
    },
    { to: 'POST /api/v1/images/upload?name=new', code: 'unsupported-media-type' },
    { to: 'PATCH /api/v1/nothing', body: {}, code: 'not-found', says: /no PATCH \/api\/v1\/nothing/ },
  ])
})

await t.test('nodes', async (t) => {
  const nodes = 'POST /api/v1/nodes'
  await refusesAll(t, await filled(t), [
    { to: nodes, body: {}, code: 'invalid-input', field: 'body.serial', says: /at least one/ },
    { to: nodes, body: { serial: 5 }, code: 'invalid-input', field: 'body.serial' },
    { to: nodes, body: { serial: ' ' }, code: 'invalid-input', field: 'body.serial' },
    { to: nodes, body: { serial: 'x'.repeat(129) }, code: 'invalid-input', field: 'body.serial', says: /128/ },
    { to: nodes, body: { serial: 'SN-\u0000' }, code: 'invalid-input', field: 'body.serial' },
    { to: nodes, body: { serial: 'SN-3', owner: 'me' }, code: 'invalid-input', says: /owner/ },
    { to: nodes, body: { serial: 'Default string' }, code: 'invalid-input', field: 'body.serial', says: /placeholder/ },
    { to: nodes, body: { uuid: '03000200-0400-0500-0006-000700080009' }, code: 'invalid-input', field: 'body.uuid' },
    { to: nodes, body: { uuid: 'four' }, code: 'invalid-input', field: 'body.uuid' },
    { to: nodes, body: { macs: ['ff:ff:ff:ff:ff:ff'] }, code: 'invalid-input', field: 'body.macs.0' },
    { to: nodes, body: { macs: ['52:54:00:aa:00'] }, code: 'invalid-input', field: 'body.macs.0' },
    { to: nodes, body: { macs: Array(65).fill('52:54:00:aa:00:03') }, code: 'invalid-input', field: 'body.macs' },
    { to: nodes, body: { serial: 'SN-3', name: 'a name' }, code: 'invalid-input', field: 'body.name' },
    {
      to: nodes,
      body: { serial: 'SN-3', profile: 'none' },
      code: 'invalid-input',
      field: 'body.profile',
      says: /none/,
    },
    { to: nodes, body: { serial: 'sn-1' }, code: 'already-exists', says: /sn-1 belongs to node one/ },
    { to: nodes, body: { serial: 'SN-3', macs: ['5254.00aa.0002'] }, code: 'already-exists', says: /node two/ },
    { to: nodes, body: { serial: 'SN-3', name: 'ONE' }, code: 'already-exists', says: /called one/ },
    { to: 'PATCH /api/v1/nodes/one', body: { name: 'two' }, code: 'already-exists' },
    { to: 'PATCH /api/v1/nodes/one', body: { serials: ['SN-9'] }, code: 'invalid-input', says: /serials/ },
    {
      to: 'PATCH /api/v1/nodes/one',
      body: { serial: 'To be filled by O.E.M.' },
      code: 'invalid-input',
      field: 'body.serial',
      says: /placeholder/,
    },
    { to: 'PATCH /api/v1/nodes/one', body: { profile: 'none' }, code: 'invalid-input', field: 'body.profile' },
    { to: 'PATCH /api/v1/nodes/three', body: {}, code: 'not-found', says: /no node three/ },
    { to: 'GET /api/v1/nodes/three%00', code: 'not-found' },
    { to: `GET /api/v1/nodes/${'x'.repeat(300)}`, code: 'invalid-input' },
    { to: 'GET /api/v1/nodes/%E0%A4%A', code: 'invalid-input' },
    { to: 'POST /api/v1/nodes/one/retry', body: { from: 'the middle' }, code: 'invalid-input', field: 'body.from' },
    { to: 'POST /api/v1/nodes/one/retry', body: {}, code: 'wrong-state', says: /no run/ },
    { to: 'POST /api/v1/nodes/one/cancel', code: 'wrong-state' },
    { to: 'POST /api/v1/nodes/one/reprovision', body: {}, code: 'invalid-input', field: 'body.reason' },
    {
      to: 'POST /api/v1/nodes/one/reprovision',
      body: { reason: 'x'.repeat(501) },
      code: 'invalid-input',
      field: 'body.reason',
    },
    { to: 'POST /api/v1/nodes/three/provision', code: 'not-found' },
  ])
})

await t.test('profiles, images and the site', async (t) => {
  const site = await filled(t)
  const [profiles, images] = ['POST /api/v1/profiles', 'POST /api/v1/images']
  const profile = { name: 'new', image: 'debian-image' }
  const taken = join(site.dataDir, 'artifacts/x86_64/vmlinuz')
  const key = 'ssh-ed25519 AAAA'
  await refusesAll(t, site, [
    { to: profiles, body: { name: 'new' }, code: 'invalid-input', field: 'body.image' },
    { to: profiles, body: { ...profile, image: 'none' }, code: 'invalid-input', field: 'body.image', says: /none/ },
    { to: profiles, body: { ...profile, name: 'debian' }, code: 'already-exists' },
    { to: profiles, body: { ...profile, name: '../etc' }, code: 'invalid-input', field: 'body.name' },
    { to: profiles, body: { ...profile, architecture: 'arm64' }, code: 'invalid-input', field: 'body.architecture' },
    { to: profiles, body: { ...profile, finish: 'explode' }, code: 'invalid-input', field: 'body.finish' },
    {
      to: profiles,
      body: { ...profile, kernelArgs: 'a\nchain evil' },
      code: 'invalid-input',
      field: 'body.kernelArgs',
    },
    { to: profiles, body: { ...profile, phoneHomeTimeout: 1 }, code: 'invalid-input', field: 'body.phoneHomeTimeout' },
    { to: profiles, body: { ...profile, cloudConfig: 'users: []' }, code: 'invalid-input', field: 'body.cloudConfig' },
    {
      to: profiles,
      body: { ...profile, networkConfig: 'config: disabled' },
      code: 'invalid-input',
      field: 'body.networkConfig',
    },
    {
      to: profiles,
      body: { ...profile, cloudConfig: '#cloud-config\npower_state: {mode: sleep}' },
      code: 'invalid-input',
      field: 'body.cloudConfig',
    },
    {
      to: profiles,
      body: { ...profile, cloudConfig: '#cloud-config\na: [' },
      code: 'invalid-input',
      field: 'body.cloudConfig',
    },
    {
      to: profiles,
      body: { ...profile, account: { userName: 'Root' } },
      code: 'invalid-input',
      field: 'body.account.userName',
    },
    {
      to: profiles,
      body: { ...profile, account: { userName: 'a', passwordHash: 'hunter2' } },
      code: 'invalid-input',
      field: 'body.account.passwordHash',
    },
    {
      to: profiles,
      body: { ...profile, account: { userName: 'a', sshKeys: [`${key}\n${key}`] } },
      code: 'invalid-input',
      field: 'body.account.sshKeys.0',
    },
    { to: 'PUT /api/v1/profiles/none', body: profile, code: 'not-found' },
    { to: 'DELETE /api/v1/profiles/debian', code: 'in-use', says: /default/ },
    { to: 'DELETE /api/v1/profiles/none', code: 'not-found' },
    { to: 'DELETE /api/v1/images/debian-image', code: 'in-use', says: /profile debian/ },
    {
      to: images,
      body: { name: 'new', path: 'disk.raw' },
      code: 'invalid-input',
      field: 'body.path',
      says: /absolute/,
    },
    {
      to: images,
      body: { name: 'new', path: '/no/such/file' },
      code: 'invalid-input',
      field: 'body.path',
      says: /lies in no folder/,
    },
    {
      to: images,
      body: { name: 'new', path: '/tmp' },
      code: 'invalid-input',
      field: 'body.path',
      says: /lies in no folder/,
    },
    {
      to: images,
      body: { name: 'new', path: '/dev/zero' },
      code: 'invalid-input',
      field: 'body.path',
      says: /lies in no folder/,
    },
    { to: images, body: { name: 'new', path: '/etc/passwd\u0000' }, code: 'invalid-input', field: 'body.path' },
    {
      to: images,
      body: { name: 'new', path: '/etc/hostname', sha256: 'abc' },
      code: 'invalid-input',
      field: 'body.sha256',
    },
    {
      to: images,
      body: { name: 'new', path: '/etc/hostname', format: 'vmdk' },
      code: 'invalid-input',
      field: 'body.format',
    },
    { to: images, body: { name: 'debian-image', path: taken }, code: 'already-exists' },
    { to: 'POST /api/v1/images/upload', code: 'invalid-input', field: 'query.name' },
    { to: 'PATCH /api/v1/site', body: { defaultProfile: 'none' }, code: 'invalid-input', field: 'body.defaultProfile' },
    { to: 'PATCH /api/v1/site', body: { unknownPolicy: 'image' }, code: 'invalid-input', field: 'body.unknownPolicy' },
    { to: 'PATCH /api/v1/site', body: { httpProxy: 'a proxy' }, code: 'invalid-input', field: 'body.httpProxy' },
    ...['ftp://proxy', 'http://u:***@proxy', 'http://proxy/"', 'http:proxy', 'http://pro\\xy'].map(
      (httpProxy): Bad => ({
        to: 'PATCH /api/v1/site',
        body: { httpProxy },
        code: 'invalid-input',
        field: 'body.httpProxy',
      }),
    ),
    { to: 'PATCH /api/v1/site', body: { noProxy: 'a\n"b' }, code: 'invalid-input', field: 'body.noProxy' },
    { to: 'PATCH /api/v1/site', body: { ntpServers: ['a b'] }, code: 'invalid-input', field: 'body.ntpServers.0' },
    { to: 'PATCH /api/v1/site', body: { ntpServers: [''] }, code: 'invalid-input', field: 'body.ntpServers.0' },
    { to: 'PATCH /api/v1/site', body: { dhcpMode: 'on' }, code: 'invalid-input', field: 'body.dhcpMode' },
    { to: 'PATCH /api/v1/site', body: { userClass: '${mac}' }, code: 'invalid-input', field: 'body.userClass' },
    ...['HTTP://10.0.0.9/x', 'http://10.0.0.9/a b', 'ftp://10.0.0.9/x', `http://10.0.0.9/${'x'.repeat(250)}`].map(
      (scriptUrl): Bad => ({
        to: 'PATCH /api/v1/site',
        body: { scriptUrl },
        code: 'invalid-input',
        field: 'body.scriptUrl',
      }),
    ),
    {
      to: 'PATCH /api/v1/site',
      body: { bootFiles: [{ architecture: 7, file: '../snponly.efi' }] },
      code: 'invalid-input',
      field: 'body.bootFiles.0.file',
    },
    { to: 'PATCH /api/v1/site', body: { signingKey: 'mine' }, code: 'invalid-input', says: /signingKey/ },
  ])
  await site.api('patchSite', { body: { defaultProfile: null } })
  await refusesAll(t, site, [{ to: 'DELETE /api/v1/profiles/debian', code: 'in-use', says: /node one/ }])
})

await t.test('lists are read in pages within bounds', async (t) => {
  const site = await filled(t)
  const bad = ['pageSize=0', 'pageSize=1001', 'pageSize=-1', 'pageSize=all', 'pageSize=1.5', 'pageSize=']
  const field = 'query.pageSize'
  const token = 'query.pageToken'
  await refusesAll(
    t,
    site,
    ['nodes', 'images', 'profiles', 'nodes/one/logs'].flatMap((list): Bad[] => [
      ...bad.map((query): Bad => ({ to: `GET /api/v1/${list}?${query}`, code: 'invalid-input', field })),
      { to: `GET /api/v1/${list}?pageToken=${'a'.repeat(513)}`, code: 'invalid-input', field: token },
      { to: `GET /api/v1/${list}?pageToken=AAAA`, code: 'invalid-input', field: token },
    ]),
  )
  const first = await site.api('listNodes', { query: { pageSize: 1 } })
  t.strictSame(
    first.items.map(({ name }) => name),
    ['one'],
  )
  const second = await site.api('listNodes', { query: { pageSize: 1, pageToken: String(first.nextPageToken) } })
  t.match(second, { items: [{ name: 'two' }], nextPageToken: null })
})

await t.test('images that are not what was announced', async (t) => {
  const site = await filled(t)
  const path = join(site.dataDir, 'disk.raw')
  const bytes = sampleDisk(2 * 1024 * 1024)
  writeFileSync(path, bytes)
  const before = await rowCounts(site)
  const upload = (query: { name: string; sha256?: string; format?: 'gz' }, rawBody: Uint8Array<ArrayBuffer>) =>
    site.api('uploadImage', { query }, { rawBody })
  const sent = new Uint8Array(bytes)
  const sha256 = 'b'.repeat(64)
  await t.rejects(upload({ name: 'new', sha256 }, sent), { code: 'image-mismatch', message: /its publisher gives b/ })
  await t.rejects(upload({ name: 'new', format: 'gz' }, sent), { code: 'image-mismatch' })
  await t.rejects(upload({ name: 'new' }, new Uint8Array(8192)), { code: 'image-unreadable' })
  await t.rejects(upload({ name: 'new' }, new Uint8Array(0)), { code: 'image-unreadable', message: /is empty/ })
  const { event = 0 } = before
  t.strictSame({ ...(await rowCounts(site)), event }, before, 'a refused upload leaves but its events')
  t.match(await upload({ name: 'new' }, sent), { state: 'ready', rawSize: bytes.length })

  const added = await site.api('addImage', { body: { name: 'by-path', path, sha256 } })
  t.equal(added.state, 'converting')
  const ended = await until(async () => {
    const image = await site.api('getImage', { params: { id: 'by-path' } })
    return image.state === 'converting' ? null : image
  })
  t.match(ended, { state: 'failed', reason: { code: 'told', text: /its publisher gives b/ }, manifestSha256: null })
})

await t.test('what machines send', async (t) => {
  const site = await filled(t)
  const onboard = 'POST /agent/v1/onboard'
  const good = {
    bootToken: 'x'.repeat(43),
    agentKey: newAgentKey(),
    identity: { macs: [] },
    agentVersion: '1',
    inventory: inventory(),
  }
  await refusesAll(t, site, [
    { to: onboard, body: { ...good, agentKey: 'abc' }, code: 'invalid-input', field: 'body.agentKey' },
    {
      to: onboard,
      body: { ...good, identity: { macs: ['x'] } },
      code: 'invalid-input',
      field: 'body.identity.macs.0',
    },
    {
      to: onboard,
      body: { ...good, inventory: { ...good.inventory, memory: -1 } },
      code: 'invalid-input',
      field: 'body.inventory.memory',
    },
    { to: onboard, body: good, code: 'session-over' },
    { to: 'POST /agent/v1/next', body: { waitSeconds: 61 }, code: 'unauthenticated' },
    { to: 'POST /agent/v1/next', body: { waitSeconds: 61 }, token: 'x', code: 'session-over' },
    { to: 'POST /agent/v1/report', raw: { type: 'application/json', text: '{' }, token: 'x', code: 'session-over' },
    { to: 'POST /agent/v1/phone-home', body: {}, token: 'x', code: 'invalid-input', field: 'body.instanceId' },
    { to: 'GET /boot/mips/vmlinuz', code: 'invalid-input', field: 'params.architecture' },
    { to: 'GET /boot/arm64/vmlinuz', code: 'not-found', says: /no Micro-OS for arm64/ },
    { to: 'GET /boot/x86_64/passwd', code: 'invalid-input', field: 'params.file' },
    { to: 'GET /boot/x86_64/..%2f..%2fserver-id', code: 'invalid-input', field: 'params.file' },
    { to: 'GET /boot/x86_64/../../../etc/passwd', code: 'not-found' },
    { to: 'GET /boot/..%2f..%2fetc/passwd', code: 'invalid-input' },
    { to: 'GET /boot/site.cpio', code: 'invalid-input', field: 'query.token' },
    { to: `GET /boot/site.cpio?token=${'x'.repeat(43)}`, code: 'not-found' },
    { to: 'GET /blobs/..%2f..%2fserver-id', code: 'not-found' },
    { to: 'GET /blobs/../../local.json', code: 'not-found' },
    { to: 'GET /blobs/%2e%2e%2f%2e%2e%2flocal.json', code: 'not-found' },
    { to: `GET /blobs/${'c'.repeat(64)}`, code: 'not-found' },
    { to: 'GET /blobs/', code: 'not-found' },
  ])
  t.equal((await fetch(`${site.open}/boot/script`, { method: 'HEAD' })).status, 405, 'a HEAD opens no session')
  t.match(await rowCounts(site), { boot_session: 0 })
})

await t.test('firmware may say what it likes, and still boots', async (t) => {
  const site = await filled(t)
  const odd = '/boot/script?arch=x86_64&platform=efi&serial=%00%ff&mac=zz&uuid=1&manufacturer=a%00b&product=%F0%9F'
  const parameters = await fetchSite(await (await fetch(`${site.open}${odd}`)).text())
  const body = {
    bootToken: parameters.bootToken,
    agentKey: newAgentKey(),
    agentVersion: 'a\0\ud800',
    identity: { macs: ['52:54:00:aa:00:09'], manufacturer: 'a\0', product: '\ud800' },
    inventory: inventory({ cpuModel: '\0\ud800' }),
  }
  t.match(await createClient({ baseUrl: site.open })('onboard', { body }), { nodeId: String })
  const injected = await bootScript(site.open, { serial: 'x\nsanboot http://evil/' })
  t.notMatch(injected, /^sanboot/m)
  t.notOk(existsSync(join(site.dataDir, 'x')))
})

await t.test('what agents send', async (t) => {
  const site = await filled(t)
  const { session: token } = await bootAgent(site.open, { serial: 'SN-9' })
  const [next, report] = ['POST /agent/v1/next', 'POST /agent/v1/report']
  await refusesAll(t, site, [
    { to: next, body: { waitSeconds: 61 }, token, code: 'invalid-input', field: 'body.waitSeconds' },
    { to: next, body: { waitSeconds: 0, more: 'x'.repeat(1024) }, token, code: 'too-large' },
    { to: report, body: { seq: 2 ** 31, exitCode: 2 ** 31 }, token, code: 'invalid-input', field: 'body.exitCode' },
    { to: report, body: { result: nested(100) }, token, code: 'invalid-input', says: /nested/ },
    { to: report, body: { message: 'x'.repeat(2 ** 23) }, token, code: 'too-large' },
  ])
})
