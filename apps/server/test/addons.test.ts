import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { ProblemError } from '@eims/contracts'
import { manifestsOfOpenRuns } from '@eims/registry'
import t, { type Test } from 'tap'
import { addonArchive, anObject } from './support/addon-archive.ts'
import { startDatabases } from './support/databases.ts'
import { bootAgent } from './support/machine.ts'
import { bench, MiB, noise, sha256 } from './support/sample-disk.ts'
import { addDefaultProfile, addProfile, openSite, type Site } from './support/site.ts'

// One promise: a set of addons is what its files say, whole, and a unit with K3s whose profile has it gets it.

const { fresh } = await startDatabases(t)
const folder = t.testdir()

await t.test('the archive of a set is looked into while it is stored', async (t) => {
  const { convert } = await bench(`${folder}/store`)
  const images = noise(5 * MiB)
  const files = { 'images/cni.tar': images, 'images/empty.txt': '', 'manifests/cni.yaml': anObject('a') }
  const good = addonArchive(files)
  const given = (bytes: Buffer) => {
    writeFileSync(`${folder}/file`, bytes)
    return convert(`${folder}/file`, { format: 'addons', sha256: sha256(bytes) })
  }
  t.match(await given(good), {
    format: 'addons',
    facts: {
      archive: true,
      addons: Object.entries(files).map(([path, content]) => {
        const bytes = Buffer.from(content)
        return { path, size: bytes.length, sha256: hash('sha256', bytes) }
      }),
    },
  })
  const spoilt = Buffer.from(good)
  spoilt[600]! ^= 1
  const noText = Buffer.from(good)
  noText.fill(0xff, 0, 100)
  for (const [name, bytes, message] of [
    ['a changed file', spoilt, /SHA256SUMS is not of its files/],
    ['foreign sums', addonArchive(files, `${'0'.repeat(64)}  images/cni.tar\n`), /SHA256SUMS is not of its files/],
    ['another path', addonArchive({ 'manifests/../x.yaml': anObject('a') }), /which is no file of addons/],
    [
      'another order',
      addonArchive({ 'manifests/b.yaml': anObject('b'), 'manifests/a.yaml': anObject('a') }),
      /comes behind/,
    ],
    ['nothing', addonArchive({}), /holds no file/],
    [
      'a header of another tar',
      Buffer.concat([good.subarray(0, 100), Buffer.from('0000644'), good.subarray(107)]),
      /header/,
    ],
    ['a name that is no text', noText, /header/],
    ['no end', good.subarray(0, 5 * MiB + 1024), /does not end with SHA256SUMS/],
    [
      'a manifest that is none',
      addonArchive({ 'manifests/a.yaml': 'kind: A\n', 'manifests/b.yaml': 'a: [\n' }),
      /a\.yaml:1:1.*no apiVersion.*b\.yaml:\d:\d.*no YAML/s,
    ],
  ] as const)
    await t.rejects(given(bytes), { code: 'image-unreadable', message } as never, name)
})

/** Sends an archive as the CLI does. @returns the image's name */
async function sent({ api, jobs }: Site, name: string, bytes: Buffer, architecture: 'x86_64' | 'arm64' = 'x86_64') {
  const { id } = await api('beginUpload', { body: { name, size: bytes.length, format: 'addons', architecture } })
  await api('sendUpload', { params: { id }, query: { offset: 0 } }, { rawBody: new Uint8Array(bytes) })
  await api('finishUpload', { params: { id } })
  await jobs.inTurn(async () => {})
  return name
}

const refused = async (t: Test, work: Promise<unknown>, code: string, detail: RegExp) => {
  const error = await work.catch((thrown: unknown) => thrown)
  t.match(error, { code, message: detail } as never)
  t.ok(error instanceof ProblemError)
}

await t.test('a set, its versions, and the profiles that have it', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api, store } = site
  await addProfile(site.db, 'edge')
  const first = await sent(site, 'addons-calico-1', addonArchive({ 'manifests/cni.yaml': anObject('a') }))
  const made = await api('addAddon', { body: { name: 'calico', image: first } })
  t.match(made, { version: 1, image: first, files: [{ path: 'manifests/cni.yaml' }], profiles: [] })
  t.equal(
    (await api('putAddon', { params: { id: 'calico' }, body: { name: 'calico', image: first } })).version,
    1,
    'the same again',
  )
  await refused(t, api('addAddon', { body: { name: 'other', image: first } }), 'in-use', /archive of the addons calico/)
  await refused(
    t,
    api('addAddon', { body: { name: 'other', image: 'edge-image' } }),
    'invalid-input',
    /no archive of addons/,
  )
  await refused(t, api('addAddon', { body: { name: 'other', image: 'calico' } }), 'invalid-input', /does not exist/)
  await refused(t, api('deleteImage', { params: { id: first } }), 'in-use', /Delete those/)

  const profile = { name: 'edge', image: 'edge-image' }
  const put = (addons: string[]) => api('putProfile', { params: { id: 'edge' }, body: { ...profile, addons } })
  await refused(t, put(['calic']), 'invalid-input', /body\.addons\.0 .*do not exist; did you mean calico/)
  t.strictSame((await put(['calico'])).addons, ['calico'])
  t.strictSame((await api('getAddon', { params: { id: 'calico' } })).profiles, ['edge'])
  await refused(t, api('deleteAddon', { params: { id: 'calico' } }), 'in-use', /used by profile edge/)
  const arm = await sent(site, 'addons-arm', addonArchive({ 'manifests/x.yaml': anObject('x') }), 'arm64')
  await api('addAddon', { body: { name: 'arm', image: arm } })
  await refused(t, put(['arm']), 'invalid-input', /are for arm64/)
  await refused(
    t,
    api('putAddon', { params: { id: 'calico' }, body: { name: 'calico', image: 'other' } }),
    'invalid-input',
    /not exist/,
  )

  const { manifestSha256 } = await api('getImage', { params: { id: first } })
  const second = await sent(site, 'addons-calico-2', addonArchive({ 'manifests/cni.yaml': anObject('b') }))
  const changed = await api('putAddon', { params: { id: 'calico' }, body: { name: 'calico', image: second } })
  t.match(changed, { version: 2, image: second, profiles: ['edge'] })
  await refused(t, api('getImage', { params: { id: first } }), 'not-found', /addons-calico-1/)
  await site.jobs.inTurn(async () => {})
  t.notOk(await store.has(manifestSha256!), 'what the former version alone needed is gone')
  t.strictSame((await put([])).addons, [])
  await api('deleteAddon', { params: { id: 'calico' } })
  await refused(t, api('getImage', { params: { id: second } }), 'not-found', /addons-calico-2/)
  t.strictSame(
    (await api('listAddons', { query: {} })).items.map(({ name }) => name),
    ['arm'],
  )
})

await t.test('a unit with K3s gets the addons of its profile, by its plan and its first boot', async (t) => {
  const site = await openSite(t, await fresh(t))
  const { api, db } = site
  await addDefaultProfile(db, 'debian')
  const bytes = addonArchive({ 'images/cni.tar': noise(3 * MiB), 'manifests/cni.yaml': anObject('a') })
  await api('addAddon', { body: { name: 'calico', image: await sent(site, 'addons-calico', bytes) } })
  const profile = { name: 'debian', image: 'debian-image', addons: ['calico'] }
  await api('putProfile', { params: { id: 'debian' }, body: profile })
  await api('addNode', { body: { name: 'plain', serial: 'SN-0' } })
  t.match(await api('nodeConfig', { params: { id: 'plain' } }), {
    addons: [],
    warnings: ['the addons calico are not put on the unit: no config-file gives it K3s'],
  })
  const config = 'version: 1.0\noperatingSystem: {hostType: kubernetes}\n'
  await api('addNode', { body: { name: 'unit', serial: 'SN-1' } })
  await api('patchNode', { params: { id: 'unit' }, body: { config } })
  t.match(await api('nodeConfig', { params: { id: 'unit' } }), { addons: ['calico'], warnings: [] })
  await (await bootAgent(site.open, { serial: 'SN-0' })).action()
  t.equal((await manifestsOfOpenRuns(db)).length, 1)
  await (await bootAgent(site.open, { serial: 'SN-1' })).action()
  const plans = await db.action.findMany({ orderBy: [{ run: { createdAt: 'asc' } }, { position: 'asc' }] })
  const [plain, unit] = [plans.slice(0, 6), plans.slice(6)]
  t.strictSame(
    plain.map(({ name }) => name),
    ['inventory', 'choose-disk', 'write-image', 'seed', 'boot-order', 'reboot'],
  )
  t.notMatch(JSON.stringify(plain), /addonsSize|write-addons|calico/)
  const { manifestSha256 } = await api('getImage', { params: { id: 'addons-calico' } })
  t.match(
    unit.map(({ definition }) => definition),
    [
      {},
      { with: { addonsSize: 12 * MiB } },
      { with: { addonsSize: 12 * MiB } },
      {
        name: 'write-addons',
        with: { sets: [{ name: 'calico', manifestSha256, size: bytes.length }], addonsSize: 12 * MiB },
      },
      { name: 'seed', with: { userData: /LABEL=K3S-ADDONS[\s\S]*INSTALL_K3S/ } },
      {},
      {},
    ],
  )
  t.ok((await manifestsOfOpenRuns(db)).includes(manifestSha256!), 'its chunks stay while the run may go on')
})
